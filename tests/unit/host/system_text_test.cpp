// What the kernel, systemd and the account files write, and the rules of the walker.
#include <catch2/catch.hpp>
#include <cerrno>

#include "host/posix/account_files.hpp"
#include "host/posix/mount_table.hpp"
#include "host/posix/path_rules.hpp"
#include "host/posix/system_errors.hpp"
#include "host/posix/unit_states.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

const char* const mounts =
    "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"
    "23 22 0:6 / /dev rw,nosuid,noexec shared:2 - devtmpfs udev rw,size=1990k\n"
    "24 22 0:24 / /mnt/with\\040blank rw,relatime - ext4 /dev/vdb ro\n"
    "25 22 0:25 / /run rw,nosuid - tmpfs tmpfs rw\n"
    "26 22 0:26 / /run rw,nodev master:3 propagate_from:2 - tmpfs other rw\n"
    "no mount at all\n";

}  // namespace

TEST_CASE("a path lies on the deepest mount, and of two on one point on the later") {
  const auto table = parse_mountinfo(mounts);
  REQUIRE(table.size() == 5);
  CHECK(deepest_mount(table, "/etc/x").type == "ext4");
  CHECK(deepest_mount(table, "/dev/sgx_enclave").type == "devtmpfs");
  CHECK(deepest_mount(table, "/device").point == Path("/"));
  CHECK(deepest_mount(table, "/run/x").options == std::vector<std::string>{"rw", "nodev"});
}

TEST_CASE("a mount with a blank in its name is read, and a read-only file system makes its mount read-only") {
  const Mount mount = deepest_mount(parse_mountinfo(mounts), "/mnt/with blank/file");
  CHECK(mount.point == Path("/mnt/with blank"));
  CHECK(mount.options == std::vector<std::string>{"ro", "relatime"});
}

TEST_CASE("units are told apart by the order of the question") {
  const auto states = parse_unit_states(
      "Id=docker.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=no\n\n"
      "Id=real.service\nLoadState=loaded\nActiveState=failed\nUnitFileState=static\nNeedDaemonReload=yes\n\n"
      "Id=none.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\nNeedDaemonReload=no\n\n"
      "Id=off.service\nLoadState=masked\nActiveState=inactive\nUnitFileState=masked\nNeedDaemonReload=no\n",
      {"docker.service", "alias.service", "none.service", "off.service", "unanswered.service"});
  CHECK(states.at("docker.service").is_active());
  CHECK(states.at("docker.service").is_enabled());
  CHECK(states.at("alias.service").active == "failed");
  CHECK(states.at("alias.service").needs_reload);
  CHECK_FALSE(states.at("none.service").found);
  CHECK(states.at("off.service").found);
  CHECK(states.at("off.service").is_masked());
  CHECK_FALSE(states.at("unanswered.service").found);
}

TEST_CASE("a unit's name is no option") {
  for (const char* name : {"docker.service", "dev-disk\\x2dby.mount", "getty@tty1.service"}) CHECK(is_unit_name(name));
  for (const char* name : {"", "docker", "--now.service", "a b.service", "a.service\n"}) CHECK_FALSE(is_unit_name(name));
}

TEST_CASE("lines of the account files that are not ours to read are left out") {
  const auto users = parse_passwd(
      "root:x:0:0:root:/root:/bin/bash\n+@nis::::::\nbad:x:one:1::/:/\nshort:x:1:1\nbig:x:4294967296:1::/:/"
      "\nmax:x:4294967295:1::/h:/\n");
  REQUIRE(users.size() == 2);
  CHECK(users[1].uid == 4294967295u);
  const auto groups = parse_group("sgx:x:995:a,b,\nempty:x:1:\n-x:x:2:\nbroken:x:\n");
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].members == std::vector<std::string>{"a", "b"});
}

TEST_CASE("names of accounts are those that the distribution's programs accept") {
  for (const char* name : {"sgx_prv", "aesmd", "_apt", "a-1"}) CHECK(is_account_name(name));
  for (const char* name : {"", "-a", "A", "a:b", "a b", "a\n", "0a", "abcdefghijklmnopqrstuvwxyz0123456"})
    CHECK_FALSE(is_account_name(name));
}

TEST_CASE("a link's target is seen from the directory of the link and never leaves the root") {
  CHECK(link_target("/etc/os-release", "../usr/lib/os-release") == Path("/usr/lib/os-release"));
  CHECK(link_target("/a/b", "c") == Path("/a/c"));
  CHECK(link_target("/a/b", "/c/./d") == Path("/c/d"));
  CHECK(link_target("/a/b", "../../../x") == Path("/x"));
}

TEST_CASE("only few places may be links on the way to a write") {
  for (const char* path : {"/databases", "/etc", "/var/run", "/var/lib"}) CHECK(is_fixed_prefix(path));
  for (const char* path : {"/var/lib/app", "/etc/apt", "/databases/cosigner"}) CHECK_FALSE(is_fixed_prefix(path));
}

TEST_CASE("each reason of the system has its code") {
  CHECK(system_error(ENOSPC, "/x", "written", 12).code == "host.disk_full");
  CHECK(system_error(ENOSPC, "/x", "written", 12).message.find("12 bytes") != std::string::npos);
  CHECK(system_error(EDQUOT, "/x", "written").code == "host.disk_full");
  CHECK(system_error(EFBIG, "/x", "written").code == "host.file_size_limited");
  CHECK(system_error(EROFS, "/x", "written").code == "host.read_only");
  CHECK(system_error(EACCES, "/x", "read").code == "host.permission_denied");
  CHECK(system_error(ELOOP, "/x", "read").code == "host.path_unsafe");
  CHECK(system_error(EIO, "/x", "read").code == "host.io_failed");
}

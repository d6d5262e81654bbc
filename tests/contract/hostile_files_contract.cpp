// Both hosts: what the files port refuses (threats L1 and C1).
#include <catch2/catch.hpp>

#include "contract/machines.hpp"

using namespace cosigner;
using contract::ModelMachine;
using contract::RealMachine;

namespace {

template <class T>
std::string code_of(const Result<T>& result) {
  return result.ok() ? "" : result.error().code;
}

/// What every way of writing says about a path.
template <class Machine>
void check_refused(Machine& machine, const std::string& path) {
  host::Files& files = machine.host().change_files();
  INFO(path);
  CHECK(code_of(files.write_atomic(path, "x", machine.mine(0600))) == "host.path_unsafe");
  CHECK(code_of(files.append_durable(path, "x", machine.mine(0600))) == "host.path_unsafe");
}

constexpr std::uint32_t stranger = 2000;

}  // namespace

TEMPLATE_TEST_CASE("a link that was put in a file's place is neither written through nor replaced", "[files]", ModelMachine,
                   RealMachine) {
  TestType machine;
  machine.put_file("/etc/passwd", "root");
  machine.put_link("/var/lib/app/state", "/etc/passwd");
  check_refused(machine, "/var/lib/app/state");
  CHECK(code_of(machine.host().change_files().set_attributes("/var/lib/app/state", machine.mine(0666))) == "host.path_unsafe");
  CHECK(code_of(machine.host().change_files().make_dir("/var/lib/app/state", machine.mine(0755))) == "host.path_unsafe");
  CHECK(**machine.host().files().read("/etc/passwd") == "root");
  CHECK((*machine.host().files().stat("/var/lib/app/state"))->kind == host::FileKind::link);
}

TEMPLATE_TEST_CASE("a link on the way to a file is not followed for writing", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_dir("/etc/other");
  machine.put_link("/var/lib/app/folder", "/etc/other");
  check_refused(machine, "/var/lib/app/folder/file");
  CHECK(code_of(machine.host().change_files().make_dir("/var/lib/app/folder/new", machine.mine(0755))) == "host.path_unsafe");
  CHECK(code_of(machine.host().change_files().remove("/var/lib/app/folder/file")) == "host.path_unsafe");
  CHECK(code_of(machine.host().change_files().remove_tree("/var/lib/app/folder/new")) == "host.path_unsafe");
  CHECK(machine.host().files().list("/etc/other")->empty());
}

TEMPLATE_TEST_CASE("a top-level directory may be a link that root made", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_dir("/mnt/disk/data");
  machine.put_link("/databases", "/mnt/disk/data");
  machine.put_dir("/run");
  machine.put_link("/var/run", "../run");
  host::Files& files = machine.host().change_files();
  REQUIRE(files.write_atomic("/databases/file", "x", machine.mine(0600)).ok());
  CHECK(**files.read("/mnt/disk/data/file") == "x");
  REQUIRE(files.write_atomic("/var/run/file", "y", machine.mine(0600)).ok());
  CHECK(**files.read("/run/file") == "y");
}

TEMPLATE_TEST_CASE("a top-level link of another user is refused", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  if (!machine.can_own_others()) return;
  machine.put_dir("/mnt/disk");
  machine.put_link("/databases", "/mnt/disk", stranger);
  check_refused(machine, "/databases/file");
  CHECK(code_of(machine.host().files().read("/databases/file")) == "host.path_unsafe");
}

TEMPLATE_TEST_CASE("system files behind links of root's can be read, also relative ones and several in a row", "[files]",
                   ModelMachine, RealMachine) {
  TestType machine;
  machine.put_file("/usr/lib/os-release", "ID=debian");
  machine.put_link("/etc/os-release", "../usr/lib/os-release");
  machine.put_link("/etc/again", "os-release");
  machine.put_link("/lib", "usr/lib");
  const host::FilesView& files = machine.host().files();
  CHECK(**files.read("/etc/os-release") == "ID=debian");
  CHECK(**files.read("/etc/again") == "ID=debian");
  CHECK(**files.read("/lib/os-release") == "ID=debian");
  CHECK(*files.list("/lib") == std::vector<std::string>{"os-release"});
  CHECK((*files.stat("/etc/again"))->kind == host::FileKind::link);
}

TEMPLATE_TEST_CASE("a link that points out of the machine's root stays inside of it", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_file("/etc/secret", "inside");
  machine.put_link("/srv/up", "../../../../../../etc/secret");
  CHECK(**machine.host().files().read("/srv/up") == "inside");
}

TEMPLATE_TEST_CASE("links that lead to each other end as an error", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_link("/srv/a", "b");
  machine.put_link("/srv/b", "a");
  CHECK(code_of(machine.host().files().read("/srv/a")) == "host.path_unsafe");
  CHECK(code_of(machine.host().files().read("/srv/a/file")) == "host.path_unsafe");
}

TEMPLATE_TEST_CASE("links that another user made are not followed by a reader", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  if (!machine.can_own_others()) return;
  machine.put_file("/etc/shadow", "secret");
  machine.put_dir("/databases/app", 0755, stranger);
  machine.put_link("/databases/app/log", "/etc/shadow", stranger);
  machine.put_link("/databases/app/folder", "/etc", stranger);
  const host::FilesView& files = machine.host().files();
  CHECK(code_of(files.read("/databases/app/log")) == "host.path_unsafe");
  CHECK(code_of(files.sha256("/databases/app/log")) == "host.path_unsafe");
  CHECK(code_of(files.read("/databases/app/folder/shadow")) == "host.path_unsafe");
  CHECK(code_of(files.list("/databases/app/folder")) == "host.path_unsafe");
}

TEMPLATE_TEST_CASE("a link of root's in a directory that others may write is not followed by a reader", "[files]", ModelMachine,
                   RealMachine) {
  TestType machine;
  machine.put_file("/etc/shadow", "secret");
  machine.put_dir("/srv/open", 0777);
  machine.put_link("/srv/open/link", "/etc/shadow");
  CHECK(code_of(machine.host().files().read("/srv/open/link")) == "host.path_unsafe");
}

TEMPLATE_TEST_CASE("a directory or pipe in a file's place is refused", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_dir("/srv/app/directory");
  machine.put_fifo("/srv/app/pipe");
  for (const char* path : {"/srv/app/directory", "/srv/app/pipe"}) {
    check_refused(machine, path);
    CHECK(code_of(machine.host().files().read(path)) == "host.path_unsafe");
    CHECK(code_of(machine.host().files().sha256(path)) == "host.path_unsafe");
  }
  machine.put_file("/srv/app/file", "x");
  CHECK(code_of(machine.host().change_files().make_dir("/srv/app/file", machine.mine(0755))) == "host.path_unsafe");
  CHECK(code_of(machine.host().files().list("/srv/app/file")) == "host.path_unsafe");
  check_refused(machine, "/srv/app/file/below");
}

TEMPLATE_TEST_CASE("nothing is written where others may write", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_dir("/srv/group", 0775);
  machine.put_dir("/srv/world", 0777);
  machine.put_dir("/srv/sticky", 01777);
  for (const char* path : {"/srv/group/file", "/srv/world/file", "/srv/sticky/file"}) check_refused(machine, path);
  machine.put_dir("/srv/sticky/deeper", 0755);
  check_refused(machine, "/srv/sticky/deeper/file");
}

TEMPLATE_TEST_CASE("the log directory of Ubuntu, which a group may write, is good enough to make ours in", "[files]",
                   ModelMachine, RealMachine) {
  TestType machine;
  machine.put_dir("/var/log", 0775);
  CHECK(machine.host().change_files().make_dir("/var/log/app", machine.mine(0700)).ok());
}

TEMPLATE_TEST_CASE("in another user's directory only he gets something", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  if (!machine.can_own_others()) return;
  machine.put_dir("/databases/app", 0755, stranger);
  host::Files& files = machine.host().change_files();
  check_refused(machine, "/databases/app/file");
  CHECK(files.make_dir("/databases/app/db", {{0700}, {stranger, stranger}}).ok());
  CHECK(files.write_atomic("/databases/app/db/file", "x", {{0600}, {stranger, stranger}}).ok());
  CHECK((*files.stat("/databases/app/db/file"))->attributes == host::FileAttributes{{0600}, {stranger, stranger}});
}

TEMPLATE_TEST_CASE("a record is not appended to another user's file, while a whole write replaces it", "[files]", ModelMachine,
                   RealMachine) {
  TestType machine;
  if (!machine.can_own_others()) return;
  machine.put_file("/var/lib/app/log", "his", 0644, stranger);
  host::Files& files = machine.host().change_files();
  CHECK(code_of(files.append_durable("/var/lib/app/log", "ours", machine.mine(0600))) == "host.path_unsafe");
  REQUIRE(files.write_atomic("/var/lib/app/log", "ours", machine.mine(0600)).ok());
  CHECK((*files.stat("/var/lib/app/log"))->attributes == machine.mine(0600));
}

TEMPLATE_TEST_CASE("a path with parent steps is refused", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_file("/etc/file", "x");
  CHECK(code_of(machine.host().files().read("/srv/../etc/file")) == "host.path_unsafe");
  check_refused(machine, "/etc/app/../file");
}

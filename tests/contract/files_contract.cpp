// Both hosts: what the files port promises about ordinary files and directories.
#include <catch2/catch.hpp>

#include "base/crypto.hpp"
#include "contract/machines.hpp"

using namespace cosigner;
using contract::ModelMachine;
using contract::RealMachine;
using host::FileKind;

TEMPLATE_TEST_CASE("what is absent is no error", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  const host::FilesView& files = machine.host().files();
  for (const char* path : {"/etc/none", "/none/at/all"}) {
    CHECK_FALSE(files.stat(path)->has_value());
    CHECK_FALSE(files.read(path)->has_value());
    CHECK_FALSE(files.sha256(path)->has_value());
    CHECK(files.list(path)->empty());
  }
}

TEMPLATE_TEST_CASE("a written file has the content, mode and owner that were asked for, whatever was there before", "[files]",
                   ModelMachine, RealMachine) {
  TestType machine;
  machine.put_file("/etc/app/settings", "an older and longer content", 0666);
  host::Files& files = machine.host().change_files();
  REQUIRE(files.write_atomic("/etc/app/settings", "new", machine.mine(0640)).ok());
  CHECK(**files.read("/etc/app/settings") == "new");
  CHECK(**files.sha256("/etc/app/settings") == sha256_hex("new"));
  const auto seen = **files.stat("/etc/app/settings");
  CHECK(seen.kind == FileKind::regular);
  CHECK(seen.attributes == machine.mine(0640));
  CHECK(seen.size == 3);
  CHECK(seen.links == 1);
  CHECK(*files.list("/etc/app") == std::vector<std::string>{"settings"});
}

TEMPLATE_TEST_CASE("a file is not written into a directory that is not there", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  const Status written = machine.host().change_files().write_atomic("/etc/none/file", "x", machine.mine(0644));
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code == "host.io_failed");
}

TEMPLATE_TEST_CASE("a file that is larger than the reader's limit is refused", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_file("/etc/large", std::string(1000, 'x'));
  CHECK(machine.host().files().read("/etc/large", 1000)->has_value());
  const auto refused = machine.host().files().read("/etc/large", 999);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "host.file_too_large");
}

TEMPLATE_TEST_CASE("appending keeps what is there and makes the file with the attributes asked for", "[files]", ModelMachine,
                   RealMachine) {
  TestType machine;
  machine.put_dir("/var/lib/app");
  host::Files& files = machine.host().change_files();
  REQUIRE(files.append_durable("/var/lib/app/log", "one\n", machine.mine(0600)).ok());
  REQUIRE(files.append_durable("/var/lib/app/log", "two\n", machine.mine(0600)).ok());
  CHECK(**files.read("/var/lib/app/log") == "one\ntwo\n");
  CHECK((*files.stat("/var/lib/app/log"))->attributes == machine.mine(0600));
}

TEMPLATE_TEST_CASE("a directory is made with its missing parents, and only its own attributes are corrected", "[files]",
                   ModelMachine, RealMachine) {
  TestType machine;
  machine.put_dir("/opt/product", 0711);
  host::Files& files = machine.host().change_files();
  REQUIRE(files.make_dir("/opt/product/a/b", machine.mine(0700)).ok());
  CHECK((*files.stat("/opt/product"))->attributes == machine.mine(0711));
  CHECK((*files.stat("/opt/product/a"))->attributes == machine.mine(0755));
  CHECK((*files.stat("/opt/product/a/b"))->attributes == machine.mine(0700));
  REQUIRE(files.make_dir("/opt/product/a/b", machine.mine(0750)).ok());
  CHECK((*files.stat("/opt/product/a/b"))->attributes == machine.mine(0750));
  CHECK((*files.stat("/opt/product/a/b"))->kind == FileKind::directory);
}

TEMPLATE_TEST_CASE("attributes are corrected without touching the content", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_file("/etc/key", "bytes", 0644);
  host::Files& files = machine.host().change_files();
  REQUIRE(files.set_attributes("/etc/key", machine.mine(0600)).ok());
  CHECK((*files.stat("/etc/key"))->attributes == machine.mine(0600));
  CHECK(**files.read("/etc/key") == "bytes");
  CHECK_FALSE(files.set_attributes("/etc/none", machine.mine(0600)).ok());
}

TEMPLATE_TEST_CASE("removing what is absent succeeds", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  host::Files& files = machine.host().change_files();
  for (const char* path : {"/etc/none", "/none/at/all"}) {
    CHECK(files.remove(path).ok());
    CHECK(files.remove_tree(path).ok());
  }
}

TEMPLATE_TEST_CASE("remove takes a file, a link or an empty directory, and never a full one", "[files]", ModelMachine,
                   RealMachine) {
  TestType machine;
  machine.put_file("/srv/full/file", "x");
  machine.put_file("/srv/kept", "x");
  machine.put_link("/srv/link", "/srv/kept");
  machine.put_dir("/srv/empty");
  host::Files& files = machine.host().change_files();
  CHECK_FALSE(files.remove("/srv/full").ok());
  CHECK(files.remove("/srv/full/file").ok());
  CHECK(files.remove("/srv/link").ok());
  CHECK(files.remove("/srv/empty").ok());
  CHECK(*files.list("/srv") == std::vector<std::string>{"full", "kept"});
}

TEMPLATE_TEST_CASE("a tree is removed with the links in it, and what they point to stays", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_file("/srv/kept/file", "x");
  machine.put_file("/srv/tree/a/b/file", "x");
  machine.put_link("/srv/tree/a/link", "/srv/kept");
  machine.put_fifo("/srv/tree/pipe");
  host::Files& files = machine.host().change_files();
  REQUIRE(files.remove_tree("/srv/tree").ok());
  CHECK(*files.list("/srv") == std::vector<std::string>{"kept"});
  CHECK(files.read("/srv/kept/file")->has_value());
}

TEMPLATE_TEST_CASE("a renamed file takes the place of another", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_file("/etc/new", "new");
  machine.put_file("/etc/old", "old");
  host::Files& files = machine.host().change_files();
  REQUIRE(files.rename("/etc/new", "/etc/old").ok());
  CHECK(**files.read("/etc/old") == "new");
  CHECK_FALSE(files.stat("/etc/new")->has_value());
  CHECK_FALSE(files.rename("/etc/none", "/etc/old").ok());
}

TEMPLATE_TEST_CASE("names in a directory are sorted", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  for (const char* path : {"/srv/list/b", "/srv/list/a", "/srv/list/.c"}) machine.put_file(path, "");
  CHECK(*machine.host().files().list("/srv/list") == std::vector<std::string>{".c", "a", "b"});
}

TEMPLATE_TEST_CASE("free space and mount are known for what does not exist yet", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  CHECK(*machine.host().files().free_space("/databases/not/yet") > 0);
  const auto mount = machine.host().files().mount_of("/databases/not/yet");
  REQUIRE(mount.ok());
  CHECK(mount->point == Path("/"));
  CHECK_FALSE(mount->type.empty());
}

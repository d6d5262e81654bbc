// Both hosts: what is read of packages, accounts, time and devices; and what real changes refuse below a folder.
#include <catch2/catch.hpp>

#include "contract/machines.hpp"

using namespace cosigner;
using contract::ModelMachine;
using contract::RealMachine;

TEMPLATE_TEST_CASE("installed packages are known with version and status", "[packages]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_packages({{"libc6", "2.36-9+deb12u9", "installed"}, {"gone", "1.0", "config-files"}});
  const auto packages = machine.host().packages().installed();
  REQUIRE(packages.ok());
  REQUIRE(packages->size() == 2);
  CHECK(packages->at("libc6").version == "2.36-9+deb12u9");
  CHECK(packages->at("libc6").status == "installed");
  CHECK(packages->at("gone").status == "config-files");
  CHECK_FALSE(*machine.host().packages().interrupted());
}

TEMPLATE_TEST_CASE("a package that is half done means an interrupted run", "[packages]", ModelMachine, RealMachine) {
  for (const char* status : {"unpacked", "half-configured", "half-installed", "triggers-pending", "triggers-awaited"}) {
    TestType machine;
    machine.put_packages({{"good", "1", "installed"}, {"half", "1", status}});
    INFO(status);
    CHECK(*machine.host().packages().interrupted());
  }
}

TEMPLATE_TEST_CASE("a machine without packages has none", "[packages]", ModelMachine, RealMachine) {
  TestType machine;
  CHECK(machine.host().packages().installed()->empty());
  CHECK_FALSE(*machine.host().packages().interrupted());
  CHECK_FALSE(*machine.host().packages().has_lists("archive.example_"));
}

TEMPLATE_TEST_CASE("the root directory is looked at like every other", "[files]", ModelMachine, RealMachine) {
  TestType machine;
  const auto stat = machine.host().files().stat("/");
  REQUIRE(stat.ok());
  REQUIRE(stat->has_value());
  CHECK((*stat)->kind == host::FileKind::directory);
  CHECK((*stat)->attributes.mode.bits == 0755);
}

TEMPLATE_TEST_CASE("users and groups are found by name and number", "[accounts]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_accounts({{"root", 0, 0, "/root"}, {"aesmd", 998, 997, "/var/opt/aesmd"}},
                       {{"sgx", 995, {"aesmd", "alice"}}, {"empty", 994, {}}});
  const host::AccountsView& accounts = machine.host().accounts();
  CHECK((*accounts.user("aesmd"))->uid == 998);
  CHECK((*accounts.user("aesmd"))->home == "/var/opt/aesmd");
  CHECK((*accounts.user_by_id(998))->name == "aesmd");
  CHECK((*accounts.group("sgx"))->members == std::vector<std::string>{"aesmd", "alice"});
  CHECK((*accounts.group("empty"))->members.empty());
  CHECK_FALSE(accounts.user("nobody-here")->has_value());
  CHECK_FALSE(accounts.user_by_id(4711)->has_value());
  CHECK_FALSE(accounts.group("aesmd")->has_value());
  CHECK((*accounts.group_by_id((*accounts.group("sgx"))->gid))->name == "sgx");
  CHECK_FALSE(accounts.group_by_id(4712)->has_value());
}

TEMPLATE_TEST_CASE("accounts that are there already are not made again", "[accounts]", ModelMachine, RealMachine) {
  TestType machine;
  machine.put_accounts({{"aesmd", 998, 997, "/"}}, {{"sgx", 995, {"aesmd"}}});
  CHECK(machine.host().change_accounts().add_system_group("sgx").ok());
  CHECK(machine.host().change_accounts().add_member("aesmd", "sgx").ok());
  CHECK(machine.host().change_accounts().add_member("nobody-here", "sgx").error().code == "accounts.failed");
  CHECK(machine.host().change_accounts().add_member("aesmd", "none").error().code == "accounts.failed");
}

TEMPLATE_TEST_CASE("sleeping takes the time asked for", "[clock]", ModelMachine, RealMachine) {
  TestType machine;
  const auto before = machine.host().clock().monotonic();
  const Time now = machine.host().clock().now();
  REQUIRE(machine.host().wait().sleep(std::chrono::milliseconds(30)).ok());
  CHECK(machine.host().clock().monotonic() - before >= std::chrono::milliseconds(30));
  CHECK(machine.host().clock().now() >= now);
  CHECK(machine.host().clock().boot_id().size() == 36);
}

TEMPLATE_TEST_CASE("a device node that is not there is absent", "[devices]", ModelMachine, RealMachine) {
  TestType machine;
  CHECK(machine.host().devices().try_open("/dev/sgx_enclave") == host::OpenResult::absent);
  machine.put_file("/dev/node", "");
  CHECK(machine.host().devices().try_open("/dev/node") != host::OpenResult::absent);
}

TEST_CASE("below another root directory nothing is executed and nothing is connected to", "[real]") {
  RealMachine machine;
  machine.put_accounts({{"a", 1, 1, "/"}}, {{"g", 1, {}}});
  machine.put_dir("/run/systemd/system");
  host::Host& host = machine.host();
  CHECK(host.change_packages().install({{"hello"}, false, false, {}}, {}).error().code == "packages.failed");
  CHECK(host.change_packages().update({}, {}, {}).error().code == "packages.failed");
  CHECK(host.packages().candidate("hello").error().code == "packages.failed");
  CHECK(host.services().states({"ssh.service"}).error().code == "services.unavailable");
  CHECK(host.change_services().run(host::UnitVerb::daemon_reload, "").error().code == "services.unavailable");
  CHECK(host.change_accounts().add_system_group("new").error().code == "accounts.failed");
  CHECK(host.change_accounts().add_member("a", "g").error().code == "accounts.failed");
  CHECK(host.network().resolve("localhost").error().code == "network.unreachable");
  CHECK_FALSE(host.containers().engine()->has_value());
}

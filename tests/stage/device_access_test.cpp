#include "installer/stages/device_access.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "old_host.hpp"
#include "sgx/node_rules.hpp"

using namespace cosigner;
using namespace cosigner::scene;
using System = HostScene::System;

namespace {

using Ids = std::vector<std::string>;

const std::string rules = "/usr/lib/udev/rules.d/";
const std::string both = "SUBSYSTEM==\"misc\", KERNEL==\"sgx_enclave\", GROUP=\"sgx\", MODE=\"0660\"\n"
                         "SUBSYSTEM==\"misc\",KERNEL==\"sgx_provision\",GROUP=\"sgx_prv\",MODE=\"0660\"\n";

std::uint32_t gid_of(const kit::MachineModel& model, const std::string& group) { return model.groups.at(group).gid; }

void put_node(kit::MachineModel& model, const std::string& path, std::uint32_t mode, std::uint32_t gid) {
  model.entries[path] = {host::FileKind::character_device, {{mode}, {0, gid}}, "", model.now};
}

/// udev as the model sees it: what the rule files say is done, the file of ours last.
void udev(kit::MachineModel& model) {
  std::vector<std::string> texts;
  for (const char* name : {"/usr/lib/udev/rules.d/92-sgx.rules", "/etc/udev/rules.d/95-cosigner-sgx.rules", "/etc/udev/rules.d/99-other.rules"}) {
    if (model.entries.count(name) != 0) texts.push_back(model.entries.at(name).content);
  }
  for (const char* name : {"sgx_enclave", "sgx_provision"}) {
    const auto rule = sgx::rule_of_node(texts, name);
    auto& attributes = model.entries.at(std::string("/dev/") + name).attributes;
    if (rule.group && model.groups.count(*rule.group) != 0) attributes.owner.gid = model.groups.at(*rule.group).gid;
    if (rule.mode) attributes.mode.bits = *rule.mode;
  }
}

/// A machine on which the host stages are done, whose nodes belong to their groups.
struct Converged : HostScene {
  Converged() : HostScene(System::ubuntu) {
    put_node(host.model, "/dev/sgx_enclave", 0660, gid_of(host.model, "sgx"));
    put_node(host.model, "/dev/sgx_provision", 0600, 0);
    put(rules + "92-sgx.rules", both);
    host.model.entries["/etc/udev/rules.d"] = {host::FileKind::directory, {{0755}, {}}, "", host.model.now};
    host.model.device_rules = udev;
    REQUIRE(code_of(run_all()) == 0);
  }
  host::FileAttributes node(const std::string& name) const { return host.model.entries.at("/dev/" + name).attributes; }
};

}  // namespace

TEST_CASE("nodes that were there before their packages and groups get both by the rules that are installed, and then nothing is left to do") {
  Converged scene;
  CHECK(scene.node("sgx_provision") == host::FileAttributes{{0660}, {0, gid_of(scene.host.model, "sgx_prv")}});
  CHECK(scene.host.model.entries.count(stages::own_rule_file.text()) == 0);
  const auto& calls = scene.host.log.calls();
  CHECK(std::count(calls.begin(), calls.end(), "kernel.apply_device_rules") == 1);
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("only where the installed rules do not give a device to its group there is a rule of ours, for that device alone") {
  Converged scene;
  scene.put(rules + "92-sgx.rules", "KERNEL==\"sgx_enclave\", GROUP=\"sgx\", MODE=\"0660\"\nKERNEL==\"sgx_provision\", TAG==\"x\", GROUP=\"sgx_prv\"\n");
  put_node(scene.host.model, "/dev/sgx_provision", 0600, 0);
  CHECK(pending(scene) == Ids{"daemon-stop", "device-rule", "device-rules", "daemon-start", "daemon-answer"});
  REQUIRE(code_of(scene.run_all()) == 0);
  const std::string text = scene.file(stages::own_rule_file.text());
  CHECK(text.find("KERNEL==\"sgx_provision\", GROUP=\"sgx_prv\", MODE=\"0660\"") != std::string::npos);
  CHECK(text.find("sgx_enclave") == std::string::npos);
  CHECK(scene.run_all().effects == 0);
  SECTION("drifted") { scene.put(stages::own_rule_file.text(), text + "KERNEL==\"sda\", MODE=\"0666\"\n"); }
  SECTION("gone") { scene.host.model.entries.erase(stages::own_rule_file.text()); }
  REQUIRE(code_of(scene.run_all()) == 0);
  CHECK(scene.file(stages::own_rule_file.text()) == text);
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("a device open to everybody: the provisioning one is closed, the enclave one of older rules is left and told") {
  Converged scene;
  scene.put(rules + "92-sgx.rules", "KERNEL==\"sgx_enclave\", MODE=\"0666\"\nKERNEL==\"sgx_provision\", GROUP=\"sgx_prv\", MODE=\"0660\"\n");
  put_node(scene.host.model, "/dev/sgx_enclave", 0666, 0);
  CHECK(pending(scene).empty());
  const auto plan = look_at_sgx_packages(scene);
  REQUIRE(finding_of(plan.findings, "sgx.node_modes") != nullptr);
  CHECK(finding_of(plan.findings, "sgx.node_modes")->outcome == report::Outcome::warn);
  put_node(scene.host.model, "/dev/sgx_provision", 0666, gid_of(scene.host.model, "sgx_prv"));
  CHECK_FALSE(pending(scene).empty());
  REQUIRE(code_of(scene.run_all()) == 0);
  CHECK(scene.node("sgx_provision").mode.bits == 0660);
  CHECK(scene.node("sgx_enclave").mode.bits == 0666);
}

TEST_CASE("a rule that wins over ours is told with the device's group and mode, and is no endless repair") {
  Converged scene;
  scene.put("/etc/udev/rules.d/99-other.rules", "KERNEL==\"sgx_provision\", GROUP=\"root\", MODE=\"0600\"\n");
  put_node(scene.host.model, "/dev/sgx_provision", 0600, 0);
  const auto report = scene.run_all();
  CHECK(scene.error_of(report) == "sgx.node_modes");
  CHECK(code_of(report) == 12);
  CHECK(report.stages.back().error->message.find("/dev/sgx_provision has mode 0600") != std::string::npos);
}

TEST_CASE("rules are read as udev reads them: matches, patterns, continued lines, the last word, the final word") {
  const auto rule = [](const std::string& text, const char* name = "sgx_provision") { return sgx::rule_of_node({text}, name); };
  CHECK(rule("KERNEL==\"sgx_*\", GROUP=\"sgx\"").group == "sgx");
  CHECK(rule("KERNEL==\"sgx_*\", GROUP=\"sgx\"").mode == 0660u);
  CHECK(rule("KERNEL==\"a|sgx_provision\", \\\n  MODE=\"0640\"").mode == 0640u);
  CHECK(rule("KERNEL==\"[rs]gx_pro?ision\", GROUP=\"sgx\"").group == "sgx");
  std::string stars;
  for (int star = 0; star < 1000; ++star) stars += "*s";
  CHECK_FALSE(rule("KERNEL==\"" + stars + "y\", GROUP=\"x\"").group.has_value());  // in no time, however many there are
  CHECK(rule("KERNEL==\"sgx_provision\", GROUP:=\"one\"\nKERNEL==\"sgx_provision\", GROUP=\"two\"").group == "one");
  CHECK(rule("KERNEL==\"sgx_provision\", GROUP=\"one\"\nKERNEL==\"sgx_provision\", GROUP=\"two\"").group == "two");
  for (const char* other : {"# KERNEL==\"sgx_provision\", GROUP=\"x\"", "KERNEL!=\"sgx_provision\", GROUP=\"x\"", "SUBSYSTEM==\"block\", KERNEL==\"sgx_provision\", GROUP=\"x\"",
                            "ACTION==\"remove\", KERNEL==\"sgx_provision\", GROUP=\"x\"", "ENV{X}==\"1\", KERNEL==\"sgx_provision\", GROUP=\"x\"", "GROUP=\"x\"", "KERNEL==\"sgx_provision", "KERNEL==\"sgx_enclave\", GROUP=\"x\"", "\"\",=", ""})
    CHECK_FALSE(rule(other).group.has_value());
}

TEST_CASE("the named user of the answers becomes a member of sgx, and has to exist") {
  Converged scene;
  scene.settings.answers.sgx_user = "oasis";
  const auto report = scene.run_all();
  CHECK(scene.error_of(report) == "answers.user_unknown");
  CHECK(code_of(report) == 2);
  CHECK(report.stages.back().error->remedy.find("Create the user first") == 0);
  CHECK(report.effects == 0);
  scene.host.model.users["oasis"] = {"oasis", 1001, 1001, "/home/oasis"};
  CHECK(pending(scene) == Ids{"user-member"});
  CHECK(finding_of(look_at_sgx_packages(scene).findings, "sgx.user")->because.find("started anew") != std::string::npos);
  REQUIRE(code_of(scene.run_all()) == 0);
  CHECK(scene.host.model.groups.at("sgx").members == Ids{"oasis"});
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("on a bare machine the group is made before the named user joins it") {
  HostScene scene(System::ubuntu);
  scene.host.model.groups.erase("sgx");
  scene.host.model.users["oasis"] = {"oasis", 1001, 1001, "/home/oasis"};
  scene.settings.answers.sgx_user = "oasis";
  REQUIRE(code_of(scene.run_all()) == 0);
  CHECK(scene.host.model.groups.at("sgx").members == Ids{"oasis"});
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("a /dev that cannot execute can at once, before the packages, and stays so the way that this machine offers") {
  HostScene scene(System::ubuntu);
  scene.host.model.mounts[1].options = {"rw", "nosuid", "noexec"};
  CHECK(pending(scene) == Ids{"group-sgx_prv", "dev-exec", "packages"});
  SECTION("Intel's unit") {
    scene.host.model.available["libsgx-ae-pce"].installed = [](kit::MachineModel& model) {
      model.units[stages::intel_exec_unit].state = {true, "inactive", "disabled", false};
    };
    REQUIRE(code_of(scene.run_all()) == 0);
    CHECK(scene.host.model.units.at(stages::intel_exec_unit).state.enabled == "enabled");
    CHECK(scene.file(stages::dev_exec_unit_file.text()).empty());
  }
  SECTION("the line in fstab") {
    scene.put("/etc/fstab", "# own\nUUID=1 / ext4 defaults 0 1\ndevtmpfs  /dev\tdevtmpfs\trw,noexec,nosuid 0 0\n");
    REQUIRE(code_of(scene.run_all()) == 0);
    CHECK(scene.file("/etc/fstab") == "# own\nUUID=1 / ext4 defaults 0 1\ndevtmpfs  /dev\tdevtmpfs\trw,nosuid,exec 0 0\n");
    bool is_kept = false;
    for (const auto& [path, entry] : scene.host.model.entries) is_kept = is_kept || (path.rfind("/var/lib/cosigner/backup/", 0) == 0 && entry.content.find("noexec") != std::string::npos);
    CHECK(is_kept);
    CHECK(scene.file(stages::dev_exec_unit_file.text()).empty());
  }
  SECTION("an fstab with passwords in it stays closed") {
    scene.put("/etc/fstab", "devtmpfs /dev devtmpfs noexec 0 0\n//nas/x /x cifs password=secret 0 0\n", {{0600}, {0, 4}});
    const auto writes = [&] {
      std::vector<bool> out;
      for (const auto& step : look_at_sgx_packages(scene).steps)
        if (const auto* file = std::get_if<engine::WriteFile>(&step.payload); file != nullptr && file->path == Path("/etc/fstab")) out.push_back(file->sensitive);
      return out;
    };
    for (auto& [name, package] : scene.host.model.available) scene.host.model.packages[name] = {name, package.version, "installed"};
    CHECK(writes() == std::vector<bool>{true});
    scene.host.model.packages.clear();
    REQUIRE(code_of(scene.run_all()) == 0);
    CHECK(scene.host.model.entries.at("/etc/fstab").attributes == host::FileAttributes{{0600}, {0, 4}});
    CHECK(scene.file("/etc/fstab").find("devtmpfs exec") != std::string::npos);
  }
  SECTION("a unit of ours") {
    REQUIRE(code_of(scene.run_all()) == 0);
    CHECK(scene.file(stages::dev_exec_unit_file.text()).find("ExecStart=/bin/mount -o remount,exec /dev\n") != std::string::npos);
    CHECK(scene.host.model.units.at(stages::dev_exec_unit).state.enabled == "enabled");
    scene.host.model.entries.erase(stages::dev_exec_unit_file.text());
    scene.host.model.units.at(stages::dev_exec_unit).state = {};
    CHECK(scene.run_all().effects == 3);
  }
  CHECK(std::find(scene.host.model.mounts[1].options.begin(), scene.host.model.mounts[1].options.end(), "noexec") == scene.host.model.mounts[1].options.end());
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("only a line of fstab that mounts /dev itself is corrected") {
  CHECK_FALSE(stages::fstab_with_exec("tmpfs /dev/shm tmpfs noexec 0 0\n# devtmpfs /dev devtmpfs noexec 0 0\n/dev /x none noexec 0 0\n/dev\n").has_value());
  CHECK(stages::fstab_with_exec("d /dev t noexec\n") == std::optional<std::string>("d /dev t exec\n"));
}

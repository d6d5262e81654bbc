#include "installer/stages/own_place.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "host_scene.hpp"
#include "installer/stages/hardware.hpp"

using namespace cosigner;
using namespace cosigner::scene;

namespace {

const std::string download = "/home/someone/cosigner";

struct Place {
  HostScene scene{HostScene::System::debian};
  std::unique_ptr<engine::Stage> stage = stages::with_own_place(stages::make_hardware_stage(), download);

  Place() { scene.put(download, "program " + std::string(3'000'000, 'x'), {{0755}, {}}); }
  std::string copy() const { return scene.file(stages::installed_program.text()); }
  std::vector<std::string> pending() {
    std::vector<std::string> ids;
    for (const auto& step : scene.look(*stage).steps) ids.push_back(step.id);
    return ids;
  }
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("own place: folders and the program's copy come first, and a second run has no effect") {
  Place place;
  CHECK(exit_code_of(place.scene.run({place.stage.get()})) == report::ExitCode::ok);
  CHECK(place.copy() == place.scene.file(download));
  const auto again = place.scene.run({place.stage.get()});
  CHECK(again.effects == 0);
  CHECK(place.pending().empty());
}

TEST_CASE("own place: a copy that differs in its last byte alone, in its length or in its mode is put right") {
  Place place;
  place.scene.run({place.stage.get()});
  auto& copy = place.scene.host.model.entries[stages::installed_program.text()];
  SECTION("last byte") { copy.content.back() = 'y'; }
  SECTION("length") { copy.content += "more"; }
  SECTION("mode") { copy.attributes.mode = host::FileMode{0777}; }
  SECTION("gone") { place.scene.host.model.entries.erase(stages::installed_program.text()); }
  CHECK(place.pending() == Ids{"program"});
  CHECK(place.scene.run({place.stage.get()}).effects == 1);
  CHECK(place.copy() == place.scene.file(download));
  CHECK(place.pending().empty());
}

TEST_CASE("own place: a newer program that is run replaces the copy; run from the copy itself there is nothing to do") {
  Place place;
  place.scene.run({place.stage.get()});
  place.scene.put(download, "newer program", {{0755}, {}});
  const auto installed = stages::with_own_place(stages::make_hardware_stage(), stages::installed_program);
  CHECK(place.scene.run({installed.get()}).effects == 0);
  CHECK(place.pending() == Ids{"program"});
}

TEST_CASE("own place: a program whose file is gone copies nothing") {
  Place place;
  place.scene.host.model.entries.erase(download);
  place.scene.run({place.stage.get()});
  CHECK(place.copy().empty());
  CHECK(place.pending().empty());
}

TEST_CASE("own place: nothing is put on a machine that is ruled out") {
  Place place;
  place.scene.put("/proc/meminfo", "MemTotal: 2000000 kB\n");
  CHECK(place.pending().empty());
  CHECK(place.scene.run({place.stage.get()}).effects == 0);
}

TEST_CASE("own place: the program becomes a command; what becomes of ours is put right") {
  Place place;
  place.scene.run({place.stage.get()});
  const std::string command = stages::installed_command.text();
  CHECK(place.scene.file(command).find("exec /var/lib/cosigner/bin/cosigner \"$@\"\n") != std::string::npos);
  auto& entries = place.scene.host.model.entries;
  CHECK(entries[command].attributes == host::FileAttributes{{0755}, {}});
  SECTION("text") { entries[command].content += "rm -rf /\n"; }
  SECTION("mode") { entries[command].attributes.mode = host::FileMode{0777}; }
  SECTION("gone") { entries.erase(command); }
  const auto mended = place.scene.run({place.stage.get()});
  CHECK(mended.effects == 1);
  CHECK(place.scene.file(command).find("rm") == std::string::npos);
  CHECK(place.scene.run({place.stage.get()}).effects == 0);
}

TEST_CASE("own place: what is not ours stays: another's command, a link, a folder that others write to; it is told, and set-up goes on") {
  Place place;
  const std::string command = stages::installed_command.text();
  auto& entries = place.scene.host.model.entries;
  SECTION("another's large command") { place.scene.put(command, std::string(2'000'000, 'x'), {{0755}, {}}); }
  SECTION("another's command") { place.scene.put(command, "#!/bin/sh\necho other\n", {{0755}, {}}); }
  SECTION("a link") { entries[command] = {host::FileKind::link, {{0777}, {}}, "/etc/shadow", place.scene.host.model.now}; }
  SECTION("a folder of staff") { entries["/usr/local/bin"].attributes.mode = host::FileMode{0775}; }
  SECTION("a folder of somebody's") { entries["/usr/local/bin"].attributes.owner = {1000, 1000}; }
  SECTION("a folder that cannot be written") { place.scene.host.model.mounts.push_back({"/usr/local", "ext4", {"ro"}}); }
  SECTION("no folder") { entries.erase("/usr/local/bin"); }
  const auto before = entries;
  CHECK(exit_code_of(place.scene.run({place.stage.get()})) == report::ExitCode::ok);
  CHECK(entries.count(command) == before.count(command));
  if (before.count(command) != 0) CHECK(entries[command].content == before.at(command).content);
  CHECK(place.pending().empty());
  const auto findings = place.scene.look(*place.stage).findings;
  CHECK(std::any_of(findings.begin(), findings.end(), [](const report::Finding& finding) {
    return finding.id == "own.command" && finding.outcome == report::Outcome::warn && !finding.remedy.empty();
  }));
}

TEST_CASE("own place: who put the program itself on the path has the command already") {
  Place place;
  const std::string command = stages::installed_command.text();
  SECTION("a copy of it") { place.scene.put(command, place.scene.file(download), {{0755}, {}}); }
  SECTION("run from there") {
    place.scene.put(command, "program", {{0755}, {}});
    place.stage = stages::with_own_place(stages::make_hardware_stage(), stages::installed_command);
  }
  const std::string before = place.scene.file(command);
  place.scene.run({place.stage.get()});
  CHECK(place.scene.file(command) == before);
  CHECK(place.scene.look(*place.stage).findings.back().id != "own.command");
}

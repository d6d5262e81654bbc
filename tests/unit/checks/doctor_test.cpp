#include <catch2/catch.hpp>
#include <set>

#include "base/text.hpp"
#include "installer/checks/catalog.hpp"
#include "unit/checks/breakages.hpp"

using namespace cosigner;
using namespace cosigner::checks;
using report::Outcome;

namespace {

/// Everything below these checks, which is skipped when they do not pass.
std::set<std::string> with_children(std::set<std::string> ids) {
  for (const auto& check : all_checks()) {
    if (ids.count(check.parent) != 0) ids.insert(check.id);
  }
  return ids;
}

std::string words_of(const report::Finding& finding) {
  return finding.id + " " + std::string(report::name_of(finding.outcome)) + " " + finding.evidence + finding.because + " [" +
         joined(finding.rows, " ") + "]";
}

/// Of a log's breakage only the check that reads the log.
report::Finding seen_in_log(const Breakage& breakage) {
  SoundMachine machine;
  breakage.break_it(machine);
  engine::CheckChoice choice;
  choice.only = {breakage.check};
  return machine.look(choice).at(breakage.check);
}

}  // namespace

TEST_CASE("on a sound machine every check passes, and none changes anything") {
  SoundMachine machine;
  for (const auto& [id, finding] : machine.look()) {
    INFO(words_of(finding));
    CHECK(finding.outcome == Outcome::pass);
    CHECK_FALSE(finding.evidence.empty());
  }
  CHECK(machine.host.log.calls().empty());
}

TEST_CASE("a server's clock is compared with the time in which it was asked: a slow answer is no wrong clock, a wrong clock is one") {
  SoundMachine machine;
  auto& model = machine.host.model;
  model.answer_takes = std::chrono::seconds(5);
  engine::CheckChoice choice;
  choice.only = {"clock.servers"};
  const auto seen_at = [&](int seconds) {
    model.server_time = model.now + std::chrono::seconds(seconds);
    return machine.look(choice).at("clock.servers").outcome;
  };
  for (const int seconds : {-2, 0, 5, 7}) CHECK(seen_at(seconds) == Outcome::pass);
  for (const int seconds : {-3, 8}) CHECK(seen_at(seconds) == Outcome::fail);
}

TEST_CASE("one thing broken changes its own check, what the same cause changes, and what lies below them") {
  const Findings sound = SoundMachine().look();
  for (const auto& [breakage, seen] : broken_machines()) {
    INFO(breakage.name);
    const auto& finding = seen.at(breakage.check);
    INFO(words_of(finding));
    CHECK(finding.outcome == breakage.outcome);
    CHECK(finding.rows == breakage.rows);
    if (finding.outcome == Outcome::fail || finding.outcome == Outcome::warn)
      CHECK_FALSE((finding.remedy.empty() || finding.evidence.empty()));
    if (finding.outcome == Outcome::unknown || finding.outcome == Outcome::skip) CHECK_FALSE(finding.because.empty());
    std::set<std::string> touched = breakage.also;
    touched.insert(breakage.check);
    const auto allowed = with_children(touched);
    for (const auto& [id, other] : seen) {
      INFO(words_of(other));
      if (allowed.count(id) == 0) CHECK(other.outcome == sound.at(id).outcome);
    }
    for (const auto& id : breakage.also) {
      INFO("also " << id);
      CHECK(seen.at(id).outcome != sound.at(id).outcome);
    }
  }
}

TEST_CASE("what the catalogue quotes of a log is found in that log") {
  for (const Breakage& breakage : log_breakages()) {
    INFO(breakage.name);
    const auto finding = seen_in_log(breakage);
    INFO(words_of(finding));
    CHECK(finding.outcome == breakage.outcome);
    CHECK(std::count(finding.rows.begin(), finding.rows.end(), breakage.rows.front()) == 1);
  }
}

TEST_CASE("every row of the catalogue that a check is named for is recognised on some machine, by that check") {
  std::map<std::string, std::set<std::string>> found;  // row → checks
  const auto note = [&](const report::Finding& finding) {
    for (const auto& row : finding.rows) found[row].insert(finding.id);
  };
  for (const auto& [breakage, seen] : broken_machines()) {
    for (const auto& [id, finding] : seen) note(finding);
  }
  for (const auto& breakage : log_breakages()) note(seen_in_log(breakage));
  std::size_t live = 0;
  for (const Trouble& trouble : catalogue()) {
    INFO(trouble.id);
    CHECK(trouble.checks.empty() == found[trouble.id].empty());
    const std::set<std::string> named(trouble.checks.begin(), trouble.checks.end());
    for (const auto& id : found[trouble.id]) {
      INFO("seen by " << id);
      CHECK(named.count(id) == 1);
    }
    if (!trouble.checks.empty()) ++live;
  }
  CHECK(live >= 80);
  CHECK(catalogue().size() == 124);
  CHECK(catalogue().size() - live <= 30);
}

TEST_CASE("a row without a check says why, and every row says what to do and who does it") {
  std::set<std::string> ids, checks;
  for (const auto& check : all_checks()) checks.insert(check.id);
  for (const Trouble& trouble : catalogue()) {
    INFO(trouble.id);
    CHECK(ids.insert(trouble.id).second);
    CHECK(trouble.checks.empty() != trouble.reason.empty());
    for (const auto* text : {&trouble.symptom, &trouble.cause, &trouble.remedy, &trouble.owner}) CHECK_FALSE(text->empty());
    for (const auto& id : trouble.checks) {
      INFO(id);
      CHECK(checks.count(id) == 1);
    }
  }
}

TEST_CASE("without the right to look a check is unknown, and never fails") {
  SoundMachine machine;
  machine.host.model.kernel_log.reset();
  machine.host.model.unit_logs.clear();
  machine.host.model.msrs.clear();
  std::set<std::string> blind;
  for (const auto& [id, finding] : machine.look()) {
    if (finding.outcome == Outcome::unknown) blind.insert(id);
    INFO(words_of(finding));
    CHECK(finding.outcome != Outcome::fail);
  }
  CHECK(blind == std::set<std::string>{"aesm.log", "firmware.production", "kernel.log"});
}

TEST_CASE("offline no look at the network is made, and the daemon is not made to act") {
  SoundMachine machine;
  engine::CheckChoice choice;
  choice.offline = true;
  for (const auto& [id, finding] : machine.look(choice)) {
    const bool is_network = id.rfind("net.", 0) == 0 || id == "aesm.quote" || id == "qcnl.answer" || id == "clock.servers" || id == "machine.region";
    INFO(words_of(finding));
    CHECK(finding.outcome == (is_network ? Outcome::skip : Outcome::pass));
  }
  for (const auto& call : machine.host.model.traffic) {
    INFO(call);
    for (const char* network : {"reach ", "http ", "resolve ", "tls "}) CHECK(call.rfind(network, 0) != 0);
  }
}

TEST_CASE("a chosen check brings what it depends on, and nothing else") {
  engine::CheckChoice choice;
  choice.only = {"aesm.ecdsa"};
  const auto seen = SoundMachine().look(choice);
  std::vector<std::string> ids;
  for (const auto& [id, finding] : seen) ids.push_back(id);
  CHECK(ids == std::vector<std::string>{"aesm.answer", "aesm.ecdsa", "aesm.unit", "sgx.packages"});
}

TEST_CASE("each place is recognised by its vendor strings, and what follows from it is said") {
  struct Case {
    const char *vendor, *product, *asset, *place, *follows;
  };
  const std::vector<Case> cases = {
      {"Microsoft Corporation", "Virtual Machine", "7783-7084-3265-9085-8269-3286-77", "Azure", "own quote provider"},
      {"Alibaba Cloud", "Alibaba Cloud ECS", "", "Alibaba Cloud", "region cn-beijing"},
      {"IBM", "Bare metal", "", "IBM Cloud", "documentation"},
      {"VMware, Inc.", "VMware7,1", "", "VMware", "hypervisor's host"},
      {"QEMU", "Standard PC (Q35 + ICH9, 2009)", "", "KVM", "hypervisor's host"},
      {"Dell Inc.", "PowerEdge R650", "4711", "bare metal", "registers it"}};
  for (const Case& each : cases) {
    SoundMachine machine;
    machine.put("/sys/devices/virtual/dmi/id/sys_vendor", std::string(each.vendor) + "\n");
    machine.put("/sys/devices/virtual/dmi/id/product_name", std::string(each.product) + "\n");
    machine.put("/sys/devices/virtual/dmi/id/chassis_asset_tag", std::string(each.asset) + "\n");
    machine.put("/run/cloud-init/instance-data.json", "{\"v1\": {\"region\": \"cn-beijing\"}}");
    engine::CheckChoice choice;
    choice.only = {"machine.place", "machine.region"};
    CHECK(machine.look(choice).at("machine.region").outcome == Outcome::pass);
    const auto seen = machine.look(choice).at("machine.place");
    INFO(each.place << ": " << seen.evidence);
    CHECK(seen.outcome == Outcome::pass);
    CHECK_THAT(seen.evidence, Catch::StartsWith(each.place) && Catch::Contains(each.follows));
  }
}

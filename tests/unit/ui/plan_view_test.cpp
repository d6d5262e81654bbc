#include "installer/ui/plan_view.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "installer/ui/status_view.hpp"

using namespace cosigner;
using namespace cosigner::ui;
using report::Outcome;

namespace {

struct NamedStage : engine::Stage {
  explicit NamedStage(std::string name) : name_(std::move(name)) {}
  std::string id() const override { return name_; }
  std::string title() const override { return "The stage " + name_; }
  Result<engine::StagePlan> look(const host::HostView&, const engine::StageContext&) const override {
    return engine::StagePlan{};
  }

 private:
  std::string name_;
};

const NamedStage image("image");
const NamedStage pairing("pairing");
const NamedStage callback("callback");
const NamedStage service("service");

engine::StageView view_of(const NamedStage& stage) {
  engine::StageView view;
  view.stage = &stage;
  return view;
}

engine::Step step_for(const std::string& path, engine::Disruption disruption = engine::Disruption::none) {
  engine::Step step;
  step.id = "file";
  step.payload = engine::WriteFile{path, "text\n", {{0644}, {}}};
  step.why = "It is missing.";
  step.undo = "Remove it.";
  step.disruption = disruption;
  return step;
}

report::Finding finding(Outcome outcome, const std::string& evidence, const std::string& because = {}) {
  return {"a.check", "All is well", outcome, evidence, {}, {}, because};
}

/// Nobody is paired: the image is here, `pairing` waits for a human, `callback` and `service` have nothing to look at.
std::vector<engine::StageView> unpaired() {
  std::vector<engine::StageView> views = {view_of(image), view_of(pairing), view_of(callback), view_of(service)};
  views[0].plan.findings = {finding(Outcome::pass, "it is here")};
  views[1].plan.waiting = make_error("pairing.token_needed", "a token is needed", "Copy one.");
  for (const std::size_t at : {2U, 3U})
    views[at].plan.findings = {finding(Outcome::skip, "nobody is paired yet", "it travels with pairing")};
  return views;
}

std::string text_of(const std::vector<engine::StageView>& views, PlanDetail detail, const profile::Settings& settings = {}) {
  return plan_text({settings, views, std::nullopt, true, {}}, detail);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

}  // namespace

TEST_CASE(
    "a stage that has nothing to look at before another one is done waits for that one, in plan and status, and is not "
    "converged") {
  const auto views = unpaired();
  const std::string text = text_of(views, PlanDetail::full);
  CHECK_THAT(text, Catch::Contains("callback: waits for pairing") && Catch::Contains("service: waits for pairing") &&
                       Catch::Contains("pairing: waits for you") && Catch::Contains("image: converged"));
  CHECK(count(text, "converged") == 1);
  const profile::Settings settings;
  const state::Ledger ledger;
  const StatusView status{settings, ledger, views, std::nullopt, true, std::nullopt, {}, {}};
  CHECK_THAT(status_text(status), Catch::Contains("service: waits for pairing"));
  const auto document = *parse_json(status_document(status));
  CHECK(document["stages"][3]["state"] == "blocked");
  CHECK(document["stages"][3]["waits_for"] == "pairing");
  CHECK(document["stages"][0]["waits_for"].is_null());
}

TEST_CASE("a stage that was seen to be as wanted is converged whatever comes before it, and one that says nothing is believed") {
  auto views = unpaired();
  views[2].plan.findings = {finding(Outcome::warn, "there is no callback handler")};
  views[3].plan.findings.clear();
  CHECK(waits_for(views, views[2]).empty());
  CHECK(state_of(views, views[2], std::nullopt) == "converged");
  CHECK(state_of(views, views[3], std::nullopt) == "converged");
}

TEST_CASE(
    "a stage waits for the nearest one before it that is not done, also when that one has steps to do or could not be looked "
    "at") {
  auto views = unpaired();
  views[1].plan.waiting.reset();
  views[1].plan.findings = {finding(Outcome::pass, "somebody is paired")};
  views[0].plan.steps = {step_for("/image")};
  CHECK(waits_for(views, views[2]) == "image");
  views[0].plan.steps.clear();
  views[0].error = make_error("engine.unreachable", "no", "");
  CHECK(waits_for(views, views[2]) == "image");
  views[0].error.reset();
  CHECK(waits_for(views, views[2]).empty());
}

TEST_CASE(
    "the full plan says why and the way back of each step, the compact one about a line for each, and both what is interrupted") {
  std::vector<engine::StageView> views = {view_of(image)};
  views[0].plan.steps = {step_for("/one"), step_for("/two"), step_for("/three", engine::Disruption::docker)};
  const std::string full = text_of(views, PlanDetail::full);
  CHECK_THAT(full, Catch::Contains("- file /one, /two\n      why: It is missing; undo: Remove it\n") &&
                       Catch::Contains("- file /three (interrupts: docker)\n      why: It is missing; undo: Remove it\n") &&
                       Catch::Contains("This interrupts: docker."));
  const std::string compact = text_of(views, PlanDetail::compact);
  CHECK_THAT(compact, !Catch::Contains("why:") && !Catch::Contains("undo:") && Catch::Contains("- file /one, /two\n") &&
                          Catch::Contains("- file /three (interrupts: docker)\n") && Catch::Contains("cosigner plan") &&
                          Catch::Contains("This interrupts: docker."));
}

TEST_CASE("steps share a line in the full plan only when their reasons and ways back are the same") {
  std::vector<engine::StageView> views = {view_of(image)};
  views[0].plan.steps = {step_for("/one"), step_for("/two"), step_for("/three")};
  views[0].plan.steps[1].why = "It is another one.";
  views[0].plan.steps[2].why = "It is another one.";
  views[0].plan.steps[2].undo = "Put the old one back.";
  const std::string full = text_of(views, PlanDetail::full);
  CHECK(count(full, "    - file ") == 3);
  for (const auto& step : views[0].plan.steps)
    CHECK_THAT(full,
               Catch::Contains(step.why.substr(0, step.why.size() - 1) + "; undo: " + step.undo.substr(0, step.undo.size() - 1)));
  CHECK(count(text_of(views, PlanDetail::compact), "    - file ") == 1);
}

TEST_CASE("what is not there and what the steps of its stage bring is a thing to do, not a failure") {
  std::vector<engine::StageView> views = {view_of(image)};
  views[0].plan.findings = {finding(Outcome::skip, "no container engine answers yet", "it will be installed")};
  views[0].plan.steps = {step_for("/engine")};
  CHECK_THAT(text_of(views, PlanDetail::compact),
             Catch::Contains("to do: no container engine answers yet; it will be installed") && !Catch::Contains("fail") &&
                 !Catch::Contains("skip"));
}

TEST_CASE("a plan never states the title of a check that did not pass") {
  for (const auto outcome : {Outcome::warn, Outcome::fail, Outcome::unknown, Outcome::skip}) {
    std::vector<engine::StageView> views = {view_of(image)};
    views[0].plan.findings = {finding(outcome, "4.1 GB of memory, below the advised 14.1 GB")};
    const std::string text = text_of(views, PlanDetail::full);
    CHECK_THAT(text, !Catch::Contains("All is well"));
    if (outcome == Outcome::warn)
      CHECK_THAT(text, Catch::Contains("warn: 4.1 GB of memory, below the advised 14.1 GB (a.check)\n"));
  }
}

TEST_CASE("weakenings of one kind are listed once, with all that they are about and with the key to remove") {
  profile::Settings settings;
  settings.profile.origin = "/lab.json";
  settings.weakenings = {{"key.other_fingerprint", "intel-sgx AAAA", "profile /lab.json"},
                         {"key.other_fingerprint", "docker BBBB", "profile /lab.json"},
                         {"tls.extra_ca", "one more CA for downloads", "answers.json line 7"}};
  for (const auto detail : {PlanDetail::compact, PlanDetail::full}) {
    const std::string text = text_of(unpaired(), detail, settings);
    CHECK(count(text, "key.other_fingerprint") == 1);
    CHECK_THAT(text, Catch::Contains("weaker than built in: key.other_fingerprint: intel-sgx AAAA, docker BBBB\n"
                                     "    to be rid of it, remove keys from the profile /lab.json\n") &&
                         Catch::Contains("to be rid of it, remove tls.extraCa (answers.json line 7)\n"));
  }
}

#include "installer/stages/clock_rule.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cosigner::stages {
namespace {

constexpr std::chrono::seconds pause{1};
constexpr std::chrono::minutes fresh{10};  // so long a try counts as this run's
constexpr const char* tried = "clock.tried";  // boot and seconds since its start: the clock itself may have jumped meanwhile

std::string moment_of(const host::ClockView& clock) {
  return clock.boot_id() + " " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(clock.monotonic()).count());
}

bool is_fresh(const std::string& value, const host::ClockView& clock) {
  const auto words = split(value, ' ');
  if (words.size() != 2 || words[0] != clock.boot_id()) return false;
  const auto seconds = parse_number(words[1]);
  return seconds && clock.monotonic() - std::chrono::seconds(static_cast<long long>(*seconds)) < fresh;
}

Error clock_unsure(const ClockFacts& facts) {
  return make_error("pairing.clock_unsure", "pairing needs the clock within " + std::to_string(largest_clock_error.count()) + " ms: " + shown(facts.sync),
                    facts.has_chrony ? "Run `chronyc tracking`, which says what keeps chrony from a time server, mend that, and run again."
                                     : "Run `timedatectl`, which says whether a time service keeps the clock, let it reach a time server (UDP port 123), and run again.");
}

bool is_waived(const profile::Answers& answers) { return std::find(answers.waive.begin(), answers.waive.end(), "clock.synchronised") != answers.waive.end(); }

}  // namespace

std::string shown(const host::ClockSync& sync) {
  const std::string error = std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(sync.max_error).count()) + " ms";
  if (!sync.synchronised) return "the kernel says that nothing keeps it right (it may be " + error + " wrong)";
  return "it is synchronised, at most " + error + " wrong";
}

Result<ClockFacts> probe_clock(const host::HostView& host, const engine::StageContext& context) {
  ClockFacts facts;
  facts.sync = host.clock().sync();
  if (facts.is_sure()) return facts;
  facts.was_tried = is_fresh(context.ledger.value(tried), host.clock());
  facts.has_chrony = TRY(host.files().stat("/usr/bin/chronyc")).has_value();
  return facts;
}

bool plan_clock(const ClockFacts& facts, const profile::Settings& settings, engine::StagePlan& plan) {
  if (facts.is_sure()) return true;
  if (is_waived(settings.answers)) {
    plan.findings.push_back({"clock.synchronised", "The clock is kept right", report::Outcome::warn, shown(facts.sync) + " (waived)", "Let a time service keep the clock, and take clock.synchronised out of waive.", {}, {}, {"E30"}});
    return true;
  }
  if (facts.was_tried || settings.answers.time_sync == "none") {
    plan.blocked = clock_unsure(facts);
    return false;
  }
  plan.steps.push_back({"clock", engine::Custom{settle_clock_step, {{"subject", "the time service"}}}, "The clock may be more than half a second wrong; a service that asks rarely is right again after a start.", "Nothing to undo.",
                        engine::Disruption::none, true, ""});
  plan.continues = true;
  return false;
}

Status wait_for_clock(host::Host& host, const host::ProgressSink& progress) {
  const auto end = host.clock().monotonic() + clock_patience;
  for (;;) {
    ClockFacts facts;
    facts.sync = host.clock().sync();
    if (facts.is_sure() || host.clock().monotonic() >= end) return {};
    if (progress) progress({"waiting for the time service", 0, std::nullopt, std::nullopt});
    TRY(host.wait().sleep(pause));
  }
}

Result<engine::Remembered> settle_clock(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
  const auto& units = context.settings.profile.time_units;
  const auto states = TRY(host.services().states(units));
  const auto active = std::find_if(units.begin(), units.end(), [&](const std::string& unit) { return states.count(unit) != 0 && states.at(unit).is_active(); });
  if (active != units.end()) {
    TRY(host.change_services().run(host::UnitVerb::restart, *active));
    TRY(wait_for_clock(host, progress));
  }
  return engine::Remembered{{tried, moment_of(host.clock())}};
}

}  // namespace cosigner::stages

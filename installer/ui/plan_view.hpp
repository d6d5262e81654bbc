// What `plan` shows, for people and as "cosigner.plan/1".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "engine/run.hpp"
#include "profile/settings.hpp"

namespace cosigner::ui {

struct PlanView {
  const profile::Settings& settings;
  const std::vector<engine::StageView>& stages;
  std::optional<engine::Disruption> budget;  // nothing: everything may be interrupted
  bool is_root = true;                       // false: some things could not be seen
  Time at{};
};

/// The stage before this one that has to be done first, because until then this one has nothing to look at; empty: it can be
/// judged now. An empty plan of which nothing but the absence of things was seen is not a converged one.
std::string waits_for(const std::vector<engine::StageView>& stages, const engine::StageView& stage);

/// "converged", "pending", "blocked" (also while it waits for another stage) or "held".
std::string state_of(const std::vector<engine::StageView>& stages, const engine::StageView& stage,
                     const std::optional<engine::Disruption>& budget);
/// The same for people: "waits for pairing", "waits for you".
std::string state_words(const std::vector<engine::StageView>& stages, const engine::StageView& stage,
                        const std::optional<engine::Disruption>& budget);

/// One weakening a line with everything it is about, and below it what to remove to be rid of it.
std::string weakenings_text(const profile::Settings& settings);

bool has_pending(const PlanView& plan);
/// A stage could not be looked at.
bool has_blind_spot(const PlanView& plan);

/// What the whole plan interrupts, in one sentence.
std::string interruptions_of(const PlanView& plan);

/// `compact`: what is done, about a line a step (before "Go on?"). `full`: also why, and the way back (contracts 1: `plan`).
enum class PlanDetail { compact, full };
/// Lines as long as they are; `wrapped` fits them to a screen.
std::string plan_text(const PlanView& plan, PlanDetail detail);
std::string plan_document(const PlanView& plan);

/// Content now of the files that the plan writes, by path; nothing for what is not there.
using CurrentFiles = std::map<std::string, std::optional<std::string>>;
/// The paths that plan_difference wants to know.
std::vector<Path> files_of(const PlanView& plan);
/// File differences (secrets masked) and exact calls.
std::string plan_difference(const PlanView& plan, const CurrentFiles& current);

/// Lines with "-", "+" or " " in front, three lines of context around a change.
std::string line_difference(const std::string& before, const std::string& after);

}  // namespace cosigner::ui

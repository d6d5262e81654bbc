#include "installer/stages/resume_end.hpp"

#include <algorithm>

#include "installer/stages/resume.hpp"

namespace cosigner::stages {
namespace {

using report::ExitCode;

constexpr ExitCode ends[] = {ExitCode::ok,      ExitCode::waiting_for_human,   ExitCode::held_back,           ExitCode::usage,
                             ExitCode::unsupported_machine, ExitCode::attestation_refused, ExitCode::pairing_refused, ExitCode::callback_failed};

/// Asked to end earlier than the unit was: what the unit is for is not done by that.
bool goes_less_far(const ResumeFacts& facts, const profile::Settings& settings) {
  return !settings.until.empty() && facts.is_unit_there && !facts.is_unit_right;
}

class ResumeEndStage : public engine::Stage {
 public:
  explicit ResumeEndStage(bool is_over) : is_over_(is_over) {}
  std::string id() const override { return "resume"; }
  std::string title() const override { return "Going on after a reboot"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    engine::StagePlan plan;
    const bool is_asked = !context.ledger.value(reboot_asked_name).empty();
    const ResumeFacts facts = TRY(probe_resume(host, context, !is_over_ && is_asked));
    if (is_over_ && !goes_less_far(facts, context.settings)) plan_resumed(facts, plan);
    if (!is_over_ && is_asked) plan_left(facts, context.settings, plan);
    return plan;
  }

 private:
  bool is_over_;
};

}  // namespace

bool ends_resuming(ExitCode code) { return std::find(std::begin(ends), std::end(ends), code) != std::end(ends); }

std::unique_ptr<engine::Stage> make_resume_end_stage(bool is_over) { return std::make_unique<ResumeEndStage>(is_over); }

}  // namespace cosigner::stages

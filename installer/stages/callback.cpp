#include "installer/stages/callback.hpp"

#include "base/untrusted.hpp"
#include "config/update_document.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "installer/stages/one_shot.hpp"
#include "pairing/outcome.hpp"

namespace cosigner::stages {
namespace {

constexpr std::chrono::seconds update_limit{180};

report::Finding finding(report::Outcome outcome, std::string evidence) {
  return {"callback.handler", "the callback handler is the wanted one", outcome, std::move(evidence), {}, {}, {}};
}

Error update_failed(const Untrusted& log) {
  const auto known = pairing::find_known_line(log);
  const std::string line = pairing::last_trouble(log);
  Error error = make_error("callback.update_failed", "the co-signer did not take the callback handler" + (known ? ": " + known->meaning : std::string()) + (line.empty() ? "" : ". Its log says: " + line),
                           "Mend the cause and run `cosigner setup` again; the co-signer still has the handler it had.");
  error.retryable = true;
  return error;
}

/// In the running container, as the original does it: the document (which holds no secret) lies in the co-signer's own folder meanwhile.
Result<bool> update_running(host::Host& host, const engine::StageContext& context, const std::string& document, Untrusted& log) {
  const profile::CosignerContract& contract = context.settings.profile.cosigner;
  const Path file = Path(contract.data_dir) / "config" / "update.json";
  TRY(host.change_files().write_atomic(file, document, {{0600}, {contract.data_uid, contract.data_gid}}));
  const auto output = host.change_containers().exec(contract.container_name, {program_path(context.settings), "--update-config", contract.work_dir + "/config/update.json"},
                                                    contract.service_user, update_limit);
  Status removed = host.change_files().remove(file);
  if (!output.ok()) return output.error();
  TRY(std::move(removed));
  log = Untrusted(std::string(output->out.raw()) + std::string(output->err.raw()));
  return output->exit_code == 0;
}

Result<bool> update_stopped(host::Host& host, const engine::StageContext& context, std::string document, Untrusted& log, const host::ProgressSink& progress) {
  const auto image = TRY(find_pinned_image(host, context));
  if (!image) return make_error("callback.update_failed", "the co-signer's image is not on this machine", "Run `cosigner setup`: it brings the image first.");
  const OneShotEnd end = TRY(run_one_shot(host, context, image->id, OneShot{"--update-config", Secret(std::move(document)), "setting the callback handler"}, progress));
  log = end.log;
  return end.exit_code == 0;
}

class CallbackStage : public engine::Stage {
 public:
  std::string id() const override { return "callback"; }
  std::string title() const override { return "Callback handler"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_callback(TRY(probe_callback(host, context)));
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    if (step.name != "callback") return Stage::apply(step, host, context, progress);
    const std::string user = step.arguments.at("subject");
    const CallbackWish wish = TRY(complete_callback(host, probe_callback_wish(host, context.settings)));
    config::CallbackUpdate update{user, "", "", "", ""};
    if (wish.wanted) update = {user, wish.wanted->url, wish.wanted->public_key, wish.wanted->certificate, wish.wanted->root_ca};
    const std::string document = config::write_update_document(update);
    const auto main = TRY(find_container(host, context.settings.profile.cosigner.container_name));
    Untrusted log;
    const bool taken = main && main->running ? TRY(update_running(host, context, document, log)) : TRY(update_stopped(host, context, document, log, progress));
    if (!taken) return update_failed(log);
    return engine::Remembered{{callback_identity_name(user), wish.identity()}, {callback_url_name(user), wish.shown_url()}};
  }
};

}  // namespace

Result<CallbackFacts> probe_callback(const host::HostView& host, const engine::StageContext& context) {
  CallbackFacts facts;
  facts.users = remembered_users(context.ledger);
  if (facts.users.empty()) return facts;
  facts.wish = probe_callback_wish(host, context.settings);
  facts.last_url = context.ledger.value(callback_url_name(facts.users.front()));
  facts.in_place = is_callback_in_place(facts.wish, context.ledger);
  if (!facts.in_place) facts.problems = check_callback(host, context.settings, facts.wish);
  return facts;
}

engine::StagePlan plan_callback(const CallbackFacts& facts) {
  engine::StagePlan plan;
  if (facts.users.empty()) {
    plan.findings.push_back(finding(report::Outcome::skip, "nobody is paired yet"));
    plan.findings.back().because = "it travels with pairing";
    return plan;
  }
  if (facts.in_place) {
    const bool gone = facts.wish.unreadable.has_value();
    const bool signs_all = facts.last_url == "none";
    plan.findings.push_back(finding(gone || signs_all ? report::Outcome::warn : report::Outcome::pass,
                                    signs_all ? "there is no callback handler: the co-signer signs everything it is sent" : shown(Untrusted(facts.last_url))));
    if (gone) plan.findings.back().evidence += "; the answers could not be compared: " + facts.wish.unreadable->message;
    if (gone) plan.findings.back().remedy = facts.wish.unreadable->remedy;
    if (signs_all) plan.findings.back().remedy = "Give callback.url in the answers when a handler is ready.";
    return plan;
  }
  if (!facts.problems.empty()) {
    plan.blocked = callback::as_one(facts.problems);
    return plan;
  }
  engine::Step step;
  step.id = "set";
  step.payload = engine::Custom{"callback", {{"subject", facts.users.front()}, {"url", facts.wish.shown_url()}}};
  step.why = "the co-signer was last given another callback handler" + (facts.last_url.empty() ? std::string() : ": " + shown(Untrusted(facts.last_url)));
  step.undo = "set the former handler again";
  step.ownership.clear();
  plan.steps.push_back(std::move(step));
  return plan;
}

std::unique_ptr<engine::Stage> make_callback_stage() { return std::make_unique<CallbackStage>(); }

}  // namespace cosigner::stages

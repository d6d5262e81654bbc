#include "installer/stages/pairing.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "installer/stages/one_shot.hpp"
#include "pairing/device_list.hpp"
#include "pairing/initial_document.hpp"
#include "pairing/outcome.hpp"
#include "pairing/token.hpp"

namespace cosigner::stages {
namespace {

using engine::Step;

constexpr std::chrono::seconds question_limit{60};

report::Finding finding(const char* id, const char* title, report::Outcome outcome, std::string evidence, std::string remedy = {}) {
  return {id, title, outcome, std::move(evidence), std::move(remedy), {}, {}};
}

Step folder_step(const DataFolder& folder, const profile::CosignerContract& contract) {
  const host::FileAttributes wanted{{0750}, {contract.data_uid, contract.data_gid}};
  Step step;
  step.id = "folder-" + folder.path.name();
  step.why = "the co-signer keeps its data there, as user " + std::to_string(contract.data_uid);
  step.undo = "removed only together with the keys, when asked for";
  if (folder.there) {
    step.payload = engine::SetAttributes{folder.path, wanted};
    step.ownership = "adopted";
  } else {
    step.payload = engine::MakeDirectory{folder.path, wanted};
  }
  return step;
}

Step device_id_step() {
  Step step;
  step.id = "device-id";
  step.payload = engine::Custom{"device-id", {{"subject", "physical device id"}}};
  step.why = "the gateway knows this machine by one id, which stays the same for every try";
  step.undo = "forgotten with the journal";
  step.ownership.clear();
  return step;
}

Step pair_step(const PairingFacts& facts) {
  Step step;
  step.id = "pair";
  step.payload = engine::Custom{"pair", {{"subject", facts.token_user}, {"callback", facts.callback.shown_url()}, {"image", facts.image_id.value_or("(not here yet)")}}};
  step.why = "nobody is paired on this machine; the token is spent by this step";
  step.undo = "none from here: unpair the API user in the Console";
  step.ownership.clear();
  return step;
}

Step adopt_step() {
  Step step;
  step.id = "read-users";
  step.payload = engine::Custom{"read-users", {{"subject", "secrets.db"}}};
  step.why = "a database is there, and for whom it was paired is not known";
  step.undo = "nothing to undo: it only asks";
  step.ownership.clear();
  return step;
}

Step network_step(const std::string& name) {
  Step step;
  step.id = "network";
  step.payload = engine::CreateNetwork{name};
  step.why = "the co-signer's containers have a network of their own, with no published port";
  step.undo = "remove it when nothing uses it";
  return step;
}

Error image_missing() {
  return make_error("pairing.image_missing", "the co-signer's image is not on this machine, so nobody can be paired", "Run `cosigner setup`: it brings the image first.");
}

/// Its hour is not to be spent on downloads: before the image is here nobody should copy one.
Error token_needed(bool image_is_here) {
  if (image_is_here) {
    return make_error("pairing.token_needed", "the co-signer's image is here, so the pairing token is needed now", pairing::fresh_token_remedy);
  }
  return make_error("pairing.token_needed", "a pairing token is needed later, when the co-signer's image is here; at a terminal it is asked for then",
                    "Copy it from the Console only at that moment, because it lives one hour.");
}

std::optional<Error> why_not_yet(const PairingFacts& facts, const profile::Settings& settings) {
  const auto& waived = settings.answers.waive;
  if (facts.uid_owner && std::find(waived.begin(), waived.end(), "pairing.uid_taken") == waived.end()) {
    return make_error("pairing.uid_taken", "the co-signer's data would belong to uid " + std::to_string(settings.profile.cosigner.data_uid) + ", which " + *facts.uid_owner + " has on this machine",
                      "Give that user another uid, or accept it with `--waive pairing.uid_taken`.");
  }
  return facts.policy_missing;
}

std::optional<Error> why_not_spend(const PairingFacts& facts, const profile::Settings& settings) {
  if (facts.token_error) return facts.token_error;
  if (!settings.answers.first_user) {
    return make_error("pairing.not_first_user", "the answers say that this is not the first user on this machine, but nobody is paired here",
                      "Create an API user with the mark \"first user on this machine\" in the Console, give its token and leave pairing.firstUser out.");
  }
  if (!facts.callback.decided) {
    return make_error("answers.callback_undecided", "whether there is a callback handler was not decided; without one the co-signer signs everything it is sent",
                      "Give callback.url and its credentials in the answers, or acknowledgeNoCallback: true.");
  }
  if (!facts.callback_problems.empty()) return callback::as_one(facts.callback_problems);
  if (facts.memory_error) return facts.memory_error;
  return std::nullopt;
}

void plan_enrolment(const PairingFacts& facts, const profile::Settings& settings, engine::StagePlan& plan) {
  if (!plan_clock(facts.clock, settings, plan)) return;  // before a human is asked for a token that lives an hour
  if (!settings.answers.pairing_token.is_set()) {
    plan.waiting = token_needed(facts.image_id.has_value());
    return;
  }
  plan.blocked = why_not_spend(facts, settings);
  if (plan.blocked) return;
  plan.findings.push_back(finding("pairing.token", "the pairing token can be used", facts.token_warning.empty() ? report::Outcome::pass : report::Outcome::warn,
                                  facts.token_warning.empty() ? facts.token_shown : facts.token_shown + ": " + facts.token_warning,
                                  facts.token_warning.empty() ? "" : "Copy a fresh token from the Console if pairing fails."));
  if (!facts.callback.wanted) {
    plan.findings.push_back(finding("pairing.no_callback", "a callback handler approves what is signed", report::Outcome::warn, "there is no callback handler: the co-signer will sign everything it is sent",
                                    "Give callback.url in the answers when a handler is ready."));
  }
  if (!facts.network) plan.steps.push_back(network_step(settings.profile.cosigner.network));
  if (facts.device_id.empty()) plan.steps.push_back(device_id_step());
  plan.steps.push_back(pair_step(facts));
}

class PairingStage : public engine::Stage {
 public:
  std::string id() const override { return "pairing"; }
  std::string title() const override { return "Pairing with the API user"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_pairing(TRY(probe_pairing(host, context)), context.settings);
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    if (step.name == "device-id") return engine::Remembered{{"pairing.physical_device_id", TRY(make_uuid())}};
    if (step.name == settle_clock_step) return settle_clock(host, context, progress);
    if (step.name == "read-users") return read_users(host, context, progress);
    if (step.name == "wait") {
      TRY(wait_for_leftover(host, context, progress));
      return engine::Remembered{};
    }
    if (step.name == "pair") return pair(host, context, progress);
    return Stage::apply(step, host, context, progress);
  }

 private:
  static Result<std::string> require_image(const host::HostView& host, const engine::StageContext& context) {
    const auto image = TRY(find_pinned_image(host, context));
    if (!image) return image_missing();
    return image->id;
  }

  static Result<engine::Remembered> pair(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
    const std::string image = TRY(require_image(host, context));
    const CallbackWish wish = TRY(complete_callback(host, probe_callback_wish(host, context.settings)));
    pairing::InitialDocument document;
    // Read again just before it is used: what was validated at the start of the run may be an hour old.
    document.token = TRY(profile::open_secret(context.settings.answers.pairing_token, host, context.credentials_directory));
    const pairing::TokenFacts token = TRY(pairing::check_token(document.token, host.clock().now()));
    if (wish.wanted) document.callback = {wish.wanted->url, wish.wanted->public_key, wish.wanted->certificate, wish.wanted->root_ca};
    document.recovery_public_key = TRY(make_discarded_rsa_public_key());
    document.physical_device_id = context.ledger.value("pairing.physical_device_id");
    OneShot job{"--initial-config-file", TRY(pairing::write_initial_document(document)), "the co-signer enrols with the gateway"};
    auto ran = run_one_shot(host, context, image, job, progress);
    if (!ran.ok() && ran.error().code == "run.cancelled") ran.error().message += " while the co-signer enrolled; the token may be spent";
    const OneShotEnd end = TRY(std::move(ran));
    if (end.exit_code != 0) return pairing::enrolment_error(end.exit_code, end.log);
    const auto database = TRY(host.files().stat(Path(context.settings.profile.cosigner.data_dir + "/db/secrets.db")));
    if (!database) return make_error("pairing.failed", "the co-signer's executable ended well but wrote no database", "Check that /databases is a writable disk, then pair with a fresh token.");
    return engine::Remembered{{"pairing.user_ids", token.user_id}, {"pairing.paired_at", to_iso(host.clock().now())}, {"pairing.image", image},
                              {callback_identity_name(token.user_id), wish.identity()}, {callback_url_name(token.user_id), wish.shown_url()}};
  }

  static Result<engine::Remembered> read_users(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
    const auto main = TRY(find_container(host, context.settings.profile.cosigner.container_name));
    Untrusted output;
    if (main && main->running) {
      output = TRY(host.containers().ask(main->spec.name, {program_path(context.settings), "--list-devices"}, context.settings.profile.cosigner.service_user, question_limit)).out;
    } else {
      const std::string image = TRY(require_image(host, context));
      output = TRY(run_one_shot(host, context, image, OneShot{"--list-devices", Secret(), "reading the users of the database"}, progress)).log;
    }
    const auto users = pairing::parse_device_list(output);
    if (users.empty()) {
      return make_error("pairing.database_unknown", "a database is there, but the co-signer's executable names no user of it",
                        "Restore the database from a backup, or move secrets.db aside (its keys are lost then) and pair with a fresh token.");
    }
    engine::Remembered remembered{{"pairing.user_ids", joined(pairing::user_ids(users), ",")}, {"pairing.paired_at", to_iso(host.clock().now())}};
    for (const auto& user : users) {
      remembered[callback_url_name(user.user_id)] = user.callback_url.empty() ? "none" : shown(user.callback_url);
      if (user.callback_url.empty()) remembered[callback_identity_name(user.user_id)] = "none";  // of one that is there only the URL is known
    }
    return remembered;
  }
};

}  // namespace

engine::StagePlan plan_pairing(const PairingFacts& facts, const profile::Settings& settings) {
  engine::StagePlan plan;
  plan.steps = facts.leftovers;
  if (!facts.paired()) {
    plan.blocked = why_not_yet(facts, settings);
    if (plan.blocked) return plan;
  }
  for (const DataFolder& folder : facts.folders) {
    if (!folder.right) plan.steps.push_back(folder_step(folder, settings.profile.cosigner));
  }
  if (facts.paired()) {
    plan.findings.push_back(finding("pairing.users", "an API user is paired", report::Outcome::pass, joined(facts.users, ", ")));
    return plan;
  }
  if (!facts.leftovers.empty()) {
    plan.continues = true;  // what the earlier run reached decides whether a token is needed at all
    return plan;
  }
  if (facts.database) {
    if (!facts.network) plan.steps.push_back(network_step(settings.profile.cosigner.network));
    plan.steps.push_back(adopt_step());
    return plan;
  }
  if (!facts.users.empty()) {
    plan.findings.push_back(finding("pairing.database_gone", "the database of the paired user is there", report::Outcome::fail, "secrets.db is gone; paired was " + joined(facts.users, ", "),
                                    "Restore it from a backup before you pair again: pairing anew makes new keys."));
  }
  plan_enrolment(facts, settings, plan);
  return plan;
}

std::unique_ptr<engine::Stage> make_pairing_stage() { return std::make_unique<PairingStage>(); }

}  // namespace cosigner::stages

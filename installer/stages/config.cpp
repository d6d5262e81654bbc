#include "installer/stages/config.hpp"

#include "installer/stages/attestation.hpp"
#include "installer/stages/callback_wish.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "profile/answers_keys.hpp"
#include "profile/answers_writer.hpp"

namespace cosigner::stages {
namespace {

constexpr host::FileAttributes private_to_root{{0600}, {}};

report::Finding finding(report::Outcome outcome, std::string evidence) {
  return {"config.file", "the configuration file says what was set up", outcome, std::move(evidence), {}, {}, {}};
}

/// The answers name a handler only for the first user; what others have is known to the co-signer alone.
std::vector<config::GeneratedUser> users_of(const engine::StageContext& context) {
  std::vector<config::GeneratedUser> users;
  const auto& wanted = context.settings.answers.callback;
  for (const std::string& id : remembered_users(context.ledger)) {
    const std::string url = context.ledger.value(callback_url_name(id));
    config::GeneratedUser user{id, url == "none" ? std::string() : url, {}};
    if (wanted && wanted->url == url) user.callback_auth = std::string(profile::name_of(wanted->auth));
    users.push_back(std::move(user));
  }
  return users;
}

class ConfigStage : public engine::Stage {
 public:
  std::string id() const override { return "config"; }
  std::string title() const override { return "Configuration file"; }
  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_config(TRY(probe_config(host, context)));
  }
};

}  // namespace

config::Generated generated_of(const engine::StageContext& context) {
  const profile::Settings& settings = context.settings;
  const profile::Profile& profile = settings.profile;
  const auto verdict = remembered_verdict(context.ledger);
  config::Generated g;
  g.environment = profile.name;
  g.simulation = profile.simulation;
  g.revision = wanted_revision(settings);
  g.image = profile.image.registry + "/" + profile.image.repository + ":" + g.revision;
  g.image_digest = context.ledger.value("image.digest");
  g.image_id = verdict ? verdict->image_id : context.ledger.value("image.id");
  g.users = users_of(context);
  g.paired_at = context.ledger.value("pairing.paired_at");
  g.gateway = profile.hosts.gateway;
  g.sign_urls = profile.hosts.sign_urls;
  g.transport = websocket_switch(settings.answers) == "1" ? "websocket" : "long-polling";
  g.proxy = settings.answers.container_proxy_url;
  g.data_dir = profile.cosigner.data_dir;
  g.container = profile.cosigner.container_name;
  g.attested_by = verdict ? verdict->attested_by : "nobody";
  g.physical_device_id = context.ledger.value("pairing.physical_device_id");
  return g;
}

Result<ConfigFacts> probe_config(const host::HostView& host, const engine::StageContext& context) {
  ConfigFacts facts;
  facts.paired = !remembered_users(context.ledger).empty();
  if (!facts.paired) return facts;
  facts.wanted = TRY(config::write_config(profile::write_used_answers(context.settings.answers), generated_of(context)));
  const auto stat = TRY(host.files().stat(generated_config_path));
  if (!stat) return facts;
  facts.attributes = stat->attributes;
  facts.text = TRY(host.files().read(generated_config_path));
  return facts;
}

engine::StagePlan plan_config(const ConfigFacts& facts) {
  engine::StagePlan plan;
  if (!facts.paired) {
    plan.findings.push_back(finding(report::Outcome::skip, "nobody is paired yet"));
    plan.findings.back().because = "it says for whom the machine is paired";
    return plan;
  }
  if (facts.text && config::means_the_same(*facts.text, facts.wanted)) {
    plan.findings.push_back(finding(report::Outcome::pass, generated_config_path.text()));
    if (facts.attributes == private_to_root) return plan;
    plan.steps.push_back(
        {"attributes", engine::SetAttributes{generated_config_path, private_to_root}, "the file is for root only", "none"});
    plan.steps.back().ownership.clear();
    return plan;
  }
  engine::WriteFile file{generated_config_path, facts.wanted, private_to_root, "configuration", true, false};
  plan.steps.push_back(
      {"write", std::move(file), facts.text ? "what it says is not what was set up" : "it is not there", "remove it"});
  return plan;
}

std::unique_ptr<engine::Stage> make_config_stage() { return std::make_unique<ConfigStage>(); }

}  // namespace cosigner::stages

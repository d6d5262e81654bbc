#include "installer/stages/health.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "installer/stages/callback_wish.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "pairing/device_list.hpp"
#include "pairing/outcome.hpp"

namespace cosigner::stages {
namespace {

constexpr int log_lines = 2000;
constexpr std::chrono::seconds question_limit{60};
constexpr std::chrono::milliseconds look_interval{3000};

report::Finding finding(const char* id, const char* title, report::Outcome outcome, std::string evidence, std::string remedy = {}) {
  return {id, title, outcome, std::move(evidence), std::move(remedy), {}, {}};
}

Error unhealthy(const std::string& why, const Untrusted& log) {
  const auto known = pairing::find_known_line(log);
  const std::string line = pairing::last_trouble(log);
  std::string message = "the co-signer runs but is not healthy: " + why;
  if (known) message += "; " + known->meaning;
  if (!line.empty()) message += ". Its log says: " + line;
  return make_error("service.unhealthy", std::move(message), known ? known->remedy : "Read the co-signer's log (docker logs cosigner), mend the cause and run `cosigner setup` again.");
}

std::chrono::seconds age_of(const host::Container& container, Time now) { return now < container.started ? std::chrono::seconds(0) : now - container.started; }

bool is_restarting(const host::Container& container) { return container.state == "restarting"; }

/// The one known line that no waiting mends.
bool is_revoked(const Untrusted& log) {
  const auto known = pairing::find_known_line(log);
  return known && known->code == "pairing.revoked";
}

std::optional<std::string> missing_user(const HealthFacts& facts, const std::vector<pairing::PairedUser>& named) {
  const auto ids = pairing::user_ids(named);
  for (const std::string& user : facts.users) {
    if (std::find(ids.begin(), ids.end(), user) == ids.end()) return user;
  }
  return std::nullopt;
}

/// A callback that is not the one we gave last was changed from the Console, or by whoever has it (threats G3).
void judge_callback(const HealthFacts& facts, const std::vector<pairing::PairedUser>& named, Health& health) {
  if (facts.users.empty() || facts.last_callback_url.empty()) return;
  for (const auto& user : named) {
    if (user.user_id != facts.users.front()) continue;
    const Untrusted seen = user.callback_url.empty() ? Untrusted("none") : user.callback_url;
    if (seen == Untrusted(facts.last_callback_url)) return;
    health.findings.push_back(finding("callback.unchanged", "the callback handler is the one that was set from here", report::Outcome::fail,
                                      "the co-signer names " + shown(seen) + ", set was " + facts.last_callback_url,
                                      "Find out who changed it in the Console; change the answers and run `cosigner setup` to set it from here."));
  }
}

void judge_answer(const HealthFacts& facts, Health& health) {
  const auto named = pairing::parse_device_list(facts.devices->out);
  const auto missing = missing_user(facts, named);
  if (facts.devices->exit_code != 0 || missing) {
    health.state = HealthState::unhealthy;
    health.error = unhealthy(missing ? "--list-devices does not name the paired user " + *missing : "--list-devices ended with status " + std::to_string(facts.devices->exit_code), facts.log);
    return;
  }
  judge_callback(facts, named, health);
  health.state = HealthState::healthy;
  health.findings.push_back(finding("service.healthy", "the co-signer is up and in contact with the gateway", report::Outcome::pass, "user " + joined(facts.users, ", ") + " is served"));
}

/// Its last words before the engine started it again are what explains it.
Error restarted(const host::HostView& host, const engine::StageContext& context, const std::optional<host::Container>& first) {
  const std::optional<Time> since = first ? std::optional(first->started) : std::nullopt;
  const auto log = host.containers().logs(context.settings.profile.cosigner.container_name, log_lines, since);
  return unhealthy("its container was replaced, removed or started again meanwhile", log.ok() ? *log : Untrusted());
}

}  // namespace

bool has_contact(const Untrusted& log, const std::string& gateway) {
  for (const std::string_view line : lines_of(log.raw())) {
    if (line.find("ERROR ") != std::string_view::npos || line.find("FATAL ") != std::string_view::npos) continue;
    if (line.find("Contact with ") != std::string_view::npos) return true;
    // Since 3.7.1 each request that went out is logged with its timing (facts 13).
    if (line.find("/msg") != std::string_view::npos && (line.find(gateway) != std::string_view::npos || line.find(" 200") != std::string_view::npos)) return true;
  }
  return false;
}

Health judge_health(const HealthFacts& facts, Time now) {
  Health health;
  if (!facts.container) return health;
  const host::Container& container = *facts.container;
  const auto fail = [&](const std::string& why) {
    health.state = HealthState::unhealthy;
    health.error = unhealthy(why, facts.log);
    return health;
  };
  if (is_restarting(container)) return fail("it ends and is started again and again (" + std::to_string(container.restart_count) + " times, status " + std::to_string(container.exit_code) + ")");
  if (container.state == "paused") return fail("somebody paused its container");
  if (!container.running) {
    health.state = HealthState::stopped;
    return health;
  }
  if (pairing::has_fatal_line(facts.log)) return fail("it reported a fatal error");
  const auto age = age_of(container, now);
  const bool contact = has_contact(facts.log, facts.gateway);
  if (!contact && age >= settling_time && is_revoked(facts.log)) return fail("it has no contact with the gateway");
  if (!contact && age > facts.patience) return fail("no contact with the gateway in " + to_people_duration(age));
  if (!contact || age < settling_time) {
    health.state = HealthState::settling;
    return health;
  }
  if (facts.devices) judge_answer(facts, health);
  return health;
}

Result<HealthFacts> probe_health(const host::HostView& host, const engine::StageContext& context) {
  const profile::CosignerContract& contract = context.settings.profile.cosigner;
  HealthFacts facts;
  facts.users = remembered_users(context.ledger);
  facts.gateway = context.settings.profile.hosts.gateway;
  facts.patience = std::chrono::seconds(context.settings.answers.wait_online_seconds);
  if (!facts.users.empty()) facts.last_callback_url = context.ledger.value(callback_url_name(facts.users.front()));
  facts.container = TRY(find_container(host, contract.container_name));
  if (!facts.container || (!facts.container->running && !is_restarting(*facts.container))) return facts;
  facts.log = TRY(host.containers().logs(contract.container_name, log_lines, facts.container->started));
  const Health so_far = judge_health(facts, host.clock().now());
  if (so_far.error || so_far.state == HealthState::settling) return facts;
  facts.devices = TRY(host.containers().ask(contract.container_name, {program_path(context.settings), "--list-devices"}, contract.service_user, question_limit));
  return facts;
}

Status await_health(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
  const auto began = host.clock().monotonic();
  const auto first = TRY(find_container(host, context.settings.profile.cosigner.container_name));
  // Long enough for the settling time, however short the patience is.
  const auto limit = std::max<std::chrono::milliseconds>(std::chrono::seconds(context.settings.answers.wait_online_seconds), settling_time) + look_interval;
  TRY(host.wait().sleep(settling_time));
  while (true) {
    const HealthFacts facts = TRY(probe_health(host, context));
    const Health health = judge_health(facts, host.clock().now());
    const bool same = first && facts.container && first->id == facts.container->id && first->restart_count == facts.container->restart_count;
    if (!same) return restarted(host, context, first);
    if (health.error) return *health.error;
    if (health.state == HealthState::healthy) return {};
    if (health.state == HealthState::stopped) return unhealthy("it ended with status " + std::to_string(facts.container->exit_code), facts.log);
    const auto took = host.clock().monotonic() - began;
    if (took > limit) return unhealthy("no contact with the gateway in " + to_people_duration(took), facts.log);
    if (progress) progress({"waiting for the co-signer's contact with the gateway", static_cast<std::uint64_t>(took.count() / 1000), std::nullopt, std::nullopt});
    TRY(host.wait().sleep(look_interval));
  }
}

}  // namespace cosigner::stages

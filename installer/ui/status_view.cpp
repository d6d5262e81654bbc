#include "installer/ui/status_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/shown_json.hpp"
#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "installer/ui/plan_view.hpp"
#include "report/error_json.hpp"
#include "report/event_text.hpp"

namespace cosigner::ui {
namespace {

using nlohmann::json;

std::string safe(const std::string& text) { return shown(Untrusted(text)); }
/// A kept moment as it is told elsewhere on the screen.
std::string people_time(const std::string& iso) {
  const auto time = parse_time(iso);
  return time ? to_people_time(*time) : safe(iso);
}
json text_or_null(const std::string& text) { return text.empty() ? json() : json(text); }

std::string attested_by(const state::Ledger& ledger) {
  const std::string by = ledger.value("attestation.by");
  return by.empty() ? "nobody" : by;
}

/// "3 d 4 h", "1 h 04 min"; empty when the clock is before it.
std::string age_of(Time since, Time now) {
  if (now < since) return {};
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(now - since).count();
  if (hours < 48) return to_people_duration(now - since);
  return std::to_string(hours / 24) + " d " + std::to_string(hours % 24) + " h";
}

/// Only evidence of our own has an end that we know: what a vendor's verdict followed on is past.
std::string end_of_evidence(const state::Ledger& ledger, const std::string& name) {
  return ledger.value("attestation.by") == "this_program" ? ledger.value("attestation." + name) : std::string();
}

/// Evidence is of its day and says so (threats A4): with its time, its age, and the end of what it rests on.
std::string evidence_times(const state::Ledger& ledger, Time now) {
  const std::string since = ledger.value("attestation.at"), until = end_of_evidence(ledger, "valid_until");
  if (since.empty()) return {};
  std::string text = ", as of " + people_time(since);
  if (const auto at = parse_time(since)) {
    const std::string age = age_of(*at, now);
    text += age.empty() ? ", which this clock has not reached yet" : ", " + age + " ago";
  }
  const std::string grace = end_of_evidence(ledger, "grace_until");
  if (!until.empty()) text += ", good until " + people_time(until);
  return grace.empty() ? text : text + ", by a policy with grace until " + people_time(grace);
}

json age_or_null(const std::string& since, Time now) {
  const auto at = parse_time(since);
  return at && *at <= now ? json((now - *at).count()) : json();
}

/// "attested by the vendor's service": only this program's own proof may be called verified (threats G1).
std::string attested_words(const StatusView& status) {
  const std::string by = attested_by(status.ledger);
  const std::string when = evidence_times(status.ledger, status.at);
  if (by == "vendor") return "by the vendor's service" + when;
  if (by == "this_program") return "verified by this program" + when;
  return "by nobody";
}

json container_json(const StatusView& status) {
  if (!status.container) return {};
  const auto& container = *status.container;
  return {{"name", container.spec.name},       {"state", container.state}, {"running", container.running},
          {"restart_count", container.restart_count}, {"started", container.running ? json(to_iso(container.started)) : json()}};
}

json last_run_json(const StatusView& status) {
  if (!status.last_run) return {};
  const auto parsed = parse_json(*status.last_run);
  if (!parsed.ok() || !parsed->is_object()) return {};
  json out = json::object();
  for (const char* name : {"run", "verb", "started", "ended", "exit_code", "effects"}) out[name] = parsed->contains(name) ? (*parsed)[name] : json();
  return out;
}

json stages_json(const StatusView& status) {
  json list = json::array();
  for (const auto& stage : status.stages) {
    json findings = json::array();
    for (const auto& finding : stage.plan.findings) findings.push_back(report::json_of(finding));
    list.push_back({{"id", stage.stage->id()},
                    {"state", state_of(status.stages, stage, std::nullopt)},
                    {"waits_for", text_or_null(waits_for(status.stages, stage))},
                    {"could_not_look", stage.error.has_value()},
                    {"findings", findings},
                    {"pending_steps", stage.plan.steps.size()}});
  }
  return list;
}

/// What both documents begin with.
json document_head(const profile::Settings& settings, const state::Ledger& ledger, Time at, bool healthy) {
  json weakenings = json::array();
  for (const auto& each : settings.weakenings) weakenings.push_back(each.id);
  return {{"schema", "cosigner.status/1"},
          {"time", to_iso(at)},
          {"profile", settings.profile.name},
          {"simulation", settings.profile.simulation},
          {"healthy", healthy},
          {"weakenings", weakenings},
          {"attested_by", attested_by(ledger)},
          {"attested_at", text_or_null(ledger.value("attestation.at"))},
          {"attested_age_seconds", age_or_null(ledger.value("attestation.at"), at)},
          {"attested_until", text_or_null(end_of_evidence(ledger, "valid_until"))},
          {"attested_grace_until", text_or_null(end_of_evidence(ledger, "grace_until"))}};
}

std::string users_text(const StatusView& status) {
  const std::string users = status.ledger.value("pairing.user_ids");
  if (users.empty()) return "  users:      nobody is paired\n";
  std::string text;
  for (const auto user : split(users, ',')) {
    const std::string url = status.ledger.value("callback." + std::string(user) + ".url");
    text += "  user:       " + safe(std::string(user)) + (url.empty() ? std::string() : ", callback " + safe(url)) + "\n";
  }
  return text;
}

std::string container_text(const StatusView& status) {
  if (!status.container_seen) return "not seen (root is needed to ask the engine)";
  if (!status.container) return "there is no container";
  std::string text = safe(status.container->state);
  if (status.container->running) text += " since " + to_people_time(status.container->started);
  return text + ", restarts: " + std::to_string(status.container->restart_count);
}

std::string last_run_text(const StatusView& status) {
  const json last = last_run_json(status);
  if (!last.is_object() || !last["exit_code"].is_number_integer() || !last["ended"].is_string()) return "none known";
  return people_time(last["ended"].get<std::string>()) + ", exit code " + std::to_string(last["exit_code"].get<int>());
}

}  // namespace

bool is_stopped(const state::Ledger& ledger) { return !ledger.value("service.stopped_at").empty(); }

bool is_healthy(const StatusView& status) {
  return !is_stopped(status.ledger) && !status.stages.empty() && std::all_of(status.stages.begin(), status.stages.end(), [](const engine::StageView& stage) {
    return !stage.error && stage.plan.converged();
  });
}

std::string status_text(const StatusView& status) {
  std::string text = std::string(is_healthy(status) ? "Healthy." : is_stopped(status.ledger) ? "Stopped by \"cosigner stop\"." : "Not converged.") + " Profile " + safe(status.settings.profile.name) + ".\n";
  if (status.settings.profile.simulation) text += "  SIMULATION: nothing about this machine's hardware is true\n";
  if (!is_healthy(status) && !is_stopped(status.ledger)) text += "  to do:      run `sudo cosigner setup`, which does what is missing below\n";
  text += "  co-signer:  " + container_text(status) + "\n";
  const std::string revision = status.ledger.value("image.revision");
  const std::string digest = status.ledger.value("image.digest");
  if (!digest.empty()) text += "  image:      " + (revision.empty() ? std::string() : safe(revision) + ", ") + safe(digest) + "\n";
  text += users_text(status);
  if (!status.approval.empty()) text += "  approval:   " + status.approval + "\n";
  text += "  attested:   " + attested_words(status) + "\n  last run:   " + last_run_text(status) + "\n";
  for (const auto& stage : status.stages) {
    text += "  " + stage.stage->id() + ": " + state_words(status.stages, stage, std::nullopt) + "\n";
    for (const auto& finding : stage.plan.findings) {
      if (finding.outcome == report::Outcome::warn || finding.outcome == report::Outcome::fail) text += "    " + report::finding_text(finding) + "\n";
    }
  }
  return text + weakenings_text(status.settings);
}

std::string status_document(const StatusView& status) {
  json document = document_head(status.settings, status.ledger, status.at, is_healthy(status));
  document["container"] = container_json(status);
  document["last_run"] = last_run_json(status);
  document["stages"] = stages_json(status);
  json users = json::array();
  const std::string paired = status.ledger.value("pairing.user_ids");  // outlives the views of its parts
  for (const auto user : split(paired, ',')) {
    if (!user.empty()) users.push_back({{"user_id", user}, {"callback_url", text_or_null(status.ledger.value("callback." + std::string(user) + ".url"))}});
  }
  document["users"] = users;
  document["image"] = {{"digest", text_or_null(status.ledger.value("image.digest"))}, {"revision", text_or_null(status.ledger.value("image.revision"))}};
  return to_shown_json(document);
}

std::string short_status_document(const ShortStatus& status) {
  const auto code = report::exit_code_of(status.report);
  json document = document_head(status.settings, status.ledger, status.report.ended, code == report::ExitCode::ok && !is_stopped(status.ledger));
  document["container"] = nullptr;
  document["last_run"] = {{"run", status.report.run_id},           {"verb", status.report.verb},
                          {"started", to_iso(status.report.started)}, {"ended", to_iso(status.report.ended)},
                          {"exit_code", static_cast<int>(code)},   {"effects", status.report.effects}};
  json stages = json::array();
  for (const auto& stage : status.report.stages) stages.push_back({{"id", stage.id}, {"state", name_of(stage.state)}});
  document["stages"] = stages;
  return to_shown_json(document);
}

}  // namespace cosigner::ui

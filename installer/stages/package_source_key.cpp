// The key of a package source: what is installed, what the publisher offers, and what follows from both.
#include "apt/key_choice.hpp"
#include "engine/executor.hpp"
#include "host/regular_text.hpp"
#include "installer/stages/download_request.hpp"
#include "installer/stages/package_source_parts.hpp"
#include "installer/stages/source_texts.hpp"
#include "base/crypto.hpp"

namespace cosigner::stages {
namespace {

using apt::KeyNews;
using report::Finding;
using report::Outcome;

constexpr std::size_t release_limit = 1024 * 1024;

Result<std::string> fetch(const std::string& url, std::size_t limit, const host::HostView& host, const engine::StageContext& context) {
  host::HttpRequest request = TRY(download_request(url, host, context));
  request.body_limit = limit;
  host::HttpResponse answer = TRY(host.network().request(request));
  if (answer.status == 200) return std::move(answer.body);
  return make_error("network.status_unexpected", url + " answered with status " + std::to_string(answer.status), "Check that this address can be reached, and run again.");
}

/// The first place's error is the one that is told: a mirror need not have the key.
Result<std::string> key_file(const host::HostView& host, const engine::StageContext& context, const profile::PackageSource& source) {
  if (source.kind == directory_kind) return directory_key(host, source);
  std::optional<Error> error;
  for (const auto& place : key_places(source)) {
    auto file = fetch(place, apt::openpgp_size_limit, host, context);
    if (file) return file;
    if (!error) error = std::move(file).error();
  }
  return std::move(*error);
}

Result<std::optional<apt::PublicKey>> probe_keyring(const host::HostView& host, const SourceFacts& facts) {
  const std::string bytes = TRY(host::regular_text(host.files(), facts.source.keyring_path, apt::openpgp_size_limit));
  if (bytes.empty()) return std::optional<apt::PublicKey>();
  const auto key = apt::choose_key(bytes, facts.accepted, host.clock().now());
  if (!key || !TRY(is_exactly(host.files(), facts.source.keyring_path, apt::to_keyring(*key)))) return std::optional<apt::PublicKey>();
  return std::optional(*key);
}

/// Changing over before the publisher signs with the new key would make apt refuse his index. What cannot be looked at does not hold it back.
bool is_signed_with_the_former(const host::HostView& host, const engine::StageContext& context, const SourceFacts& facts) {
  const Time now = host.clock().now();
  const auto& source = facts.source;
  if (source.kind == local_archive_kind) return true;  // the unpacked index is; a next archive brings its own
  if (source.kind == directory_kind) return !verify_directory(host, source, *facts.offer->key) && verify_directory(host, source, *facts.installed);
  const auto text = fetch(source.uri + "/dists/" + source.suite + "/InRelease", release_limit, host, context);
  return text && !apt::verify_clearsigned(*facts.offer->key, *text, now) && apt::verify_clearsigned(*facts.installed, *text, now);
}

/// A server that was put back to the days of an older key has its index of then, too; apt would only say that it cannot check it.
std::optional<Time> older_index_offered(const host::HostView& host, const engine::StageContext& context, const SourceFacts& facts) {
  const auto& source = facts.source;
  if (is_local(source) || !facts.newest_index) return std::nullopt;
  const auto text = fetch(source.uri + "/dists/" + source.suite + "/InRelease", release_limit, host, context);
  const auto signed_text = text ? apt::verify_clearsigned(*facts.offer->key, *text, host.clock().now()) : Result<std::string>(text.error());
  const auto release = signed_text ? apt::parse_release(*signed_text) : Result<apt::Release>(signed_text.error());
  if (!release || !is_of_suite(*release, source) || release->date >= *facts.newest_index) return std::nullopt;
  return release->date;
}

std::string title_of(const SourceFacts& facts) { return "The signing key of " + facts.source.name + " is known and good"; }

Finding installed_finding(const SourceFacts& facts, int warning_days, Time now) {
  const apt::PublicKey& key = *facts.key();
  const auto left = apt::days_left(key, now);
  Finding finding{"apt.key", title_of(facts), Outcome::pass, "", "", "", ""};
  finding.evidence = "the key " + key.fingerprint + " of " + facts.source.name + (key.expires ? " ends on " + to_date(*key.expires) : " does not end");
  if (left && *left < warning_days) {
    finding.outcome = Outcome::warn;
    finding.evidence += ", in " + std::to_string(*left) + " days";
    finding.remedy = "Watch for the publisher's next key, and run `cosigner setup` with a profile that lists it before that day.";
  }
  return finding;
}

/// What the publisher's key file says beside a good installed key is told and stops nobody.
std::optional<Finding> offer_finding(const SourceFacts& facts) {
  Finding finding{"apt.key_offer", "The publisher's key file is the installed key", Outcome::warn, "", "", "", ""};
  if (facts.offer_error) {
    finding.evidence = "it could not be looked at (" + facts.offer_error->message + "); the installed key goes on";
    finding.remedy = "Check that " + facts.source.key_url + " can be reached, before the installed key ends.";
    return finding;
  }
  if (!facts.offer || facts.offer->news == KeyNews::same || facts.takes_offer()) return std::nullopt;
  if (facts.archive_key && facts.offer->key && facts.offer->key->fingerprint == facts.archive_key->fingerprint) return std::nullopt;
  finding.evidence = facts.offer->why;
  switch (facts.offer->news) {
    case KeyNews::unaccepted:
      finding.evidence += "; the installed key goes on" + (facts.installed->expires ? " until " + to_date(*facts.installed->expires) : std::string());
      finding.remedy = "Compare the new fingerprint with the publisher's, then use a profile that lists it or pass --key-fingerprint.";
      break;
    case KeyNews::older:
      finding.evidence += ": the machine is not taken back to it";
      finding.remedy = "Ask the publisher, or whoever runs the mirror, why an older key is offered.";
      break;
    case KeyNews::successor:
      finding.evidence += facts.awaits_archive() ? ", and takes its place when the archive is signed with it" : ", but the index is still signed with the installed one: the change comes with the index";
      finding.remedy = "Run `cosigner setup` again after the publisher's next release.";
      break;
    default:
      finding.evidence += "; the installed key goes on";
      finding.remedy = "Ask the publisher, or whoever runs the mirror, about the key file.";
  }
  return finding;
}

}  // namespace

Status probe_key(const host::HostView& host, const engine::StageContext& context, SourceFacts& facts) {
  facts.installed = TRY(probe_keyring(host, facts));
  if (facts.installed) return {};
  auto file = key_file(host, context, facts.source);
  auto chosen = file ? apt::choose_key(*file, facts.accepted, host.clock().now()) : Result<apt::PublicKey>(file.error());
  if (chosen) facts.fetched = std::move(*chosen);
  else if (chosen.error().code.substr(0, 4) == "apt.") facts.key_error = std::move(chosen).error();
  else return std::move(chosen).error();
  return {};
}

bool has_reason_to_look(const SourceFacts& facts, int last_days, Time now) {
  if (facts.source.kind == local_archive_kind && !facts.local) return true;
  if (lists_need(facts, now) != ListsNeed::none) return true;
  const auto left = apt::days_left(*facts.installed, now);
  if (!left || *left >= last_days) return false;
  for (const auto& key : facts.source.keys) {
    const bool is_over = key.expires && *key.expires <= now;
    if (!is_over && apt::plain_fingerprint(key.fingerprint) != facts.installed->fingerprint) return true;
  }
  return false;
}

Status probe_offer(const host::HostView& host, const engine::StageContext& context, SourceFacts& facts) {
  auto file = key_file(host, context, facts.source);
  if (!file) {
    facts.offer_error = std::move(file).error();
    return {};
  }
  facts.offer = apt::judge_offer(*facts.installed, *file, facts.accepted, host.clock().now());
  if (facts.offer->news == KeyNews::withdrawn) {
    facts.key_error = make_error("apt.key_revoked", facts.offer->why, "Ask the publisher for the new key, and run `cosigner setup` with a profile that lists it or with --key-fingerprint.");
  }
  if (facts.offer->news == KeyNews::older) facts.offered_index = older_index_offered(host, context, facts);
  const bool is_other = facts.offer->news == KeyNews::successor && facts.offer->key->fingerprint != facts.installed->fingerprint;
  if (is_other) facts.index_lags = is_signed_with_the_former(host, context, facts);
  return {};
}

Status probe_archive_key(const host::HostView& host, SourceFacts& facts) {
  std::vector<apt::PublicKey> known;
  if (facts.offer && facts.offer->key) known.push_back(*facts.offer->key);
  if (facts.installed) known.push_back(*facts.installed);
  if (facts.fetched) known.push_back(*facts.fetched);
  facts.archive_key = TRY(signer_of_archive(host, staged_archive(facts.source), facts.source, known, facts.accepted, facts.newest_index));
  return {};
}

Status probe_former_keyring(const host::HostView& host, SourceFacts& facts) {
  const std::string bytes = TRY(host::regular_text(host.files(), facts.source.keyring_path, apt::openpgp_size_limit));
  if (bytes.empty() || facts.key() == nullptr || !facts.changes_key()) return {};
  const auto keys = apt::read_public_keys(bytes);
  const bool is_another = keys && keys->size() == 1 && keys->front().fingerprint != facts.key()->fingerprint;
  if (is_another) facts.former_keyring = bytes;
  return {};
}

void find_key(const SourceFacts& facts, int warning_days, Time now, engine::StagePlan& plan) {
  if (facts.key_error) {
    plan.findings.push_back({"apt.key", title_of(facts), Outcome::fail, facts.key_error->message, facts.key_error->remedy, "", ""});
    if (!plan.blocked) plan.blocked = facts.key_error;
  }
  if (facts.key() == nullptr || facts.key_error) return;
  plan.findings.push_back(installed_finding(facts, warning_days, now));
  if (auto finding = offer_finding(facts)) plan.findings.push_back(std::move(*finding));
}

void plan_keyring(const SourceFacts& facts, engine::StagePlan& plan) {
  if (!facts.changes_key() || facts.awaits_archive()) return;
  if (!facts.former_keyring.empty()) {
    std::string name = facts.source.keyring_path.substr(1);
    for (char& c : name) c = c == '/' ? '_' : c;
    const Path kept = engine::backup_directory / (name + "." + sha256_hex(facts.former_keyring).substr(0, 12));
    plan.steps.push_back({"former-keyring-folder", engine::MakeDirectory{engine::backup_directory, {{0700}, {}}}, "What is replaced is kept here.", "Remove the directory.",
                          engine::Disruption::none, true, ""});
    plan.steps.push_back({"former-keyring", engine::WriteFile{kept, facts.former_keyring, {{0600}, {}}, "keyring", false, false}, "The key file that is replaced is kept.", "Remove the file.",
                          engine::Disruption::none, true, ""});
  }
  const std::string why = facts.takes_offer()                      ? "The publisher changes keys: " + facts.offer->why + "."
                          : facts.archive_key && facts.installed ? "The archive is signed with another accepted key of the publisher's, " + facts.archive_key->fingerprint + "."
                                                                   : "The publisher's key, alone, checked against its known fingerprint.";
  engine::WriteFile file{facts.source.keyring_path, apt::to_keyring(*facts.key()), {{0644}, {}}, "keyring", true, false};
  plan.steps.push_back({"keyring", file, why, "Remove " + facts.source.keyring_path + ", or put the previous file back.", engine::Disruption::none, true, "created"});
}

}  // namespace cosigner::stages

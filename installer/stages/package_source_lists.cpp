// apt's lists of a package source: whether they are there and fresh, and how old the publisher's index in them is (threats M4).
#include "installer/stages/package_source_parts.hpp"

#include "host/regular_text.hpp"
#include "installer/stages/source_texts.hpp"

namespace cosigner::stages {
namespace {

using report::Finding;
using report::Outcome;

constexpr std::chrono::hours fresh{24};
constexpr std::chrono::seconds just_now{60};  // the look after the step that fetched them
constexpr std::size_t release_limit = 1024 * 1024;
const Path lists_folder = "/var/lib/apt/lists";

bool is_within(const std::optional<Time>& at, Time now, std::chrono::seconds span) { return at && *at <= now && now - *at < span; }

bool is_older_than_seen(const SourceFacts& facts) { return facts.index_date && facts.newest_index && *facts.index_date < *facts.newest_index; }

/// apt has verified it; that our key did is asked once more, because the text is only then the text that was signed. An index of another suite
/// says nothing about the age of this one.
Status probe_index(const host::HostView& host, SourceFacts& facts) {
  const std::string prefix = list_prefix_of(facts.source);
  IndexFiles files;
  files.in_release = TRY(host::regular_text(host.files(), lists_folder / (prefix + "InRelease"), release_limit));
  if (files.in_release.empty()) {
    files.release = TRY(host::regular_text(host.files(), lists_folder / (prefix + "Release"), release_limit));
    files.signature = TRY(host::regular_text(host.files(), lists_folder / (prefix + "Release.gpg"), release_limit));
  }
  if (files.in_release.empty() && files.release.empty()) return {};
  auto release = verify_release(files, *facts.key(), host.clock().now());
  if (!release) facts.index_error = std::move(release).error();
  else if (is_of_suite(*release, facts.source)) facts.index_date = release->date;
  else facts.index_error = make_error("apt.index_malformed", "the index is of another suite than " + facts.source.suite, "Look at what the source offers, or use another mirror.");
  return {};
}

/// A link into the repository, which apt may make as well, is never behind.
Result<bool> is_copy_of_another(const host::FilesView& files, const profile::PackageSource& source) {
  for (const char* name : {"InRelease", "Release"}) {
    const std::string copy = TRY(host::regular_text_within(files, lists_folder / (list_prefix_of(source) + name), release_limit));
    const std::string now = TRY(host::regular_text_within(files, Path(source.local_path) / ("dists/" + source.suite) / name, release_limit));
    if (!copy.empty() && !now.empty()) return copy != now;
  }
  return false;
}

Finding age_finding(const SourceFacts& facts, int warning_days, Time now) {
  const auto days = std::chrono::floor<std::chrono::days>(now - *facts.index_date).count();
  const std::string what = facts.source.kind == local_archive_kind ? "The unpacked repository is whole" : "The index of " + facts.source.name + " is current";
  Finding finding{"apt.index", what, Outcome::pass, "signed index of " + to_date(*facts.index_date), "", "", ""};
  if (days <= warning_days) return finding;
  finding.outcome = Outcome::warn;
  finding.evidence += ", " + std::to_string(days) + " days old: updates may be withheld, or the publisher makes none for this system any more";
  finding.remedy = "Look at the publisher's release notes for newer packages than these; when there are, use another mirror or system.";
  return finding;
}

}  // namespace

std::string index_memory(const profile::PackageSource& source) { return "apt.index_date." + source.name + "." + source.suite; }

Status probe_lists(const host::HostView& host, const engine::StageContext& context, SourceFacts& facts) {
  const auto& source = facts.source;
  facts.index_date.reset();
  facts.index_error.reset();
  facts.lists_are_there = TRY(host.packages().has_lists(list_prefix_of(source)));
  const auto* fetched = context.ledger.find("package lists", source.source_path);
  if (fetched != nullptr) facts.lists_fetched = fetched->at;
  facts.is_known_to_us = fetched != nullptr || context.ledger.find("file", source.source_path) != nullptr;
  facts.newest_index = parse_time(context.ledger.value(index_memory(source)));
  if (is_local(source)) {
    if (!facts.local) return {};
    facts.index_date = facts.local->release.date;
    facts.lists_are_of_another = TRY(is_copy_of_another(host.files(), source));
    return {};
  }
  return facts.source_is_right && facts.lists_are_there ? probe_index(host, facts) : Status();
}

ListsNeed lists_need(const SourceFacts& facts, Time now) {
  if (!facts.source_is_right) return ListsNeed::source_changes;
  if (!facts.lists_are_there) return ListsNeed::missing;
  // What was unpacked or copied anew is not what apt knows; a directory is the operator's, and is followed when something is wanted from it.
  const bool is_followed = facts.source.kind == local_archive_kind || !facts.wanted.empty();
  if (facts.lists_are_of_another && is_followed && !is_within(facts.lists_fetched, now, just_now)) return ListsNeed::other_index;
  if (!is_local(facts.source) && is_older_than_seen(facts) && !is_within(facts.lists_fetched, now, just_now)) return ListsNeed::index_older;
  // A change of keys that was cut off before its lists; told by the index alone, and so only where keys can change at all.
  const bool is_signed_by_another = facts.index_error && facts.index_error->code == "apt.index_signature_invalid";
  if (is_signed_by_another && facts.accepted.size() > 1 && !is_within(facts.lists_fetched, now, just_now)) return ListsNeed::other_key;
  const bool may_be_stale = facts.source.kind != local_archive_kind && !facts.wanted.empty();
  return may_be_stale && !is_within(facts.lists_fetched, now, fresh) ? ListsNeed::stale : ListsNeed::none;
}

void plan_index(const SourceFacts& facts, int warning_days, Time now, engine::StagePlan& plan) {
  const ListsNeed need = lists_need(facts, now);
  if (facts.offered_index && need != ListsNeed::none) {
    const Error error = index_older(*facts.offered_index, *facts.newest_index);
    plan.findings.push_back({"apt.index", "The index of " + facts.source.name + " is current", Outcome::fail, error.message, error.remedy, "", ""});
    if (!plan.blocked) plan.blocked = error;
    return;
  }
  if (need != ListsNeed::none && need != ListsNeed::index_older && !is_local(facts.source)) return;  // it is about to change
  if (facts.index_error) {
    plan.findings.push_back({"apt.index", "The index of " + facts.source.name + " is current", Outcome::unknown, facts.index_error->message, "", "", "the index that apt has could not be judged"});
  }
  if (!facts.index_date) return;
  if (is_older_than_seen(facts)) {
    const Error error = index_older(*facts.index_date, *facts.newest_index);
    plan.findings.push_back({"apt.index", "The index of " + facts.source.name + " is current", need == ListsNeed::index_older ? Outcome::warn : Outcome::fail, error.message, error.remedy, "", ""});
    if (need != ListsNeed::index_older && !plan.blocked) plan.blocked = error;
    return;
  }
  plan.findings.push_back(age_finding(facts, warning_days, now));
  if (!facts.is_known_to_us || (facts.newest_index && *facts.index_date == *facts.newest_index)) return;
  plan.steps.push_back({"index-date", engine::Remember{index_memory(facts.source), to_iso(*facts.index_date)}, "An index older than this one, of " + to_date(*facts.index_date) + ", is refused from now on.",
                        "Nothing to undo.", engine::Disruption::none, true, ""});
}

}  // namespace cosigner::stages

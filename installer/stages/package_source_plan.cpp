// What has to be done for a package source, and the unpacking of a local one.
#include "apt/key_choice.hpp"
#include "installer/stages/download_request.hpp"
#include "installer/stages/package_source_parts.hpp"
#include "installer/stages/source_texts.hpp"

namespace cosigner::stages {
namespace {

using engine::Step;
using report::Outcome;

constexpr std::uint64_t archive_size_limit = 2ull << 30;
const host::FileAttributes public_file{{0644}, {}};  // apt reads as its own user; said here, so that no umask matters

void judge_weak_settings(const SourceFacts& facts, engine::StagePlan& plan) {
  for (const auto& [file, weak] : facts.weak_settings) {
    const std::string where = file + " line " + std::to_string(weak.setting.line);
    const std::string evidence = where + ": " + shown(Untrusted(weak.setting.name)) + ", so that " + weak.effect;
    const std::string remedy = "Remove this setting from " + file + " and run again.";
    plan.findings.push_back({"apt.host_settings", "apt's own checks are on", weak.stops ? Outcome::fail : Outcome::warn, evidence, remedy, "", ""});
    if (weak.stops && !plan.blocked) plan.blocked = make_error("apt.host_settings_weak", "apt's checks are weakened on this machine: " + evidence, remedy);
  }
}

void judge_conflicts(const SourceFacts& facts, engine::StagePlan& plan) {
  for (const auto& entry : facts.conflicts) {
    const std::string evidence = entry.file + " line " + std::to_string(entry.line) + " delivers the same origin as " + facts.source.name +
                                 (entry.trusted ? ", without any check of signatures" : "");
    const std::string remedy = "Remove or comment out the entry at " + entry.file + " line " + std::to_string(entry.line) + " and run again.";
    plan.findings.push_back({"apt.conflict", "No other entry delivers packages of this origin", Outcome::fail, evidence, remedy, "", ""});
    if (!plan.blocked) plan.blocked = make_error("apt.source_conflict", evidence, remedy);
  }
}

Step write_step(const std::string& id, const std::string& path, const std::string& content, const std::string& what, const std::string& why) {
  engine::WriteFile file{path, content, public_file, what, true, false};
  return {id, file, why, "Remove " + path + ", or put the previous file back.", engine::Disruption::none, true, "created"};
}

void plan_archive(const SourceFacts& facts, const host::HttpRequest& request, engine::StagePlan& plan) {
  const Path staged = staged_archive(facts.source);
  if (!facts.local) {
    if (!facts.archive_is_staged) {
      plan.steps.push_back({"staging", engine::MakeDirectory{staging_directory, {{0700}, {}}}, "Downloads lie here until they are checked.", "Remove the directory.",
                            engine::Disruption::none, true, "created"});
      plan.steps.push_back({"archive", engine::Download{request, staged, std::nullopt, archive_size_limit},
                            "This system has no package suite at the publisher; its packages come as an archive.", "Remove the file.", engine::Disruption::none, true, ""});
      plan.continues = true;  // with the key that signs it
      return;
    }
    const engine::Custom unpack{"unpack-repository", {{"archive", staged.text()}, {"directory", facts.source.local_path}}};
    plan.steps.push_back({"repository", unpack, "The archive's signed index is checked with an accepted key, and every package with the index.",
                          "Remove " + facts.source.local_path + ".", engine::Disruption::none, true, "created"});
    plan.continues = true;
  }
  if (!facts.local || facts.archive_is_staged) {
    plan.steps.push_back({"archive-used", engine::RemoveEntry{staged, false}, "The archive is unpacked and no longer needed.", "Nothing to undo.", engine::Disruption::none, true, ""});
  }
}

std::string why_lists(const SourceFacts& facts, ListsNeed need) {
  if (need == ListsNeed::stale) return "Packages are wanted from this source, and its lists were not fetched for a day: the publisher may have replaced what they name.";
  if (need == ListsNeed::other_index) return "The repository on this machine is another than the one that the lists here are of.";
  if (need == ListsNeed::other_key) return "The lists here are not signed with the installed key: " + facts.index_error->message + ".";
  if (need == ListsNeed::index_older) return "The index here is of " + to_date(*facts.index_date) + ", older than one seen before, of " + to_date(*facts.newest_index) + ": it is fetched again.";
  return "The lists of this source, and of no other, are fetched.";
}

void plan_apt_files(const SourceFacts& facts, const engine::StageContext& context, Time now, engine::StagePlan& plan) {
  const auto& source = facts.source;
  if (!facts.pins_are_right) {
    plan.steps.push_back(write_step("pins", source.preferences_path, pins_text(facts), "pin", "Only the named packages may come from this source, and none is ever downgraded."));
  }
  if (!facts.source_is_right) {
    plan.steps.push_back(write_step("source", source.source_path, source_text(facts), "package source", "apt is told where the packages are, and which key alone may sign them."));
  }
  const ListsNeed need = lists_need(facts, now);
  if (need == ListsNeed::none) return;
  // In the ledger, because the files' own times are the publisher's and do not say when they were fetched.
  plan.steps.push_back({"lists", engine::RefreshLists{{Path(source.source_path)}, apt_network_options(context.settings)}, why_lists(facts, need), "Remove the lists of this source.",
                        engine::Disruption::none, false, "created"});
}

}  // namespace

void plan_source(const SourceFacts& facts, const engine::StageContext& context, Time now, const host::HttpRequest& archive_request, engine::StagePlan& plan) {
  judge_weak_settings(facts, plan);
  judge_conflicts(facts, plan);
  if (facts.directory_error) {
    plan.findings.push_back({"apt.directory", "The directory of packages is a safe and signed repository", Outcome::fail, facts.directory_error->message, facts.directory_error->remedy, "", ""});
    if (!plan.blocked) plan.blocked = facts.directory_error;
  }
  find_key(facts, context.settings.profile.key_warning_days, now, plan);
  if (facts.key() == nullptr || plan.blocked) return;
  for (const Path& folder : facts.missing_folders) {
    plan.steps.push_back({"folder-" + folder.name(), engine::MakeDirectory{folder, {{0755}, {}}}, "apt looks here, and older systems do not make it.", "Remove the directory when it is empty.",
                          engine::Disruption::none, true, "created"});
  }
  plan_keyring(facts, plan);
  if (facts.source.kind == local_archive_kind) {
    plan_archive(facts, archive_request, plan);
    if (!facts.local) return;  // its release file decides the pin
  }
  plan_apt_files(facts, context, now, plan);
  plan_index(facts, context.settings.profile.index_warning_days, now, plan);
}

Result<engine::Remembered> unpack_staged(const profile::PackageSource& source, const std::vector<std::string>& accepted, host::Host& host,
                                         const engine::StageContext& context, const host::ProgressSink& progress) {
  const std::string name = index_memory(source);
  const auto keyring = TRY(host.files().read(source.keyring_path, apt::openpgp_size_limit));
  const apt::PublicKey key = TRY(apt::choose_key(keyring.value_or(std::string()), accepted, host.clock().now()));
  auto index = unpack_repository(host, staged_archive(source), source, key, parse_time(context.ledger.value(name)), progress);
  if (!index) {
    Error error = std::move(index).error();
    if (error.code.substr(0, 4) != "apt.") return error;
    const Status removed = host.change_files().remove(staged_archive(source));
    if (!removed) return std::move(error).followed_by(removed.error());
    return error;
  }
  return engine::Remembered{{name, to_iso(index->release.date)}};
}

}  // namespace cosigner::stages

// What is there of a package source.
#include <algorithm>

#include "apt/key_choice.hpp"
#include "host/regular_text.hpp"
#include "installer/stages/package_source_parts.hpp"
#include "installer/stages/source_texts.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t conf_limit = 1024 * 1024;

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && std::string_view(text).substr(text.size() - end.size()) == end;
}

Result<std::vector<WeakHostSetting>> probe_weak_settings(const host::FilesView& files) {
  std::vector<Path> paths{"/etc/apt/apt.conf"};
  const Path folder = "/etc/apt/apt.conf.d";
  for (const auto& name : TRY(files.list(folder))) paths.push_back(folder / name);
  std::vector<WeakHostSetting> out;
  for (const auto& path : paths) {
    const std::string text = TRY(host::regular_text(files, path, conf_limit));
    for (auto& weak : apt::weak_settings(apt::parse_apt_conf(text))) out.push_back({path.text(), std::move(weak)});
  }
  return out;
}

Result<std::vector<apt::ListedSource>> probe_conflicts(const host::FilesView& files, const profile::PackageSource& source) {
  std::vector<apt::ListedSource> all = apt::parse_source_list("/etc/apt/sources.list", TRY(host::regular_text(files, "/etc/apt/sources.list", conf_limit)));
  const Path folder = "/etc/apt/sources.list.d";
  for (const auto& name : TRY(files.list(folder))) {
    const Path path = folder / name;
    if (path == Path(source.source_path)) continue;
    const bool is_list = ends_with(name, ".list");
    if (!is_list && !ends_with(name, ".sources")) continue;
    const std::string text = TRY(host::regular_text(files, path, conf_limit));
    for (auto& entry : is_list ? apt::parse_source_list(path.text(), text) : apt::parse_source_paragraphs(path.text(), text)) all.push_back(std::move(entry));
  }
  std::vector<apt::ListedSource> out;
  for (auto& entry : all) {
    if (apt::has_same_origin(entry, uri_of(source))) out.push_back(std::move(entry));
  }
  return out;
}

Result<std::vector<Path>> probe_folders(const host::FilesView& files, const profile::PackageSource& source) {
  std::vector<Path> missing;
  for (const Path& file : {Path(source.keyring_path), Path(source.preferences_path), Path(source.source_path)}) {
    const bool is_new = std::find(missing.begin(), missing.end(), file.parent()) == missing.end();
    if (is_new && !TRY(files.stat(file.parent()))) missing.push_back(file.parent());
  }
  return missing;
}

/// What depends on the key that the machine should have.
Status probe_files(const host::HostView& host, const engine::StageContext& context, SourceFacts& facts) {
  const auto& source = facts.source;
  if (source.kind == local_archive_kind) {
    facts.local = TRY(probe_local_repository(host, source, *facts.key()));
    facts.archive_is_staged = TRY(host.files().stat(staged_archive(source))).has_value();
  }
  if (source.kind == directory_kind) {
    auto index = verify_directory(host, source, *facts.key());
    if (!index && index.error().code.substr(0, 4) != "apt.") return std::move(index).error();
    if (index) facts.directory_error = TRY(probe_directory_content(host, source, index->release));
    else facts.directory_error = std::move(index).error();
    if (facts.directory_error) return {};
    facts.local = std::move(*index);
  }
  facts.source_is_right = TRY(is_exactly(host.files(), source.source_path, source_text(facts)));
  facts.pins_are_right = TRY(is_exactly(host.files(), source.preferences_path, pins_text(facts)));
  TRY(probe_lists(host, context, facts));
  const bool was_put_back = source.kind == local_archive_kind && facts.index_date && facts.newest_index && *facts.index_date < *facts.newest_index;
  if (was_put_back) facts.local.reset();  // fetched anew, and judged when it is unpacked
  return {};
}

}  // namespace

Result<bool> is_exactly(const host::FilesView& files, const Path& path, const std::string& content) {
  const auto stat = TRY(files.stat(path));
  const bool is_plain = stat && stat->kind == host::FileKind::regular && stat->attributes == host::FileAttributes{{0644}, {}} && stat->size == content.size();
  if (!is_plain) return false;
  return TRY(files.read(path)) == content;
}

Path staged_archive(const profile::PackageSource& source) { return staging_directory / (source.name + ".tgz"); }

Result<SourceFacts> probe_source(const host::HostView& host, const engine::StageContext& context, const profile::PackageSource& source,
                                 const std::vector<std::string>& wanted) {
  SourceFacts facts;
  facts.source = source;
  facts.wanted = wanted;
  for (const auto& key : source.keys) facts.accepted.push_back(key.fingerprint);
  facts.weak_settings = TRY(probe_weak_settings(host.files()));
  facts.conflicts = TRY(probe_conflicts(host.files(), source));
  facts.missing_folders = TRY(probe_folders(host.files(), source));
  if (source.kind == directory_kind) facts.directory_error = TRY(probe_directory(host, source));
  if (facts.directory_error) return facts;
  TRY(probe_key(host, context, facts));
  if (facts.key() == nullptr) return facts;
  TRY(probe_files(host, context, facts));
  // A directory whose index is not signed with the installed key may have been copied after a change of keys.
  if (facts.installed && (facts.directory_error || has_reason_to_look(facts, context.settings.profile.key_look_days, host.clock().now()))) {
    TRY(probe_offer(host, context, facts));
    if (facts.takes_offer()) {
      facts.directory_error.reset();
      TRY(probe_files(host, context, facts));
    }
  }
  if (source.kind == local_archive_kind && !facts.local && facts.archive_is_staged) TRY(probe_archive_key(host, facts));
  TRY(probe_former_keyring(host, facts));
  return facts;
}

}  // namespace cosigner::stages

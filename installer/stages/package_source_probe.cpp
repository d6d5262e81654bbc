// What is there of a package source.
#include <algorithm>

#include "apt/key_choice.hpp"
#include "apt/source_file.hpp"
#include "installer/stages/download_request.hpp"
#include "installer/stages/package_source.hpp"
#include "installer/stages/source_texts.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t conf_limit = 1024 * 1024;

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && std::string_view(text).substr(text.size() - end.size()) == end;
}

/// The text of a regular file; empty when it is absent, a link or something else.
Result<std::string> regular_text(const host::FilesView& files, const Path& path, std::size_t limit) {
  const auto stat = TRY(files.stat(path));
  if (!stat || stat->kind != host::FileKind::regular) return std::string();
  return TRY(files.read(path, limit)).value_or(std::string());
}

Result<bool> is_exactly(const host::FilesView& files, const Path& path, const std::string& content) {
  const auto stat = TRY(files.stat(path));
  const bool is_plain = stat && stat->kind == host::FileKind::regular && stat->attributes == host::FileAttributes{{0644}, {}} && stat->size == content.size();
  if (!is_plain) return false;
  return TRY(files.read(path)) == content;
}

Result<std::vector<WeakHostSetting>> probe_weak_settings(const host::FilesView& files) {
  std::vector<Path> paths{"/etc/apt/apt.conf"};
  const Path folder = "/etc/apt/apt.conf.d";
  for (const auto& name : TRY(files.list(folder))) paths.push_back(folder / name);
  std::vector<WeakHostSetting> out;
  for (const auto& path : paths) {
    const std::string text = TRY(regular_text(files, path, conf_limit));
    for (auto& weak : apt::weak_settings(apt::parse_apt_conf(text))) out.push_back({path.text(), std::move(weak)});
  }
  return out;
}

Result<std::vector<apt::ListedSource>> probe_conflicts(const host::FilesView& files, const profile::PackageSource& source) {
  std::vector<apt::ListedSource> all = apt::parse_source_list("/etc/apt/sources.list", TRY(regular_text(files, "/etc/apt/sources.list", conf_limit)));
  const Path folder = "/etc/apt/sources.list.d";
  for (const auto& name : TRY(files.list(folder))) {
    const Path path = folder / name;
    if (path == Path(source.source_path)) continue;
    const bool is_list = ends_with(name, ".list");
    if (!is_list && !ends_with(name, ".sources")) continue;
    const std::string text = TRY(regular_text(files, path, conf_limit));
    for (auto& entry : is_list ? apt::parse_source_list(path.text(), text) : apt::parse_source_paragraphs(path.text(), text)) all.push_back(std::move(entry));
  }
  std::vector<apt::ListedSource> out;
  for (auto& entry : all) {
    if (apt::has_same_origin(entry, uri_of(source))) out.push_back(std::move(entry));
  }
  return out;
}

Result<std::optional<apt::PublicKey>> probe_keyring(const host::HostView& host, const SourceFacts& facts) {
  const std::string bytes = TRY(regular_text(host.files(), facts.source.keyring_path, apt::openpgp_size_limit));
  if (bytes.empty()) return std::optional<apt::PublicKey>();
  const auto key = apt::choose_key(bytes, facts.accepted, host.clock().now());
  if (!key || !TRY(is_exactly(host.files(), facts.source.keyring_path, apt::to_keyring(*key)))) return std::optional<apt::PublicKey>();
  return std::optional(*key);
}

Result<apt::PublicKey> fetch_key(const host::HostView& host, const engine::StageContext& context, const SourceFacts& facts) {
  host::HttpRequest request = TRY(download_request(facts.source.key_url, host, context));
  request.body_limit = apt::openpgp_size_limit;
  const host::HttpResponse answer = TRY(host.network().request(request));
  if (answer.status != 200) {
    return make_error("network.status_unexpected", facts.source.key_url + " answered with status " + std::to_string(answer.status),
                      "Check that this address can be reached, and run again.");
  }
  return apt::choose_key(answer.body, facts.accepted, host.clock().now());
}

/// A key that is refused is a fact that blocks; a network that fails is a failure to look.
Status probe_key(const host::HostView& host, const engine::StageContext& context, SourceFacts& facts) {
  facts.installed = TRY(probe_keyring(host, facts));
  if (facts.installed) return {};
  auto fetched = fetch_key(host, context, facts);
  if (fetched) facts.fetched = std::move(*fetched);
  else if (fetched.error().code.substr(0, 4) == "apt.") facts.key_error = std::move(fetched).error();
  else return std::move(fetched).error();
  return {};
}

Result<std::vector<Path>> probe_folders(const host::FilesView& files, const profile::PackageSource& source) {
  std::vector<Path> missing;
  for (const Path& file : {Path(source.keyring_path), Path(source.preferences_path), Path(source.source_path)}) {
    const bool is_new = std::find(missing.begin(), missing.end(), file.parent()) == missing.end();
    if (is_new && !TRY(files.stat(file.parent()))) missing.push_back(file.parent());
  }
  return missing;
}

}  // namespace

Path staged_archive(const profile::PackageSource& source) { return staging_directory / (source.name + ".tgz"); }

profile::PackageSource with_answers(profile::PackageSource source, const profile::Answers& answers) {
  for (const auto& fingerprint : answers.key_fingerprints) source.keys.push_back({apt::plain_fingerprint(fingerprint), std::nullopt});
  if (!answers.repository_suite.empty()) source.suite = answers.repository_suite;
  if (answers.repository_mirror.empty()) return source;
  if (source.kind == local_archive_kind) source.archive_url = answers.repository_mirror;
  else source.uri = answers.repository_mirror;
  return source;
}

Result<SourceFacts> probe_source(const host::HostView& host, const engine::StageContext& context, const profile::PackageSource& source) {
  SourceFacts facts;
  facts.source = source;
  for (const auto& key : source.keys) facts.accepted.push_back(key.fingerprint);
  facts.weak_settings = TRY(probe_weak_settings(host.files()));
  facts.conflicts = TRY(probe_conflicts(host.files(), source));
  facts.missing_folders = TRY(probe_folders(host.files(), source));
  TRY(probe_key(host, context, facts));
  if (facts.key() == nullptr) return facts;
  if (source.kind == local_archive_kind) {
    facts.local = TRY(probe_local_repository(host, source, *facts.key()));
    facts.archive_is_staged = TRY(host.files().stat(staged_archive(source))).has_value();
  }
  facts.source_is_right = TRY(is_exactly(host.files(), source.source_path, source_text(facts)));
  facts.pins_are_right = TRY(is_exactly(host.files(), source.preferences_path, pins_text(facts)));
  facts.lists_are_there = TRY(host.packages().has_lists(apt::lists_prefix(uri_of(source), source.suite)));
  return facts;
}

}  // namespace cosigner::stages

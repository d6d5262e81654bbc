#include "kit/fake_packages.hpp"

#include <algorithm>

#include "apt/release.hpp"
#include "base/text.hpp"

namespace cosigner::kit {
namespace {

/// How names of apt's list files begin for the places that a source file names: "archive.example_debian", "_opt_repo".
std::vector<std::string> list_prefixes_of(const std::string& source_text) {
  std::vector<std::string> prefixes;
  for (const std::string_view line : lines_of(source_text)) {
    if (line.substr(0, 1) == "#") continue;
    for (std::string_view word : split(line, ' ')) {
      const std::size_t scheme = word.find(":/");
      if (scheme == std::string_view::npos) continue;
      word.remove_prefix(scheme + 1);
      if (word.substr(0, 2) == "//") word.remove_prefix(2);
      while (!word.empty() && word.back() == '/') word.remove_suffix(1);
      std::string name;
      for (const char c : word) name += c == '/' ? "_" : c == '_' ? "%5f" : std::string(1, c);  // as apt quotes them
      prefixes.push_back(name);
    }
  }
  return prefixes;
}

/// The value of the first "NAME: value" line.
std::string field_of(const std::string& text, const std::string& name) {
  for (const std::string_view line : lines_of(text))
    if (line.substr(0, name.size() + 2) == name + ": ") return std::string(trimmed(line.substr(name.size() + 2)));
  return {};
}

bool starts_with(const std::string& text, const std::string& start) { return text.compare(0, start.size(), start) == 0; }

}  // namespace

bool FakePackages::is_installed(const std::string& name) const {
  const auto found = model_.packages.find(name);
  return found != model_.packages.end() && found->second.status == "installed";
}

bool FakePackages::is_offered(const AvailablePackage& package) const {
  if (package.source_file.empty()) return true;
  return model_.entries.count(package.source_file) != 0 && model_.fetched_sources.count(package.source_file) != 0;
}

Result<std::map<std::string, host::Package>> FakePackages::installed() const { return model_.packages; }

Result<bool> FakePackages::interrupted() const {
  for (const auto& [name, package] : model_.packages)
    if (package.status != "installed" && package.status != "config-files" && package.status != "not-installed") return true;
  return model_.dpkg_interrupted;
}

Result<bool> FakePackages::has_lists(const std::string& list_prefix) const {
  for (const std::string& fetched : model_.fetched_sources) {
    if (starts_with(fetched, "lists/" + list_prefix)) return true;
    const auto source = model_.entries.find(fetched);
    if (source == model_.entries.end()) continue;
    for (const std::string& prefix : list_prefixes_of(source->second.content))
      if (starts_with(prefix, list_prefix) || starts_with(list_prefix, prefix)) return true;
  }
  return false;
}

Result<std::optional<std::string>> FakePackages::candidate(const std::string& name) const {
  std::optional<std::string> best;
  if (is_installed(name)) best = model_.packages.at(name).version;
  const auto offered = model_.available.find(name);
  if (offered != model_.available.end() && is_offered(offered->second))
    if (!best || compare_versions(offered->second.version, *best) > 0) best = offered->second.version;
  return best;
}

/// What stops every writing call of apt.
Status FakePackages::ready() const {
  if (!model_.lock_holder.empty())
    return make_error("packages.lock_held", "the package lock is held by " + model_.lock_holder,
                      "Wait until it has ended and run again.");
  if (TRY(interrupted()))
    return make_error("packages.interrupted", "an earlier dpkg run was cut off",
                      "Run `dpkg --configure -a`, then `apt-get -f install`.");
  return {};
}

Status FakePackages::fetch_lists(const std::string& source_file) {
  const auto entry = model_.entries.find(source_file);
  if (entry == model_.entries.end()) return make_error("packages.failed", source_file + " does not exist");
  model_.traffic.push_back("apt-get update " + source_file);
  model_.fetched_sources.insert(source_file);
  const std::string text = entry->second.content;
  for (const std::string& prefix : list_prefixes_of(text)) model_.fetched_sources.insert("lists/" + prefix);
  for (auto& [name, fetches] : model_.missing_files)
    if (fetches > 0) --fetches;
  put_index(text);
  return {};
}

void FakePackages::put_index(const std::string& source_text) {
  const std::string uri = field_of(source_text, "URIs"), suite = field_of(source_text, "Suites");
  const auto prefixes = list_prefixes_of(source_text);
  if (suite.empty() || prefixes.size() != 1) return;
  std::string body;
  const std::string place = uri + "/dists/" + suite + "/InRelease";
  if (starts_with(place, "file:")) {
    const auto file = model_.entries.find(place.substr(5));
    if (file != model_.entries.end()) body = file->second.content;
  } else if (const auto page = model_.web.find(place); page != model_.web.end()) {
    const auto handler = page->second;
    const auto answer = handler(model_, host::HttpRequest{});
    if (answer && answer->status == 200) body = answer->body;
  }
  if (body.empty()) return;
  const std::string list = "/var/lib/apt/lists/" + prefixes.front() + "_dists_" + suite + "_InRelease";
  const auto date_of = [](const std::string& index) { return apt::parse_release_date(field_of(index, "Date")).value_or(Time{}); };
  const auto here = model_.entries.find(list);
  if (here != model_.entries.end() && date_of(here->second.content) > date_of(body)) return;
  model_.entries[list] = Entry{host::FileKind::regular, {{0644}, {}}, body, date_of(body)};
}

bool FakePackages::lacks_a_file(const std::vector<std::string>& names) const {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto missing = model_.missing_files.find(name);
    return missing != model_.missing_files.end() && missing->second != 0;
  });
}

void FakePackages::note_options(const host::AptOptions& options) {
  model_.apt_settings.insert(model_.apt_settings.end(), options.settings.begin(), options.settings.end());
  if (!options.proxy.empty()) model_.apt_settings.push_back("proxy " + std::string(options.proxy.reveal("what a test sees")));
}

Status FakePackages::update(const std::vector<Path>& source_files, const host::AptOptions& options,
                            const host::ProgressSink& progress) {
  std::vector<std::string> files;
  for (const Path& file : source_files) files.push_back(file.text());
  note_options(options);
  return log_.write<void>("packages.update", joined(files, " "), [&]() -> Status {
    if (!model_.lock_holder.empty()) return ready();
    if (progress) progress({"fetching package lists", 0, std::nullopt, std::nullopt});
    for (const std::string& file : files) TRY(fetch_lists(file));
    if (!files.empty()) return {};
    model_.traffic.push_back("apt-get update");
    for (const auto& [name, entry] : std::map<std::string, Entry>(model_.entries))
      if (starts_with(name, "/etc/apt/sources.list") && entry.kind == host::FileKind::regular) TRY(fetch_lists(name));
    return {};
  });
}

/// Adds what `wanted` needs and itself to `order`, what is needed first. A package that is there in a good version adds nothing.
Status FakePackages::collect(const std::string& wanted, const host::InstallRequest& request, bool asked,
                             std::vector<std::string>& order) const {
  const std::size_t sign = wanted.find('=');
  const std::string name = wanted.substr(0, sign);
  if (std::find(order.begin(), order.end(), name) != order.end()) return {};
  const auto offered = model_.available.find(name);
  const bool there = is_installed(name);
  const bool usable = offered != model_.available.end() && is_offered(offered->second);
  if (!usable && there && sign == std::string::npos) return {};
  const bool other_version = usable && sign != std::string::npos && wanted.substr(sign + 1) != offered->second.version;
  if (there && sign != std::string::npos && model_.packages.at(name).version == wanted.substr(sign + 1)) return {};
  if (!usable || other_version) {
    const std::string code = asked ? "packages.not_found" : "packages.conflict";
    return make_error(code, "no package source offers " + wanted, "Look at the package sources of this machine.");
  }
  if (there) {
    const int newer = compare_versions(offered->second.version, model_.packages.at(name).version);
    if (newer == 0 || !asked) return {};
    if (newer < 0 && sign == std::string::npos) return {};
    if (newer < 0 && !request.allow_downgrade)
      return make_error("packages.conflict", wanted + " is older than what is installed",
                        "Keep the newer version or allow the downgrade.");
  }
  for (const std::string& needed : offered->second.depends) TRY(collect(needed, request, false, order));
  order.push_back(name);
  return {};
}

/// dpkg's first half, of all of them at once: what it leaves is not configured.
Status FakePackages::unpack(const std::vector<std::string>& names) {
  std::vector<std::string> halves;
  for (const std::string& name : names)
    if (model_.available.at(name).unpacked) halves.push_back(name);
  if (halves.empty()) return {};
  return log_.write<void>("packages.unpack", joined(halves, " "), [&]() -> Status {
    for (const std::string& name : halves) {
      const AvailablePackage package = model_.available.at(name);
      model_.packages[name] = host::Package{name, package.version, "unpacked"};
      package.unpacked(model_);
    }
    return {};
  });
}

void FakePackages::put(const std::string& name) {
  const AvailablePackage package = model_.available.at(name);  // a copy: its script may change the model
  model_.traffic.push_back("apt-get install " + name + " " + package.version);
  model_.packages[name] = host::Package{name, package.version, "installed"};
  if (package.installed) package.installed(model_);
}

Status FakePackages::install(const host::InstallRequest& request, const host::ProgressSink& progress) {
  std::vector<std::string> order;
  note_options(request.options);
  Status possible = ready();
  for (const std::string& name : request.names)
    if (possible.ok()) possible = collect(name, request, true, order);
  if (possible.ok() && request.origin && lacks_a_file(order)) TRY(update({request.origin->source_file}, request.options, progress));
  if (possible.ok() && lacks_a_file(order))
    possible = make_error("packages.lists_stale", "404  Not Found", "Run again: the lists are fetched anew.");
  if (!possible.ok() || order.empty())
    return log_.write<void>("packages.install", joined(request.names, " "), [&]() -> Status { return possible; });
  TRY(unpack(order));
  for (std::size_t i = 0; i < order.size(); ++i) {
    Status done = log_.write<void>("packages.install", order[i], [&]() -> Status {
      if (progress)
        progress({"installing " + order[i], i, order.size(), 100.0 * static_cast<double>(i) / static_cast<double>(order.size())});
      put(order[i]);
      model_.dpkg_interrupted = i + 1 < order.size();  // a power cut from here on leaves a run that was cut off
      return {};
    });
    if (done.ok()) continue;
    model_.dpkg_interrupted = false;  // apt ended by itself
    return done;
  }
  return {};
}

Status FakePackages::remove(const std::vector<std::string>& names, const host::ProgressSink&) {
  Status possible = ready();
  if (!possible.ok()) return log_.write<void>("packages.remove", joined(names, " "), [&]() -> Status { return possible; });
  for (const std::string& name : names)
    TRY(log_.write<void>("packages.remove", name, [&]() -> Status {
      model_.packages.erase(name);
      return {};
    }));
  return {};
}

Status FakePackages::finish_interrupted(const host::ProgressSink&) {
  return log_.write<void>("packages.finish_interrupted", "", [&]() -> Status {
    if (!model_.lock_holder.empty()) return ready();
    std::vector<std::string> half;
    for (const auto& [name, package] : model_.packages)
      if (package.status != "installed" && package.status != "config-files" && package.status != "not-installed")
        half.push_back(name);
    for (const std::string& name : half) {
      if (model_.available.count(name) != 0) {
        put(name);
      } else {
        model_.packages[name].status = "installed";
      }
    }
    model_.dpkg_interrupted = false;
    return {};
  });
}

}  // namespace cosigner::kit

#include "host/posix/posix_packages.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/apt_command.hpp"
#include "host/posix/apt_text.hpp"
#include "host/posix/child.hpp"
#include "host/posix/dpkg_status.hpp"
#include "host/posix/package_lock.hpp"
#include "host/posix/posix_files.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t status_limit = 64 * 1024 * 1024;

Status refused_name(const std::string& name) {
  return make_error("packages.not_found", shown(Untrusted(name), 60) + " is no package name",
                    "Correct the package list of the profile.");
}

Status require_names(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (!is_package_name(name)) return refused_name(name);
  return {};
}

Status require_settings(const AptOptions& options) {
  const Error refused = make_error("packages.failed", "an option for apt that is no plain setting was refused");
  for (const std::string& setting : options.settings)
    if (!is_apt_setting(setting)) return refused;
  std::string proxy = "Acquire::http::Proxy=" + std::string(options.proxy.reveal("its form is checked before apt reads it"));
  const bool has_form = is_apt_setting(proxy);
  wipe_text(proxy);
  if (!has_form) return refused;
  return {};
}

ChildRequest child_for(const std::vector<std::string>& argv) {
  ChildRequest request;
  request.argv = argv;
  request.environment = {{"DEBIAN_FRONTEND", "noninteractive"},
                         {"NEEDRESTART_MODE", "l"},
                         {"NEEDRESTART_SUSPEND", "1"},
                         {"APT_LISTCHANGES_FRONTEND", "none"}};
  return request;
}

}  // namespace

Result<std::map<std::string, Package>> PosixPackages::installed() const {
  const std::optional<std::string> text = TRY(PosixFiles(walker_).read(Path("/var/lib/dpkg/status"), status_limit));
  return parse_dpkg_status(text.value_or(""));
}

Result<bool> PosixPackages::interrupted() const {
  // dpkg writes pieces named by numbers while it works and folds them into the status file at its end.
  const std::vector<std::string> pieces = TRY(PosixFiles(walker_).list(Path("/var/lib/dpkg/updates")));
  for (const std::string& piece : pieces)
    if (parse_number(piece)) return true;
  const std::map<std::string, Package> packages = TRY(installed());
  return std::any_of(packages.begin(), packages.end(), [](const auto& entry) { return is_half_done(entry.second); });
}

Result<bool> PosixPackages::has_lists(const std::string& list_prefix) const {
  const std::vector<std::string> names = TRY(PosixFiles(walker_).list(Path("/var/lib/apt/lists")));
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name.compare(0, list_prefix.size(), list_prefix) == 0; });
}

Status PosixPackages::require_machine() const {
  if (walker_.is_whole_machine()) return walker_.usable();
  return make_error("packages.failed", "packages are not changed below another root directory", "Run without --root.");
}

Result<std::optional<std::string>> PosixPackages::candidate(const std::string& name) const {
  TRY(require_machine());
  if (!is_package_name(name)) return refused_name(name).error();
  const ChildResult answer = TRY(run_child(child_for({"/usr/bin/apt-cache", "policy", name}), cancel_));
  if (answer.exit_code != 0) return describe_apt_failure(answer.err, "say what version of " + name + " it would install");
  return parse_policy_candidate(answer.out);
}

/// One run of apt or dpkg. Waiting for the lock can be cancelled, the run itself cannot.
Status PosixPackages::run(const std::vector<std::string>& argv, const AptOptions& options, const std::string& doing,
                          const ProgressSink& progress, const PackageOrigin* origin) const {
  TRY(require_machine());
  TRY(require_settings(options));
  ChildRequest request = child_for(argv);
  request.uninterruptible = true;
  request.documents[apt_options_descriptor] = options_document(options);
  request.status_descriptor = apt_status_descriptor;
  const bool updating = argv.back() == "update";
  request.on_status = [&](std::string_view line) {
    std::optional<Progress> seen = parse_apt_status(line);
    if (seen && updating) seen->what = "downloading package lists";
    if (seen && progress) progress(*seen);
  };
  constexpr int attempts = 5;  // somebody may take the lock between our look and apt's
  for (int i = 0;; ++i) {
    TRY(wait_for_package_lock(walker_, lock_wait_, progress, cancel_));
    if (progress) progress(Progress{doing, 0, std::nullopt, std::nullopt});
    const ChildResult result = TRY(run_child(request, cancel_));
    const std::string said = result.err + "\n" + result.out;
    if (result.exit_code == 0 && !(updating && update_was_partial(said))) return {};
    Error error = describe_apt_failure(said, doing, origin);
    if (error.code != "packages.lock_held" || i + 1 >= attempts) return error;
  }
}

Status PosixPackages::update(const std::vector<Path>& source_files, const AptOptions& options,
                             const ProgressSink& progress) {
  if (source_files.empty()) return run(update_command(nullptr), options, "fetch the package lists", progress);
  for (const Path& file : source_files) {
    if (!TRY(PosixFiles(walker_).stat(file)))
      return make_error("packages.failed", "the package source " + file.text() + " does not exist");
    TRY(run(update_command(&file), options, "fetch the package lists of " + file.text(), progress));
  }
  return {};
}

Status PosixPackages::install(const InstallRequest& request, const ProgressSink& progress) {
  TRY(require_names(request.names));
  const PackageOrigin* origin = request.origin ? &*request.origin : nullptr;
  const auto attempt = [&] { return run(install_command(request), request.options, "install " + joined(request.names, " "), progress, origin); };
  Status done = attempt();
  if (done.ok() || origin == nullptr || done.error().code != "packages.lists_stale") return done;
  if (Status anew = fetch_anew(*origin, request.options, progress); !anew) return std::move(done).error().followed_by(anew.error());
  return attempt();
}

/// apt asks only whether its lists changed, and a cache on the way may say no: without the lists, and past caches, it gets them as they are.
Status PosixPackages::fetch_anew(const PackageOrigin& origin, AptOptions options, const ProgressSink& progress) {
  const Path folder("/var/lib/apt/lists");
  PosixFiles files(walker_);
  for (const std::string& name : TRY(files.list(folder)))
    if (!origin.list_prefix.empty() && name.compare(0, origin.list_prefix.size(), origin.list_prefix) == 0) TRY(files.remove(folder / name));
  options.settings.insert(options.settings.end(), {"Acquire::http::No-Cache=true", "Acquire::https::No-Cache=true"});
  return update({origin.source_file}, options, progress);
}

Status PosixPackages::remove(const std::vector<std::string>& names, const ProgressSink& progress) {
  TRY(require_names(names));
  if (names.empty()) return {};
  return run(remove_command(names), {}, "remove " + joined(names, " "), progress);
}

Status PosixPackages::finish_interrupted(const ProgressSink& progress) {
  // A package that must be installed again makes the first step fail, and the second one cures it (tried: power cut while
  // unpacking).
  Status configured = run(configure_command(), {}, "finish what an earlier package run left", progress);
  if (!configured.ok() && (configured.error().code == "packages.lock_held" || configured.error().code == "run.cancelled"))
    return configured;
  TRY(run(repair_command(), {}, "repair what an earlier package run left", progress));
  if (!TRY(interrupted())) return {};
  return make_error("packages.interrupted", "packages are still half installed after a repair",
                    "Run `dpkg --configure -a` and `apt-get -f install` by hand and look at what they say.");
}

}  // namespace cosigner::host

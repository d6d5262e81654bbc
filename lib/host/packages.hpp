// dpkg and apt. The view reads dpkg's own status file (a child process costs 200 ms and more under emulation); the writing half
// is the one apt chokepoint: non-interactive, standard input closed, own environment, checks against weak host settings
// by option (threats M5), never a downgrade, needrestart told to list only, waits for the lock with a deadline and names its holder.
//
// Errors: `packages.lock_held`, `packages.source_unreachable`, `packages.lists_stale` (a package file of the lists is not there),
// `packages.signature_invalid`, `packages.not_found`, `packages.conflict`, `packages.interrupted`, `packages.disk_full`, `packages.failed`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/path.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "host/types.hpp"

namespace cosigner::host {

struct Package {
  std::string name;
  std::string version;
  std::string status;  // "installed", "half-configured", "unpacked", "config-files" …, as dpkg's status file spells it
};

/// What holds for one call of apt. It reaches apt as a file by descriptor, never as an argument.
struct AptOptions {
  std::vector<std::string> settings;  // "Name::Of::Setting=value"
  Secret proxy;                       // of http and https, with its login: "http://user:password@host:port"; empty: as the settings say
};

/// The third-party source that packages come from: with it two incidents of such sources are cured or explained.
struct PackageOrigin {
  Path source_file;                   // of apt
  std::string list_prefix;            // as in has_lists
  std::vector<std::string> patterns;  // names that are its own, as shell patterns: "libsgx*"
  std::string system_suite;           // the suite that the publisher makes for this system; empty: there is none
};

/// What is to be installed, and how. With an `origin`: when a package file is not at the publisher's any more (404), the lists of this source
/// are deleted and fetched once more, past caches, and the install is tried once again.
struct InstallRequest {
  std::vector<std::string> names;  // "name" or "name=version"
  bool recommends = false;
  bool allow_downgrade = false;
  AptOptions options;
  std::optional<PackageOrigin> origin = std::nullopt;
};

class PackagesView {
 public:
  virtual ~PackagesView() = default;
  /// Everything that dpkg's status file names, by package name (architecture amd64 or all).
  virtual Result<std::map<std::string, Package>> installed() const = 0;
  /// True when a dpkg run was cut off: entries in dpkg/updates, or packages that are neither installed nor removed cleanly.
  virtual Result<bool> interrupted() const = 0;
  /// Whether package lists of the given source host or directory are present, as names in /var/lib/apt/lists begin.
  virtual Result<bool> has_lists(const std::string& list_prefix) const = 0;
  /// The version apt would install now; nothing when no source offers one. Runs a child process (about 1.5 s under emulation).
  virtual Result<std::optional<std::string>> candidate(const std::string& name) const = 0;
};

class Packages : public virtual PackagesView {
 public:
  /// Fetches the lists of these source files only (absolute paths of deb822 or one-line files); empty = all.
  virtual Status update(const std::vector<Path>& source_files, const AptOptions& options, const ProgressSink& progress) = 0;
  virtual Status install(const InstallRequest& request, const ProgressSink& progress) = 0;
  virtual Status remove(const std::vector<std::string>& names, const ProgressSink& progress) = 0;
  /// `dpkg --configure -a`, then `apt-get -f install`: what a power cut left (building.md, power cut table).
  virtual Status finish_interrupted(const ProgressSink& progress) = 0;
};

}  // namespace cosigner::host

// One third-party package source made to exist as it should: key, pins, source file, lists; for a local archive also its unpacked repository.
// Used by apt-repo (Intel) and by whoever adds another source (Docker).
//
// Errors that block: `apt.key_*` (choose_key), `apt.source_conflict` (another entry delivers the same origin), `apt.host_settings_weak`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apt/apt_settings.hpp"
#include "apt/openpgp.hpp"
#include "apt/source_list.hpp"
#include "engine/stage.hpp"
#include "installer/stages/local_repository.hpp"

namespace cosigner::stages {

struct WeakHostSetting {
  std::string file;
  apt::WeakSetting weak;
};

/// What was seen of one source.
struct SourceFacts {
  profile::PackageSource source;
  std::vector<std::string> accepted;         // fingerprints
  std::optional<apt::PublicKey> installed;   // from our keyring, when that is exactly as we write it and the key is good
  std::optional<apt::PublicKey> fetched;     // looked for only when `installed` is missing
  std::optional<Error> key_error;            // why no key can be used
  std::optional<VerifiedIndex> local;        // of a local archive that is unpacked and whole
  bool archive_is_staged = false;
  std::vector<Path> missing_folders;         // of our three files
  bool source_is_right = false;
  bool pins_are_right = false;
  bool lists_are_there = false;
  std::vector<WeakHostSetting> weak_settings;
  std::vector<apt::ListedSource> conflicts;

  const apt::PublicKey* key() const { return installed ? &*installed : fetched ? &*fetched : nullptr; }
};

/// The operator's mirror, suite and fingerprints put over the profile's (for Intel's source).
profile::PackageSource with_answers(profile::PackageSource source, const profile::Answers& answers);

/// No network and no child process when everything is in place.
Result<SourceFacts> probe_source(const host::HostView& host, const engine::StageContext& context, const profile::PackageSource& source);

/// Adds to `plan`: findings, steps, and what blocks. Pure, but for the download's proxy secret that `archive_request` carries.
void plan_source(const SourceFacts& facts, const engine::StageContext& context, Time now, const host::HttpRequest& archive_request, engine::StagePlan& plan);

/// The custom step "unpack-repository" of a local archive. Removes the staged archive when it is refused, so that a next run fetches anew.
Result<engine::Remembered> unpack_staged(const profile::PackageSource& source, const std::vector<std::string>& accepted, host::Host& host,
                                         const engine::StageContext& context, const host::ProgressSink& progress);

inline const Path staging_directory = "/var/lib/cosigner/staging";
Path staged_archive(const profile::PackageSource& source);

}  // namespace cosigner::stages

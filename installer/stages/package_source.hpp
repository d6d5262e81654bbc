// One third-party package source made to exist as it should: key, pins, source file, lists; for a local archive also its unpacked repository.
// Used by apt-repo (Intel) and by whoever adds another source (Docker).
//
// The publisher's key file is looked at when there is no good key here, when lists have to be fetched anyway, or when the installed key ends
// soon and another one is accepted; otherwise nothing is asked. A newer accepted key takes the installed one's place, an older one never does,
// and a key server that fails stops nobody who has a good key. An archive is signed with the key of its day, whatever the key server offers: it
// is fetched first, and decides among the accepted keys (signer_of_archive). The key of an https mirror comes from the publisher's own address, and from the
// mirror only when that fails (key_places); it is held to the same fingerprints.
//
// Errors that block: `apt.key_*` (choose_key), `apt.source_conflict` (another entry delivers the same origin), `apt.host_settings_weak`,
// `apt.index_older` (threats M4); of a directory `apt.directory_unsafe`, `apt.directory_unusable`, `apt.index_unsigned`,
// `apt.index_signature_invalid`, `apt.index_malformed`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apt/apt_settings.hpp"
#include "apt/key_offer.hpp"
#include "apt/openpgp.hpp"
#include "apt/source_list.hpp"
#include "engine/stage.hpp"
#include "installer/stages/local_repository.hpp"
#include "profile/package_place.hpp"

namespace cosigner::stages {

struct WeakHostSetting {
  std::string file;
  apt::WeakSetting weak;
};

/// What was seen of one source.
struct SourceFacts {
  profile::PackageSource source;
  std::vector<std::string> accepted;         // fingerprints
  std::vector<std::string> wanted;           // packages that are yet to come from here
  std::optional<apt::PublicKey> installed;   // from our keyring, when that is exactly as we write it and the key is good
  std::optional<apt::PublicKey> fetched;     // looked for only when `installed` is missing
  std::optional<apt::KeyOffer> offer;        // what the publisher's key file says beside `installed`, when there was a reason to look
  std::optional<Error> offer_error;          // it could not be looked at
  bool index_lags = false;                   // `offer` is a successor, but the index is still signed with the installed key, or not looked at yet
  std::optional<apt::PublicKey> archive_key; // of a local archive that is yet to be unpacked: the accepted, good key that signs its index
  std::optional<Time> offered_index;         // of the publisher's index, when the server offers an older key and that signed one older than seen
  std::string former_keyring;                // bytes of a keyring with another key that is about to be replaced
  std::optional<Error> key_error;            // why no key can be used
  std::optional<Error> directory_error;      // why the operator's directory is no source
  std::optional<VerifiedIndex> local;        // of a local archive that is unpacked and whole, or of a directory
  bool archive_is_staged = false;
  std::vector<Path> missing_folders;         // of our three files
  bool source_is_right = false;
  bool pins_are_right = false;
  bool lists_are_there = false;
  bool lists_are_of_another = false;         // of packages on this machine: apt holds a copy of an index that is not the one there
  std::optional<Time> lists_fetched;         // when we last did; the files' own times are the publisher's
  std::optional<Time> index_date;            // of the index that apt has
  std::optional<Error> index_error;          // why that is not known
  std::optional<Time> newest_index;          // the newest date seen before
  bool is_known_to_us = false;               // the ledger knows this source
  std::vector<WeakHostSetting> weak_settings;
  std::vector<apt::ListedSource> conflicts;

  bool takes_offer() const { return offer && offer->news == apt::KeyNews::successor && !index_lags; }
  /// An archive has to be fetched before it is known which key this machine should have.
  bool awaits_archive() const { return source.kind == profile::local_archive_kind && !local && !archive_is_staged; }
  bool changes_key() const { return !installed || takes_offer() || (archive_key && archive_key->fingerprint != installed->fingerprint); }
  /// The key that this machine should have. Of a publisher's keys an archive's is the right one whichever is newer: the index's date holds the
  /// machine back from older ones.
  const apt::PublicKey* key() const {
    if (archive_key) return &*archive_key;
    if (takes_offer()) return &*offer->key;
    return installed ? &*installed : fetched ? &*fetched : nullptr;
  }
};

/// No network and no child process when everything is in place. `wanted`: packages that are to be installed from here, for which lists older
/// than a day are not good enough.
Result<SourceFacts> probe_source(const host::HostView& host, const engine::StageContext& context, const profile::PackageSource& source,
                                 const std::vector<std::string>& wanted);

/// Why the lists have to be fetched.
enum class ListsNeed { none, source_changes, missing, other_index, other_key, stale, index_older };
ListsNeed lists_need(const SourceFacts& facts, Time now);

/// Adds to `plan`: findings, steps, and what blocks. Pure, but for the download's proxy secret that `archive_request` carries.
void plan_source(const SourceFacts& facts, const engine::StageContext& context, Time now, const host::HttpRequest& archive_request, engine::StagePlan& plan);

/// The custom step "unpack-repository" of a local archive. Removes the staged archive when it is refused, so that a next run fetches anew.
Result<engine::Remembered> unpack_staged(const profile::PackageSource& source, const std::vector<std::string>& accepted, host::Host& host,
                                         const engine::StageContext& context, const host::ProgressSink& progress);

inline const Path staging_directory = "/var/lib/cosigner/staging";
Path staged_archive(const profile::PackageSource& source);

}  // namespace cosigner::stages

// A package repository on this machine. As a tarball (Debian 12): what lies unpacked on the machine, and how a fetched one is unpacked.
//
// The signed index inside is verified by the key we pinned, never by a key for its coming with the tarball (threats M3); every package taken is held
// to that index. Errors: `apt.index_unsigned`, `apt.index_signature_invalid`, `apt.index_hash_mismatch`, `apt.index_malformed`,
// `apt.index_older`, `apt.archive_unsafe`, `apt.archive_incomplete`. A directory that the operator names is read in place (package_directory.cpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apt/openpgp.hpp"
#include "apt/release.hpp"
#include "host/host.hpp"
#include "profile/profile.hpp"

namespace cosigner::stages {

/// The index files as bytes, from the machine or from an archive.
struct IndexFiles {
  std::string in_release;  // clear-signed; when there, the other two are not looked at
  std::string release;
  std::string signature;   // Release.gpg
  std::string packages;
  std::vector<std::string> key_files;  // that an archive brings
};

/// The index's signature alone, by this key: `apt.index_unsigned`, `apt.index_signature_invalid`, `apt.index_malformed`.
Result<apt::Release> verify_release(const IndexFiles& files, const apt::PublicKey& key, Time now);

/// The verified index says itself that it is of the source's suite, by its name or its code name.
bool is_of_suite(const apt::Release& release, const profile::PackageSource& source);

/// `apt.index_older`: both dates, for every kind of source.
Error index_older(Time date, Time newest_seen);

struct VerifiedIndex {
  apt::Release release;
  std::vector<apt::IndexedPackage> packages;  // of the names that may come from here
};

/// Signature, then the hash of the package list, then its lines. Paths must be plain and below the repository.
Result<VerifiedIndex> verify_index(const IndexFiles& files, const profile::PackageSource& source, const apt::PublicKey& key, Time now);

/// What is unpacked and whole: index verified, every package there in its size. Nothing when it is not.
Result<std::optional<VerifiedIndex>> probe_local_repository(const host::HostView& host, const profile::PackageSource& source, const apt::PublicKey& key);

/// Why a directory of the operator's cannot be a source: a part of the way is not root's alone (`apt.directory_unsafe`), or it is no repository
/// (`apt.directory_unusable`). Nothing when it can.
Result<std::optional<Error>> probe_directory(const host::HostView& host, const profile::PackageSource& source);
/// Why what lies in it cannot be trusted to stay (`apt.directory_unsafe`): apt reads it in place, looks at a file's hash and opens it once more
/// later, so that whoever may write a file or a folder on its way decides what is installed. Looked at are the index, the package lists and the
/// files that the list names of the source's packages; without a plain list that fits the verified index, all files that are called like one.
Result<std::optional<Error>> probe_directory_content(const host::HostView& host, const profile::PackageSource& source, const apt::Release& release);
/// Of the way to it and of what lies in it.
bool is_roots_alone(const host::FileStat& stat);
Error others_may_change(const Path& place, const host::FileStat& stat);
/// Its key file: keys/NAME.key, or under the publisher's own name for it. Fails with `apt.directory_unusable`.
Result<std::string> directory_key(const host::HostView& host, const profile::PackageSource& source);
/// Its index without the package lists, which apt holds to it.
Result<VerifiedIndex> verify_directory(const host::HostView& host, const profile::PackageSource& source, const apt::PublicKey& key);

/// The good key that signs the archive's index: of `known`, or one that the archive brings and whose fingerprint is among `accepted`. Nothing
/// when there is none, when the index is older than `newest_seen` (no reason to change keys), or when the archive is none; unpacking tells why.
Result<std::optional<apt::PublicKey>> signer_of_archive(const host::HostView& host, const Path& archive, const profile::PackageSource& source,
                                                        const std::vector<apt::PublicKey>& known, const std::vector<std::string>& accepted,
                                                        std::optional<Time> newest_seen);

/// Two passes over the archive: the index, then the packages it names. Files already there in the right bytes are left alone; the index
/// comes last, so that an unpacking that was cut off is seen as such. Gives the verified index.
Result<VerifiedIndex> unpack_repository(host::Host& host, const Path& archive, const profile::PackageSource& source, const apt::PublicKey& key,
                                        std::optional<Time> newest_seen, const host::ProgressSink& progress);

}  // namespace cosigner::stages

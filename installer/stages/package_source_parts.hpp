// The parts of probing and planning a package source; for package_source_*.cpp alone.
#pragma once

#include "installer/stages/package_source.hpp"

namespace cosigner::stages {

/// A regular file of root, mode 0644, with exactly this content.
Result<bool> is_exactly(const host::FilesView& files, const Path& path, const std::string& content);

/// Fills `installed`, and when that is missing `fetched` or `key_error`. A key that is refused is a fact that blocks; a network that fails
/// without any good key is a failure to look.
Status probe_key(const host::HostView& host, const engine::StageContext& context, SourceFacts& facts);
/// True when the publisher's key file is worth a look although a good key is installed.
bool has_reason_to_look(const SourceFacts& facts, int last_days, Time now);
/// Fills `offer`, `offer_error` and `index_lags`; a withdrawn key becomes `key_error`.
Status probe_offer(const host::HostView& host, const engine::StageContext& context, SourceFacts& facts);
/// Fills `archive_key`, from a staged archive.
Status probe_archive_key(const host::HostView& host, SourceFacts& facts);
/// Fills `former_keyring`.
Status probe_former_keyring(const host::HostView& host, SourceFacts& facts);

/// Where the newest date of the index is remembered: for each suite its own, since a publisher need not bring them out on the same days.
std::string index_memory(const profile::PackageSource& source);

/// Fills what is known of the lists and of the index in them.
Status probe_lists(const host::HostView& host, const engine::StageContext& context, SourceFacts& facts);

/// Findings about the installed and the offered key.
void find_key(const SourceFacts& facts, int warning_days, Time now, engine::StagePlan& plan);
/// The keyring, and the file of the one before.
void plan_keyring(const SourceFacts& facts, engine::StagePlan& plan);
/// The index's age (threats M4): findings, what blocks, what is remembered.
void plan_index(const SourceFacts& facts, int warning_days, Time now, engine::StagePlan& plan);

}  // namespace cosigner::stages

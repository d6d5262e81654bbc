// From the command line to settings: finds answers and profile, reads them by the rule for operator's files, merges, and judges.
// The same for every verb that needs to know what is wanted.
#pragma once

#include <string>
#include <vector>

#include "installer/cli/environment.hpp"
#include "installer/cli/invocation.hpp"
#include "installer/stages/catalog.hpp"
#include "profile/settings.hpp"

namespace cosigner::cli {

using stages::answers_snapshot;
inline const Path generated_config = "/etc/cosigner/config.json";
inline const Path kept_answers =
    "/var/lib/cosigner/answers-kept.json";  // what the last complete run was asked for, for when that file is gone
inline const Path journal_file = "/var/lib/cosigner/journal.jsonl";

struct Prepared {
  profile::Settings settings;
  std::vector<std::string> notes;
  std::string answers_from;  // the file; empty: none was given or found
};

/// A built-in profile, or the file of that path, which must be root's or that of `asking`, and is opened with his rights. Fails
/// with `profile.*` and `answers.file_*`.
Result<profile::Profile> find_profile(const std::string& name, const std::optional<host::Owner>& asking,
                                      const Environment& environment);

/// `unattended`: weakenings must be accepted by name.
/// Fails with `answers.invalid` (every problem at once), `answers.file_*`, `profile.*`.
Result<Prepared> prepare(const Invocation& invocation, const Environment& environment, bool unattended);

/// Nobody can be asked: answers were given, --json, or no terminal.
bool is_unattended(const Invocation& invocation, const Environment& environment);

/// Root by rule (`root.needed`), with the verb in the remedy.
Status require_root(const Invocation& invocation, const Environment& environment);

/// `run.nothing_set_up`: this program never changed anything here.
Error nothing_set_up();

/// The stages that the profile wants, from `first` to `last` (empty: all). Fails with `usage.stage_unknown` when `last` is none
/// of them.
Result<std::vector<const engine::Stage*>> select_stages(const Environment& environment, const profile::Profile& profile,
                                                        const std::string& first, const std::string& last);

/// What may be interrupted: nothing means everything.
std::optional<engine::Disruption> budget_of(const profile::Settings& settings, bool cosigner_runs);

/// The container of the profile runs now. False also when the engine cannot be asked.
bool does_cosigner_run(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::cli

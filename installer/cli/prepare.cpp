#include "installer/cli/prepare.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "profile/merge.hpp"
#include "profile/operator_text.hpp"
#include "profile/profile_json.hpp"
#include "profile/secret_owner.hpp"
#include "state/journal.hpp"

namespace cosigner::cli {
namespace {

bool is_file_name(const std::string& profile) {
  return profile.find('/') != std::string::npos || (profile.size() > 5 && profile.substr(profile.size() - 5) == ".json");
}

struct Found {
  std::string text;
  std::string origin;
};

/// From the wish for a reboot until its work is done only the bytes that were left are believed (threats L5), and without them a run that
/// nobody watches must not go on with other answers. An unreadable journal is told where the run begins.
Status check_left_answers(const std::optional<std::string>& text, const Environment& environment, bool unattended) {
  const auto journal = state::Journal::load(environment.host, journal_file);
  const std::string noted = journal.ok() ? journal->ledger().value(stages::reboot_answers_name) : std::string();
  if (noted.empty() || (text ? sha256_hex(*text) == noted : !unattended)) return {};
  return make_error("answers.snapshot_changed", answers_snapshot.text() + (text ? " is not what the run before the reboot left there" : ", which the run before the reboot left, is gone"),
                    "Give the answers again: `sudo cosigner setup --answers FILE`.");
}

/// The answers that were given; otherwise those of the unfinished run, otherwise those that the last set-up left: what a person
/// once typed is asked only once, even when somebody deletes the configuration file.
Result<std::optional<Found>> find_answers(const Invocation& invocation, const Environment& environment, bool unattended) {
  if (!invocation.answers_file.empty()) {
    return std::optional<Found>(
        {TRY(profile::read_operator_text(environment.operator_files, invocation.answers_file, environment.person())),
         invocation.answers_file});
  }
  for (const Path& file : {answers_snapshot, generated_config, kept_answers}) {
    auto text = environment.host.files().read(file);
    if (!text.ok() && !environment.is_root()) continue;  // 0600 of root: a verb without root goes on with what it was told
    if (!text.ok()) return std::move(text).error();
    if (file == answers_snapshot) TRY(check_left_answers(*text, environment, unattended));
    if (*text) return std::optional<Found>({std::move(**text), file.text()});
  }
  return std::optional<Found>();
}

struct FoundProfile {
  profile::Profile profile;
  std::string text;  // of a file
};

Result<FoundProfile> read_profile(const std::string& name, const std::optional<host::Owner>& asking, const Environment& environment) {
  if (!is_file_name(name)) return FoundProfile{TRY(profile::builtin_profile(name)), {}};
  std::string text = TRY(profile::read_operator_text(environment.operator_files, name, asking));
  auto read = TRY(profile::parse_profile(text, name));
  return FoundProfile{std::move(read), std::move(text)};
}

/// The copy that a run left before a reboot, until what that was for is done: the bytes that its journal names, of the file of that name.
std::optional<FoundProfile> find_kept_profile(const std::string& name, const Environment& environment) {
  const auto text = environment.host.files().read(stages::profile_snapshot);
  const auto journal = state::Journal::load(environment.host, journal_file);
  if (!text.ok() || !*text || !journal.ok()) return std::nullopt;
  if (journal->ledger().value(stages::reboot_asked_name).empty()) return std::nullopt;
  if (journal->ledger().value(stages::reboot_profile_name) != sha256_hex(**text) + " " + name) return std::nullopt;
  auto read = profile::parse_profile(**text, name);
  if (!read.ok()) return std::nullopt;
  return FoundProfile{std::move(read).value(), **text};
}

/// What root's set-up left may name a file of root's that the caller behind sudo cannot read, or one of his own; after a reboot it may be
/// gone, or not be believed because nobody is behind the run.
Result<FoundProfile> find_left_profile(const std::string& name, const Environment& environment, std::vector<std::string>& notes) {
  auto of_root = read_profile(name, std::nullopt, environment);
  if (of_root.ok()) return of_root;
  auto of_person = read_profile(name, environment.person(), environment);
  if (of_person.ok() || !is_file_name(name)) return of_person;
  auto kept = find_kept_profile(name, environment);
  if (!kept) return of_person;
  notes.push_back("the profile " + name + " cannot be taken (" + of_person.error().code + "); its copy in " + stages::profile_snapshot.text() + " is");
  return std::move(*kept);
}

}  // namespace

Result<profile::Profile> find_profile(const std::string& name, const std::optional<host::Owner>& asking,
                                      const Environment& environment) {
  return TRY(read_profile(name, asking, environment)).profile;
}

Result<Prepared> prepare(const Invocation& invocation, const Environment& environment, bool unattended) {
  const auto person = environment.person();
  profile::believe_secret_files_of(person ? std::optional(person->uid) : std::nullopt);
  const auto found = TRY(find_answers(invocation, environment, unattended));
  profile::ReadAnswers answers;
  Prepared out;
  if (found) {
    answers = profile::read_answers(found->text, found->origin);
    out.answers_from = found->origin;
  }
  const std::string profile_name = invocation.flags.profile.empty() ? answers.answers.profile : invocation.flags.profile;
  const bool was_left = invocation.flags.profile.empty() && invocation.answers_file.empty();
  auto chosen = was_left ? find_left_profile(profile_name, environment, out.notes) : read_profile(profile_name, person, environment);
  if (!chosen.ok() && answers.problems.empty()) return std::move(chosen).error();
  auto merged =
      profile::merge(chosen.ok() ? chosen->profile : profile::Profile{}, std::move(answers), environment.variables, invocation.flags);
  merged.settings.unattended = unattended;
  merged.settings.until = invocation.until;
  if (chosen.ok()) merged.settings.profile_text = chosen->text;
  merged.settings.answers.profile = profile_name;
  if (!chosen.ok()) {
    merged.problems.push_back({"profile", 0, "", chosen.error().message});
    for (const auto& line : chosen.error().context) merged.problems.push_back({"profile", 0, "", line});
  } else {
    TRY(profile::judge_weakenings(merged.settings, out.answers_from.empty() ? "answers" : out.answers_from, merged.problems));
  }
  if (!merged.problems.empty()) return profile::to_error("answers.invalid", merged.problems);
  out.settings = std::move(merged.settings);
  out.notes.insert(out.notes.end(), merged.notes.begin(), merged.notes.end());
  if (out.answers_from == kept_answers.text())
    out.notes.push_back(generated_config.text() + " is gone; the answers of the last complete set-up are taken from " +
                        kept_answers.text());
  return out;
}

bool is_unattended(const Invocation& invocation, const Environment& environment) {
  return !invocation.answers_file.empty() || invocation.json || !environment.terminal.is_interactive();
}

Status require_root(const Invocation& invocation, const Environment& environment) {
  if (environment.is_root()) return {};
  return make_error("root.needed", "\"" + invocation.verb + "\" changes the machine and must be root",
                    "Run `sudo cosigner " + invocation.verb + "`.");
}

Error nothing_set_up() {
  return make_error("run.nothing_set_up", "nothing is set up on this machine", "Run `sudo cosigner setup`.");
}

Result<std::vector<const engine::Stage*>> select_stages(const Environment& environment, const profile::Profile& profile,
                                                        const std::string& first, const std::string& last) {
  const auto wants = [&](const std::string& id) {
    return std::find(profile.stages.begin(), profile.stages.end(), id) != profile.stages.end();
  };
  if (!last.empty() && !wants(last)) {
    const auto nearest = nearest_name(last, profile.stages);
    return make_error("usage.stage_unknown",
                      "the profile has no such stage" + (nearest ? "; did you mean \"" + *nearest + "\"?" : std::string()),
                      "Use one of: " + joined(profile.stages, ", ") + ".");
  }
  std::vector<const engine::Stage*> out;
  bool inside = first.empty();
  for (const auto& stage : environment.stages) {
    inside = inside || stage->id() == first;
    if (inside && wants(stage->id())) out.push_back(stage.get());
    if (stage->id() == last) break;
  }
  return out;
}

std::optional<engine::Disruption> budget_of(const profile::Settings& settings, bool cosigner_runs) {
  const std::string& word = settings.max_disruption.empty() ? settings.answers.max_disruption : settings.max_disruption;
  if (!word.empty()) return engine::parse_disruption(word);
  if (settings.unattended && cosigner_runs) return engine::Disruption::aesm;
  return std::nullopt;
}

bool does_cosigner_run(const host::HostView& host, const profile::Settings& settings) {
  const auto container = host.containers().container(settings.profile.cosigner.container_name);
  return container.ok() && *container && (*container)->running;
}

}  // namespace cosigner::cli

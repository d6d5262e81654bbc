// Profile and answers merged: everything that a stage may know about what is wanted.
//
// Merge order: built-in < profile < answers < environment < flags < prompt; each value remembers its origin.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "profile/answers.hpp"
#include "profile/profile.hpp"

namespace cosigner::host {
class HostView;
}

namespace cosigner::profile {

/// What weakens the promise, found by comparing with the built-in anchors (threats E2); listed in plan, status and report for ever.
struct Weakening {
  std::string id;  // one of the table in weakenings.hpp, e.g. "key.other_fingerprint"
  std::string what;
  std::string origin;
};

/// What a verb asks of the co-signer's container. `as_left`: what the last of `start` and `stop` asked (setup, plan, status).
enum class RunWish { as_left, running, stopped };

struct Settings {
  Profile profile;
  Answers answers;
  std::map<std::string, std::string> origins;  // "image.revision" → "answers file line 12"
  std::vector<Weakening> weakenings;
  bool unattended = true;
  std::string downgrade_reason;  // not empty: an older image revision may replace a newer one (threats R2)
  bool new_platform = false;
  std::string profile_text;  // the bytes of a profile file; empty for built-in ones
  std::string until;  // --until: the last stage of this run, and of one that goes on after a reboot
  bool reboot = false;         // --reboot: a leave of this run, and of one that goes on after a reboot; host.reboot is the standing one
  std::string max_disruption;  // --max-disruption, of the same; wins over the answer
  RunWish run_wish = RunWish::as_left;
  std::string replaced_container;  // of `restart`: the id of the container that must not be the one that runs afterwards
  std::vector<std::string> accepted_digests;  // --accept-digest or a typed yes
  std::string answers_sha256;                 // of the file's bytes, for plan and journal
};

/// Opens a secret reference: regular file of at most 64 KiB, mode 0600, owner root (or the answers' owner), no link; a credential below
/// $CREDENTIALS_DIRECTORY, whose path is given. Trailing line feeds are cut. Fails with `answers.secret_unreadable` or
/// `answers.secret_unsafe`; the value never appears in the error.
Result<Secret> open_secret(const SecretRef& reference, const host::HostView& host, const std::string& credentials_directory);

/// A user name is there and its secret, the answer `key`, is not: `answers.secret_needed` (exit 21).
Error secret_needed(const std::string& key);

/// Called with every secret that open_secret gives out, so that the redactor knows it (one watcher a process; null ends it).
void watch_opened_secrets(std::function<void(const Secret&)> watcher);

/// The download proxy's URL with user name and password, each percent-encoded; the bare URL when there is no user name.
Secret proxy_with_login(const Answers& answers, const Secret& password);

/// The text of a reference (PEM), at most 64 KiB. Fails with `answers.file_unreadable`.
Result<std::string> open_text(const TextRef& reference, const host::HostView& host);

}  // namespace cosigner::profile

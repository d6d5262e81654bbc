// What the answers want of the callback handler, in the terms of the callback room, and whether the co-signer has it already.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callback/wanted.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

struct CallbackWish {
  bool decided = false;                     // an URL, or the acknowledgement that none is wanted
  std::optional<callback::Wanted> wanted;   // nothing: no callback, everything is signed
  std::optional<Error> unreadable;          // a file of the answers could not be read
  std::string identity() const { return callback::identity_of(wanted); }
  /// "https://…" or "none", for plan and journal.
  std::string shown_url() const { return wanted ? wanted->url : "none"; }
};

/// Reads the PEM files that the answers name.
CallbackWish probe_callback_wish(const host::HostView& host, const profile::Settings& settings);

/// All that is wrong with it: fields, URL, credentials, image revision; then, when these are right, what the handler shows live.
/// Further code: `callback.handler_unreachable`.
std::vector<Error> check_callback(const host::HostView& host, const profile::Settings& settings, const CallbackWish& wish);

/// The wish with a certificate that is to be fetched filled in. Fails with `callback.handler_unreachable` or `callback.handler_mismatch`.
Result<CallbackWish> complete_callback(const host::HostView& host, CallbackWish wish);

/// Ledger names of what was last given to the co-signer for one user.
std::string callback_identity_name(const std::string& user_id);
std::string callback_url_name(const std::string& user_id);

/// Remembered users, in order; empty when nobody was ever paired here.
std::vector<std::string> remembered_users(const state::Ledger& ledger);

/// The first remembered user's callback is what is wanted (or nothing is asked of it).
bool is_callback_in_place(const CallbackWish& wish, const state::Ledger& ledger);

}  // namespace cosigner::stages

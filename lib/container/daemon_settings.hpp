// The engine's own settings file, merged: what the operator wrote stays, what is missing for a long-lived signer is added (facts 9.4:
// containers survive a restart of the engine, logs have an end).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cosigner::container {

struct MergedSettings {
  std::string text;              // what the file should hold
  bool changed = false;
  std::vector<std::string> added;  // keys, for the plan
  std::vector<std::string> kept;   // keys whose foreign value is not ours, and why that matters
  bool wants_live_restore = false;
};

/// `current` is the file's text, nothing when there is none; an empty file counts as an empty object, as the engine reads it.
/// Fails with `engine.settings_malformed`: a file that the engine cannot read is never overwritten.
Result<MergedSettings> merge_daemon_settings(const std::optional<std::string>& current);

}  // namespace cosigner::container

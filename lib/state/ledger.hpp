// What this program made, took over or replaced on this machine, and what it promised to remember: folded from the journal.
//
// The ledger says who did what; it never lets a stage be skipped (the probe is the truth). Uninstall and ownership rules read it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace cosigner::state {

enum class Ownership { created, adopted, replaced };

std::string name_of(Ownership ownership);

struct LedgerEntry {
  std::string kind;     // step kind: "file", "directory", "package", "unit", "group", "image", "container" …
  std::string subject;  // path, name, reference
  Ownership ownership = Ownership::created;
  std::string fingerprint;  // of the wanted result
  std::string backup;       // for replaced files: where the previous one is kept
  std::string stage;
  std::string run;
  Time at{};
};

struct Ledger {
  std::map<std::string, LedgerEntry> entries;  // key: kind + " " + subject
  std::map<std::string, std::string> values;   // remembered: "image.digest", "pairing.physical_device_id", "attestation.platform" …
  std::map<std::string, int> open_attempts;    // step id → intents in a row without an outcome (crashes)
  std::optional<std::string> interrupted_step;  // the last intent without an outcome

  const LedgerEntry* find(const std::string& kind, const std::string& subject) const;
  /// Empty when never remembered.
  std::string value(const std::string& name) const;
};

}  // namespace cosigner::state

// The state file: /var/lib/cosigner/journal.jsonl, append-only, one checksummed JSON record a line, chained by hash, bound to this
// machine. Intent is durable before the effect, outcome after it. A run without effects writes nothing.
//
// A torn last line is dropped. Damage in the middle, a broken chain, a newer schema or another machine's identity is refused with
// `state.damaged`, `state.newer_schema` or `state.other_machine` (exit 7); probing still works. Secrets are never in it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/path.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "host/host.hpp"
#include "state/ledger.hpp"

namespace cosigner::state {

inline constexpr int journal_schema = 1;

struct Record {
  enum class Kind { opened, run_started, intent, done, failed, run_finished };
  Kind kind = Kind::intent;
  Time at{};
  std::string run;
  std::string stage;
  std::string step;         // step id
  std::string step_kind;
  std::string subject;
  std::string fingerprint;
  std::string ownership;    // of `done`: "created", "adopted", "replaced", "removed" or empty
  std::string backup;
  std::string error_code;                       // of `failed`
  std::string who;                              // of run_started: sudo caller or uid, verb and arguments' names
  std::string reason;                           // of run_started: why an older image was allowed
  std::map<std::string, std::string> remember;  // of `done` and run_finished
};

class Journal {
 public:
  /// Reads what is there (absent is an empty journal) and folds it. Does not write.
  static Result<Journal> load(const host::HostView& host, const Path& file);

  const std::vector<Record>& records() const { return records_; }
  const Ledger& ledger() const { return ledger_; }
  bool exists() const { return exists_; }

  /// Appends durably. The first append of all makes the directory and writes the `opened` record with the machine's identity.
  Status append(host::Host& host, Record record);

 private:
  Path file_;
  bool exists_ = false;
  bool torn_tail_ = false;
  std::string intact_;  // the bytes of the good records, when a torn tail must be cut before the next append
  std::string head_;    // hash of the last record
  std::vector<Record> records_;
  Ledger ledger_;
};

/// Applies one record; pure, so that it can be tested without files.
void fold(Ledger& ledger, const Record& record);

/// A stable identity of this machine that survives reboots: hash of machine-id and, where readable, the DMI product UUID.
Result<std::string> machine_identity(const host::HostView& host);

}  // namespace cosigner::state

// From records to the ledger. Pure: the same records give the same ledger on every machine.
#include "state/journal.hpp"

namespace cosigner::state {
namespace {

std::string attempt_key(const Record& record) { return record.stage + "/" + record.step; }

Ownership ownership_of(const std::string& name) {
  if (name == "adopted") return Ownership::adopted;
  return name == "replaced" ? Ownership::replaced : Ownership::created;
}

/// What was ours from the beginning stays ours, and the oldest backup is the operator's own file: a later repair changes neither.
void note_ownership(Ledger& ledger, const Record& record) {
  const std::string key = record.step_kind + " " + record.subject;
  if (record.ownership == "removed") {
    ledger.entries.erase(key);
    return;
  }
  if (record.ownership.empty()) return;
  const auto known = ledger.entries.find(key);
  LedgerEntry entry;
  entry.kind = record.step_kind;
  entry.subject = record.subject;
  entry.ownership = known == ledger.entries.end() ? ownership_of(record.ownership) : known->second.ownership;
  entry.backup = known != ledger.entries.end() && !known->second.backup.empty() ? known->second.backup : record.backup;
  entry.fingerprint = record.fingerprint;
  entry.stage = record.stage;
  entry.run = record.run;
  entry.at = record.at;
  ledger.entries[key] = entry;
}

void close_attempt(Ledger& ledger, const Record& record) {
  ledger.open_attempts.erase(attempt_key(record));
  if (ledger.interrupted_step == attempt_key(record)) ledger.interrupted_step.reset();
}

}  // namespace

void fold(Ledger& ledger, const Record& record) {
  switch (record.kind) {
    case Record::Kind::opened:
    case Record::Kind::run_started: break;
    case Record::Kind::intent:
      ++ledger.open_attempts[attempt_key(record)];
      ledger.interrupted_step = attempt_key(record);
      break;
    case Record::Kind::done:
      close_attempt(ledger, record);
      note_ownership(ledger, record);
      break;
    case Record::Kind::failed: close_attempt(ledger, record); break;
    case Record::Kind::run_finished: break;
  }
  for (const auto& [name, value] : record.remember) {
    if (value.empty()) {
      ledger.values.erase(name);  // forgetting is remembering nothing
    } else {
      ledger.values[name] = value;
    }
  }
}

}  // namespace cosigner::state

#include "state/ledger.hpp"

namespace cosigner::state {

std::string name_of(Ownership ownership) {
  switch (ownership) {
    case Ownership::created: return "created";
    case Ownership::adopted: return "adopted";
    case Ownership::replaced: return "replaced";
  }
  return "created";
}

const LedgerEntry* Ledger::find(const std::string& kind, const std::string& subject) const {
  const auto found = entries.find(kind + " " + subject);
  return found == entries.end() ? nullptr : &found->second;
}

std::string Ledger::value(const std::string& name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second;
}

}  // namespace cosigner::state

// What `status` shows, for people and as "cosigner.status/1"; and what `history` makes of the journal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/run.hpp"
#include "profile/settings.hpp"
#include "state/journal.hpp"

namespace cosigner::ui {

struct StatusView {
  const profile::Settings& settings;
  const state::Ledger& ledger;
  const std::vector<engine::StageView>& stages;
  std::optional<host::Container> container;  // nothing: not there or not seen
  bool container_seen = true;                // false: the engine did not let us look
  std::optional<std::string> last_run;       // bytes of last-run.json
  Time at{};
  std::string approval;                      // what the workspace's Owner may still have to do; empty: nothing
};

/// Somebody stopped the co-signer on purpose (`cosigner stop`) and nobody started it since.
bool is_stopped(const state::Ledger& ledger);

/// All stages converged, and the co-signer was not stopped.
bool is_healthy(const StatusView& status);

std::string status_text(const StatusView& status);
std::string status_document(const StatusView& status);

/// What a run knows at its end, for the world-readable /run/cosigner/status.json: the same schema without identifying values, no new look.
struct ShortStatus {
  const profile::Settings& settings;
  const state::Ledger& ledger;
  const report::RunReport& report;
};
std::string short_status_document(const ShortStatus& status);

/// All runs, newest last; or the records of the run whose id begins with `run`.
std::string history_text(const std::vector<state::Record>& records, const std::string& run);
std::string history_document(const std::vector<state::Record>& records, const std::string& run);

}  // namespace cosigner::ui

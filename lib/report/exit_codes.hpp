// The exit codes that operators and programs rely on (contracts, section 3). This table is the source of enum, help and test.
#pragma once

#include <string_view>
#include <vector>

namespace cosigner::report {

enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  unsupported_machine = 3,
  attestation_refused = 4,
  lock_held = 5,
  reboot_needed = 6,
  state_unusable = 7,
  crashed_thrice = 8,
  pairing_refused = 9,
  callback_failed = 10,
  network_failed = 11,
  packages_failed = 12,
  engine_failed = 13,
  unhealthy = 14,
  root_needed = 15,
  waited_in_vain = 16,
  nothing_set_up = 17,
  changes_pending = 20,
  waiting_for_human = 21,
  held_back = 22,
  ends_soon = 23,
  internal_bug = 70,
  interrupted = 130,
  terminated = 143,
};

struct ExitCodeRow {
  ExitCode code;
  std::string_view meaning;
};
const std::vector<ExitCodeRow>& exit_code_table();

/// The exit code that an error's code stands for: by its exact name first, then by its room.
ExitCode exit_code_of(std::string_view error_code);

/// When several hold: 2, 15, 5, 7, 3, then the first failing stage's (the order given).
ExitCode first_in_rank(const std::vector<ExitCode>& codes);

}  // namespace cosigner::report

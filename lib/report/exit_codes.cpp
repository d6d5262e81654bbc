#include "report/exit_codes.hpp"

#include <algorithm>

namespace cosigner::report {
namespace {

struct CodeRow {
  std::string_view name;  // an error's whole code, or its room
  ExitCode code;
};

/// Errors whose exit code is not that of their room.
constexpr CodeRow by_name[] = {
    {"answers.secret_needed", ExitCode::waiting_for_human},
    {"attest.service_busy", ExitCode::network_failed},
    {"attest.service_failed", ExitCode::network_failed},
    {"config.answers_malformed", ExitCode::usage},
    {"engine.registry_unreachable", ExitCode::network_failed},
    {"engine.tls_untrusted", ExitCode::network_failed},
    {"packages.source_unreachable", ExitCode::network_failed},
    {"pairing.clock_unsure", ExitCode::unsupported_machine},
    {"pairing.gateway_unreachable", ExitCode::network_failed},
    {"pairing.token_expired", ExitCode::usage},
    {"pairing.token_malformed", ExitCode::usage},
    {"pairing.token_needed", ExitCode::waiting_for_human},
    {"pairing.uid_taken", ExitCode::unsupported_machine},
    {"reboot.needed", ExitCode::reboot_needed},
    {"run.cancelled", ExitCode::interrupted},
    {"run.changes_pending", ExitCode::changes_pending},
    {"run.crashed_thrice", ExitCode::crashed_thrice},
    {"run.held_back", ExitCode::held_back},
    {"run.nothing_set_up", ExitCode::nothing_set_up},
    {"run.waited_in_vain", ExitCode::waited_in_vain},
    {"sgx.cpuid_unreadable", ExitCode::usage},
    {"sgx.provider_refused", ExitCode::network_failed},
    {"sgx.provider_unreachable", ExitCode::network_failed},
};

constexpr CodeRow by_room[] = {
    {"answers", ExitCode::usage},          {"apt", ExitCode::packages_failed},      {"attest", ExitCode::attestation_refused},
    {"callback", ExitCode::callback_failed}, {"capture", ExitCode::usage}, {"engine", ExitCode::engine_failed},     {"hardware", ExitCode::unsupported_machine},
    {"image", ExitCode::engine_failed},    {"internal", ExitCode::internal_bug},    {"json", ExitCode::usage},             {"kernel", ExitCode::packages_failed},
    {"lock", ExitCode::lock_held},         {"network", ExitCode::network_failed},   {"operator_file", ExitCode::usage},
    {"packages", ExitCode::packages_failed}, {"pairing", ExitCode::pairing_refused},  {"profile", ExitCode::usage},
    {"root", ExitCode::root_needed},       {"service", ExitCode::unhealthy},        {"sgx", ExitCode::packages_failed},
    {"state", ExitCode::state_unusable},   {"usage", ExitCode::usage},
};

}  // namespace

const std::vector<ExitCodeRow>& exit_code_table() {
  static const std::vector<ExitCodeRow> table = {
      {ExitCode::ok, "converged, nothing to do, healthy"},
      {ExitCode::failed, "failed"},
      {ExitCode::usage, "wrong usage, answers or profile"},
      {ExitCode::unsupported_machine, "unsupported machine, failed preflight, or a failed check"},
      {ExitCode::attestation_refused, "attestation refused"},
      {ExitCode::lock_held, "another run holds the lock"},
      {ExitCode::reboot_needed, "a reboot or a firmware action is needed; run again afterwards"},
      {ExitCode::state_unusable, "state unreadable, newer than this program, or of another machine"},
      {ExitCode::crashed_thrice, "the same step crashed three times"},
      {ExitCode::pairing_refused, "pairing refused"},
      {ExitCode::callback_failed, "callback check failed"},
      {ExitCode::network_failed, "network, proxy or TLS"},
      {ExitCode::packages_failed, "packages or driver"},
      {ExitCode::engine_failed, "container engine or image"},
      {ExitCode::unhealthy, "running but not healthy"},
      {ExitCode::root_needed, "must be root"},
      {ExitCode::waited_in_vain, "waited in vain"},
      {ExitCode::nothing_set_up, "nothing is set up here"},
      {ExitCode::changes_pending, "plan --check: changes are pending"},
      {ExitCode::waiting_for_human, "waiting for a human (pairing token or password)"},
      {ExitCode::held_back, "held back by the disruption budget"},
      {ExitCode::ends_soon, "something ends within the asked horizon (reserved)"},
      {ExitCode::internal_bug, "internal bug"},
      {ExitCode::interrupted, "cancelled (interrupt)"},
      {ExitCode::terminated, "cancelled (terminate)"},
  };
  return table;
}

ExitCode exit_code_of(std::string_view error_code) {
  for (const auto& row : by_name) {
    if (row.name == error_code) return row.code;
  }
  const std::string_view room = error_code.substr(0, error_code.find('.'));
  for (const auto& row : by_room) {
    if (row.name == room) return row.code;
  }
  return ExitCode::failed;
}

ExitCode first_in_rank(const std::vector<ExitCode>& codes) {
  constexpr ExitCode ranked[] = {ExitCode::usage, ExitCode::root_needed, ExitCode::lock_held, ExitCode::state_unusable, ExitCode::unsupported_machine};
  for (const auto code : ranked) {
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) return code;
  }
  // What is held back is a wish that waits; anything else that stops the run says more.
  const auto says_more = [](ExitCode code) { return code != ExitCode::ok && code != ExitCode::held_back; };
  if (const auto found = std::find_if(codes.begin(), codes.end(), says_more); found != codes.end()) return *found;
  const bool held = std::find(codes.begin(), codes.end(), ExitCode::held_back) != codes.end();
  return held ? ExitCode::held_back : ExitCode::ok;
}

}  // namespace cosigner::report

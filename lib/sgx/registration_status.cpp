#include "sgx/registration_status.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cosigner::sgx {
namespace {

struct CodeRow {
  std::uint32_t code;
  const char* cause;
  const char* remedy;
  const char* row;
};

constexpr const char* network = "Let this machine reach api.trustedservices.intel.com (its proxy stands in /etc/mpa_registration.conf or /etc/environment), then run `sudo systemctl restart mpa_registration_tool`.";
constexpr const char* anew = "Choose SGX Factory Reset in the firmware, start the machine cold, and let it register anew; data that enclaves sealed is lost by it.";
constexpr const char* firmware = "Update the machine's firmware (BIOS) to the vendor's newest, start it cold, and let it register anew.";
constexpr const char* later = "Wait some minutes, then run `sudo systemctl restart mpa_registration_tool`.";
constexpr const char* again = "Run `sudo systemctl restart mpa_registration_tool`, and read /var/log/mpa_registration.log when it fails again.";

constexpr CodeRow code_rows[] = {
    {0x80, "an unexpected error", again, ""},
    {0x81, "out of memory", again, ""},
    {0x82, "Intel's registration server cannot be reached", network, "F3"},
    {0x83, "a wrong parameter", again, ""},
    {0x84, "Intel's registration server has an error of its own", later, ""},
    {0x85, "Intel's registration server did not answer in time", network, "F3"},
    {0x86, "the firmware speaks another protocol", firmware, "F8"},
    {0x87, "Intel's registration server refuses the subscription key", "Correct or remove the subscription key in /etc/mpa_registration.conf, then run `sudo systemctl restart mpa_registration_tool`.", ""},
    {0xA0, "the server cannot read the request", firmware, "F6"},
    {0xA1, "the firmware is set to another registration server", anew, "F9"},
    {0xA2, "a package (processor) is invalid or revoked", "Update the firmware; when that does not help, ask the machine's vendor whether its processors are production parts.", "F5"},
    {0xA3, "the server does not know this package: it was never registered with its platform", anew, "F4"},
    {0xA4, "a package does not fit the platform", anew, "F4"},
    {0xA5, "the platform's manifest is invalid", "Update the firmware; when that does not help, ask the machine's vendor whether its processors are production parts.", "F5"},
    {0xA6, "the server does not know this platform", anew, "F4"},
    {0xA7, "the request to add a package is invalid", anew, "F4"},
    {0xA8, "an unknown error of the server", later, ""},
};

struct SentenceRow {
  const char* sentence;  // of the log
  const char* cause;
  const char* remedy;
  const char* row;
};

constexpr SentenceRow sentence_rows[] = {
    {"SgxRegistrationServerRequest UEFI variable was not found", "the firmware offers no registration request", "Set the boot mode to UEFI and SGX Auto MP Registration to Enabled in the firmware, and start the machine cold.", "F1"},
    {"Platform doesn't support registration", "the firmware says that this platform does not register", "Set SGX Auto MP Registration to Enabled in the firmware, and start the machine cold.", "F2"},
    {"BIOS/MCHECK failed, reported error", "the firmware refused the platform", firmware, "F8"},
    {"400 Bad Request", "the server refused the request", firmware, "F6"},
    {"TCB_RECOVERY failed", "the firmware did not accept the platform", anew, "F8"},
};

/// The last "0x…" of the text; the tool names the code of its last error so.
std::optional<std::uint32_t> find_last_code(std::string_view text) {
  const std::size_t at = text.rfind("0x");
  if (at == std::string_view::npos) return std::nullopt;
  std::uint32_t code = 0;
  std::size_t digits = 0;
  for (const char c : lower(text.substr(at + 2, 8))) {
    const std::size_t value = std::string_view("0123456789abcdef").find(c);
    if (value == std::string_view::npos) break;
    code = code * 16 + static_cast<std::uint32_t>(value);
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  return code;
}

RegistrationStatus failed_with(std::uint32_t code) {
  RegistrationStatus out;
  out.state = RegistrationState::failed;
  out.code = code;
  const auto* row = std::find_if(std::begin(code_rows), std::end(code_rows), [code](const CodeRow& each) { return each.code == code; });
  const bool is_known = row != std::end(code_rows);
  out.cause = is_known ? row->cause : "an error that is not known here";
  out.remedy = is_known ? row->remedy : again;
  out.row = is_known ? row->row : "";
  return out;
}

RegistrationStatus of_state(RegistrationState state) {
  RegistrationStatus out;
  out.state = state;
  if (state == RegistrationState::in_progress) {
    out.cause = "it is in progress";
    out.remedy = "Wait some minutes; reboot once when it stays so, because firmware finishes it at a start.";
    out.row = "F7";
  }
  return out;
}

/// The log's last word; earlier ones belong to earlier starts.
RegistrationStatus find_last_word(std::string_view log) {
  const std::size_t done = log.rfind("completed successfully"), passed = log.rfind("passed successfully");
  const SentenceRow* last = nullptr;
  std::size_t last_at = 0;
  for (const auto& row : sentence_rows) {
    const std::size_t at = log.rfind(row.sentence);
    if (at == std::string_view::npos || (last != nullptr && at < last_at)) continue;
    last = &row;
    last_at = at;
  }
  if (done != std::string_view::npos && (last == nullptr || last_at < done)) return of_state(RegistrationState::registered);
  if (passed != std::string_view::npos && (last == nullptr || last_at < passed)) return of_state(RegistrationState::in_progress);  // firmware takes it over at the next start
  if (last == nullptr) return {};
  RegistrationStatus out;
  out.state = RegistrationState::failed;
  out.cause = last->cause;
  out.remedy = last->remedy;
  out.row = last->row;
  return out;
}

}  // namespace

RegistrationStatus judge_registration(const Untrusted& status, const Untrusted& log) {
  if (status.raw().find("completed successfully") != std::string_view::npos) return of_state(RegistrationState::registered);
  const bool in_progress = status.raw().find("in progress") != std::string_view::npos;
  const auto code = find_last_code(status.raw());
  if (code && *code != 0) return failed_with(*code);
  const RegistrationStatus from_log = find_last_word(log.raw());
  // A request that is sent over and over and fails stays "in progress" for the tool.
  if (in_progress) return from_log.state == RegistrationState::failed ? from_log : of_state(RegistrationState::in_progress);
  return from_log;
}

}  // namespace cosigner::sgx

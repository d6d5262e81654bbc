#include <catch2/catch.hpp>

#include "sgx/registration_status.hpp"

using namespace cosigner;
using namespace cosigner::sgx;

namespace {

RegistrationStatus judge(const std::string& status, const std::string& log = "") { return judge_registration(Untrusted(status), Untrusted(log)); }

}  // namespace

TEST_CASE("only the sentence of success is success: in progress comes with the error code 0") {
  CHECK(judge("Registration process completed successfully.\n").state == RegistrationState::registered);
  const auto pending = judge("Registration is in progress.\nLast reported registration error code: 0x0\n");
  CHECK(pending.state == RegistrationState::in_progress);
  CHECK(pending.row == "F7");
  CHECK_THAT(pending.remedy, Catch::Contains("reboot"));
  CHECK(judge("").state == RegistrationState::unknown);
  CHECK(judge("something else 0x0").state == RegistrationState::unknown);
}

TEST_CASE("every error code of the tool has a cause and a remedy of one line, and an unknown one is said to be unknown") {
  for (const char* code : {"0x80", "0x81", "0x82", "0x83", "0x84", "0x85", "0x86", "0x87", "0xA0", "0xA1", "0xa2", "0xA3", "0xA4", "0xA5", "0xA6", "0xA7", "0xA8"}) {
    INFO(code);
    const auto seen = judge(std::string("Registration is in progress.\nLast reported registration error code: ") + code + "\n");
    CHECK(seen.state == RegistrationState::failed);
    CHECK(seen.code.has_value());
    CHECK_FALSE(seen.cause.empty());
    CHECK(seen.cause != judge("code 0xFF").cause);
    CHECK(seen.remedy.size() > 20);
    CHECK(seen.remedy.find('\n') == std::string::npos);
  }
  CHECK(judge("code 0x82").row == "F3");
  CHECK(judge("code 0xA3").row == "F4");
  CHECK(judge("code 0xA5").row == "F5");
  CHECK_THAT(judge("code 0xFF").cause, Catch::Contains("not known"));
}

TEST_CASE("the log's last word counts where the tool says nothing, and earlier starts do not") {
  const std::string success = "INFO: Registration status: is completed successfully. MPA has nothing to do.\n";
  CHECK(judge("", success).state == RegistrationState::registered);
  for (const auto& [line, row] : std::vector<std::pair<std::string, std::string>>{{"ERROR: SgxRegistrationServerRequest UEFI variable was not found.\n", "F1"},
                                                                                  {"WARN: Platform doesn't support registration.\n", "F2"},
                                                                                  {"ERROR: BIOS/MCHECK failed, reported error: 0x12\n", "F8"},
                                                                                  {"ERROR: RS reports a '400 Bad Request'.\n", "F6"}}) {
    INFO(line);
    CHECK(judge("", success + line).state == RegistrationState::failed);
    CHECK(judge("", success + line).row == row);
    CHECK(judge("", line + success).state == RegistrationState::registered);
    CHECK(judge("Registration is in progress.", line).row == row);  // it is sent over and over
  }
  CHECK(judge("", "PLATFORM_ESTABLISHMENT or TCB_RECOVERY passed successfully\n").state == RegistrationState::in_progress);
  CHECK(judge("", "\x1b[2J nonsense 0x").state == RegistrationState::unknown);
}

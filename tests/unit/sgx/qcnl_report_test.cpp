#include <catch2/catch.hpp>

#include "sgx/qcnl_report.hpp"

using namespace cosigner::sgx;

TEST_CASE("a mistake in the provider's file is told with its line and column") {
  const auto report = report_qcnl("{\n  \"pccs_url\": \"https://a.example/v4/\"\n  \"use_secure_cert\": true\n}\n");
  CHECK_THAT(report.trouble, Catch::Contains("line 3") && Catch::Contains("column"));
  CHECK(report.settings.syntax == QcnlSyntax::broken);
  CHECK(report.settings.pccs_url == "https://localhost:8081/sgx/certification/v4/");
}

TEST_CASE("what the library silently ignores is named, with what was meant") {
  const auto report =
      report_qcnl(R"({"pccs_url": 7, "retry_times": "6", "verify_collateral_expire_hours": 1, "use_secure_cert": true})");
  CHECK(report.trouble.empty());
  CHECK(report.ignored ==
        std::vector<std::string>{"pccs_url (it must be a text)", "retry_times (it must be a number)",
                                 "verify_collateral_expire_hours (did you mean verify_collateral_cache_expire_hours?)"});
}

TEST_CASE("what stands before the brace makes the library take the file for the old form") {
  for (const char* text : {"\xef\xbb\xbf{\"pccs_url\": \"https://a.example/v4/\"}", "\n{}", "// x\n{}", ""})
    CHECK_FALSE(report_qcnl(text).trouble.empty());
  const auto old = report_qcnl("PCCS_URL=https://a.example/v4/\n");
  CHECK(old.trouble.empty());
  CHECK(old.settings.syntax == QcnlSyntax::key_value);
}

TEST_CASE("values that the library refuses are kept apart from those that it ignores") {
  const auto report = report_qcnl(R"({"tcb_update_type": "all", "pccs_api_version": "3.1"})");
  CHECK(report.update_type == "all");
  CHECK(report.api_version == "3.1");
  CHECK(report.ignored.empty());
  CHECK(report_qcnl(R"({"tcb_update_type": "early"})").update_type.empty());
}

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "sgx/aesmd_conf.hpp"
#include "sgx/qcnl.hpp"

using namespace cosigner;
using namespace cosigner::sgx;

namespace {

const WantedProvider intel{QuoteProvider::intel, "https://api.example/sgx/certification/v4/", true};

}  // namespace

TEST_CASE("the file is read as its library reads it: commented JSON, else lines, else its own fallback") {
  const auto commented = read_qcnl("{\n// x\n\"pccs_url\": \"https://a/\" /* y */, \"use_secure_cert\": false}");
  CHECK(commented.syntax == QcnlSyntax::json);
  CHECK(commented.pccs_url == "https://a/");
  CHECK_FALSE(commented.use_secure_cert);
  const auto lines = read_qcnl("# x\nPCCS_URL=https://b/\nUSE_SECURE_CERT=FALSE\n");
  CHECK(lines.syntax == QcnlSyntax::key_value);
  CHECK(lines.pccs_url == "https://b/");
  CHECK_FALSE(lines.use_secure_cert);
}

TEST_CASE("one mistake in the JSON and the library talks to localhost") {
  for (const char* text : {"{\"pccs_url\": \"https://a/\",}", "{\"pccs_url\": \"https://a/\" \"x\": 1}", "\n{\"pccs_url\": \"https://a/\"}", "\xEF\xBB\xBF{\"pccs_url\": \"https://a/\"}", "// c\n{\"pccs_url\": \"https://a/\"}", ""}) {
    const auto settings = read_qcnl(text);
    CHECK(settings.syntax == QcnlSyntax::broken);
    CHECK(settings.pccs_url == "https://localhost:8081/sgx/certification/v4/");
    CHECK_FALSE(is_configured(text, intel));
  }
}

TEST_CASE("values of a wrong type are ignored, as the library does") {
  const auto settings = read_qcnl("{\"pccs_url\": 5, \"use_secure_cert\": \"false\"}");
  CHECK(settings.pccs_url == "https://localhost:8081/sgx/certification/v4/");
  CHECK(settings.use_secure_cert);
}

TEST_CASE("what is written has no comments, keeps unknown keys, and is then configured") {
  const std::string text = write_qcnl("{ // c\n\"pccs_url\": \"x\", \"retry_times\": 6, \"mine\": {\"a\": [1]} }", intel);
  CHECK(text.find("//  c") == std::string::npos);
  const auto parsed = parse_json(text);
  REQUIRE(parsed.ok());
  CHECK(parsed->at("retry_times") == 6);
  CHECK(parsed->at("mine").at("a").size() == 1);
  CHECK(is_configured(text, intel));
  CHECK(write_qcnl(text, intel) == text);
}

TEST_CASE("settings of the old form are carried over into the new one") {
  const auto parsed = parse_json(write_qcnl("PCCS_URL=https://old/\nRETRY_TIMES=3\nUSE_SECURE_CERT=maybe\n", intel));
  REQUIRE(parsed.ok());
  CHECK(parsed->at("retry_times") == 3);
  CHECK(parsed->at("pccs_url") == intel.pccs_url);
  CHECK(parsed->at("use_secure_cert") == true);
}

TEST_CASE("Azure needs its local address, header and parameter too") {
  const WantedProvider azure{QuoteProvider::azure, std::string(azure_pccs_url), true};
  CHECK_FALSE(is_configured(write_qcnl("", {QuoteProvider::intel, std::string(azure_pccs_url), true}), azure));
  const std::string text = write_qcnl("", azure);
  CHECK(is_configured(text, azure));
  CHECK(read_qcnl(text).local_pck_url == "http://169.254.169.254/metadata/THIM/sgx/certification/v4/");
}

TEST_CASE("the place is known by its DMI strings, and a region only from the closed list") {
  CHECK(provider_of_machine("Microsoft Corporation", "Virtual Machine", "7783-7084-3265-9085-8269-3286-77\n") == QuoteProvider::azure);
  CHECK_FALSE(provider_of_machine("Microsoft Corporation", "Virtual Machine", "").has_value());
  CHECK(provider_of_machine("Alibaba Cloud", "Alibaba Cloud ECS", "") == QuoteProvider::alibaba);
  CHECK(alibaba_pccs_url("cn-beijing", false) == "https://sgx-dcap-server.cn-beijing.aliyuncs.com/sgx/certification/v4/");
  for (const char* region : {"", "x/../y", "cn-beijing.evil", "CN-BEIJING"}) CHECK_FALSE(alibaba_pccs_url(region, true).has_value());
}

TEST_CASE("the daemon's configuration is held to its reader's traps") {
  const auto good = read_aesmd_conf("# c\nProxy Type = manual\naesm proxy = http://p:3128\ndefault quoting type = ecdsa_256\nqpl log level = error # tail\n");
  CHECK(good.bad_lines.empty());
  CHECK(good.values.at("proxy type") == "manual");
  for (const char* line : {"proxy type =direct", "proxy type =  direct", "proxy type = indirect", "aesm proxy = p:3128", "whitelist url = http://x", "colour = blue", "no equals", "qpl log level = debug"}) {
    INFO(line);
    const auto conf = read_aesmd_conf(std::string("\n") + line + "\n");
    REQUIRE(conf.bad_lines.size() == 1);
    CHECK(conf.bad_lines.front().line == 2);
  }
  CHECK(read_aesmd_conf("proxy type = indirect").bad_lines.front().column == 14);  // the value
  CHECK(read_aesmd_conf("  colour = blue").bad_lines.front().column == 3);        // the key
}

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "pairing/device_list.hpp"
#include "pairing/initial_document.hpp"
#include "pairing/outcome.hpp"

using namespace cosigner;

namespace {

const std::string user = "5b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c";

Secret token() {
  return Secret(to_base64url("{}") + "." + to_base64url("{\"userId\":\"" + user + "\"}") + "." + to_base64url("signature"));
}

std::string fatal(const std::string& text) {
  return "customer_cosigner:24 FATAL 26/11/2026 10:20:28,123 f.cpp(1) a::b - " + text + "\n";
}

std::string code_of(const std::string& log, std::optional<int> exit_code = 1) {
  return pairing::enrolment_error(exit_code, Untrusted(log)).code;
}

}  // namespace

TEST_CASE("the initial document carries all seven fields, PEM with line feeds, the Root CA always") {
  pairing::InitialDocument document;
  document.token = token();
  document.callback = {"https://h.example/x", "-----BEGIN PUBLIC KEY-----\r\nAAAA\r\n-----END PUBLIC KEY-----", "",
                       "-----BEGIN CERTIFICATE-----\n\n  BBBB  \n-----END CERTIFICATE-----\n"};
  document.recovery_public_key = make_discarded_rsa_public_key().value();
  document.physical_device_id = user;
  const auto written = pairing::write_initial_document(document);
  REQUIRE(written.ok());
  const auto parsed = parse_json(written->reveal("test"));
  REQUIRE(parsed.ok());
  CHECK(parsed->size() == 7);
  CHECK((*parsed)["pairingToken"] == std::string(token().reveal("test")));
  CHECK((*parsed)["callbackUrl"] == "https://h.example/x");
  CHECK((*parsed)["callbackPublicKey"] == "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  CHECK((*parsed)["callbackCert"] == "");
  CHECK((*parsed)["callbackRootCA"] == "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n");
  CHECK((*parsed)["recoveryPublicKey"].get<std::string>().rfind("-----BEGIN PUBLIC KEY-----\n", 0) == 0);
  CHECK((*parsed)["physicalDeviceId"] == user);
}

TEST_CASE("a document with a wrong token or device id is not written") {
  pairing::InitialDocument document;
  document.token = Secret(std::string("no\"token"));
  document.physical_device_id = user;
  CHECK(pairing::write_initial_document(document).error().code == "pairing.token_malformed");
  document.token = token();
  document.physical_device_id = "mine";
  CHECK(pairing::write_initial_document(document).error().code == "pairing.document_invalid");
}

TEST_CASE("users are found by their GUID, whatever parts the columns") {
  for (const std::string& row :
       {"Lab | " + user + " | https://h/x", "Lab\t" + user + "\thttps://h/x", "Lab   " + user + "   https://h/x"}) {
    const auto users = pairing::parse_device_list(Untrusted("WORKSPACE | USER ID | CALLBACK URL\n-----\n" + row + "\n"));
    REQUIRE(users.size() == 1);
    CHECK(users[0].user_id == user);
    CHECK(users[0].workspace.raw() == "Lab");
    CHECK(users[0].callback_url.raw() == "https://h/x");
  }
}

TEST_CASE("a user without a callback has a dash, and a log line is no user") {
  const auto users = pairing::parse_device_list(Untrusted("My own workspace | " + user + " | -\nINFO 1 gateway - hello\n"));
  REQUIRE(users.size() == 1);
  CHECK(users[0].workspace.raw() == "My own workspace");
  CHECK(users[0].callback_url.empty());
  CHECK(pairing::parse_device_list(Untrusted("no database\n")).empty());
  CHECK(pairing::user_ids({users[0], users[0]}) == std::vector<std::string>{user});
}

TEST_CASE("a hostile device list is read in bounds") {
  CHECK(pairing::parse_device_list(Untrusted(std::string(1 << 20, '|'))).empty());
  std::string many;
  for (int i = 0; i < 3000; ++i) many += user + "\n";
  CHECK(pairing::parse_device_list(Untrusted(many)).size() == 1000);
}

TEST_CASE("each way in which enrolment fails has its code, its remedy and the fate of the token") {
  CHECK(code_of(fatal("Failed to pair device, HTTP status 500")) == "pairing.token_refused");
  CHECK(code_of(fatal("Failed to pair device, HTTP status 401")) == "pairing.token_refused");
  CHECK(code_of(fatal("Failed to pair device, HTTP status 410")) == "pairing.token_refused");
  CHECK(code_of(fatal("Failed to pair device, HTTP status 409")) == "pairing.already_paired");
  CHECK(code_of(fatal("Failed to download loader enclave, http status 401")) == "pairing.not_first_user");
  CHECK(code_of(fatal("failed attestation, status OutOfDate, please try microcode update")) == "attest.refused");
  CHECK(code_of("INFO x\nERROR Couldn't resolve host mobile-api.fireblocks.io\n" +
                fatal("Failed to pair device, HTTP status 0")) == "pairing.gateway_unreachable");
  CHECK(code_of(fatal("IO Exception: status code = 28")) == "pairing.failed");
  CHECK(code_of(fatal("something new")) == "pairing.failed");
  CHECK(code_of("", std::nullopt) == "pairing.timed_out");
  const Error unreachable = pairing::enrolment_error(1, Untrusted("Couldn't resolve host x"));
  CHECK(unreachable.message.find("The token was not spent.") != std::string::npos);
  CHECK(unreachable.retryable);
  const Error refused = pairing::enrolment_error(1, Untrusted(fatal("Failed to pair device, HTTP status 500")));
  CHECK(refused.message.find("The token is of no use any more.") != std::string::npos);
  CHECK(refused.remedy.find("sudo cosigner pair") != std::string::npos);
}

TEST_CASE("a log that quotes the token or escapes the terminal gives neither away") {
  const std::string secret(token().reveal("test"));
  const std::string shown = pairing::enrolment_error(1, Untrusted(fatal("bad token " + secret + "\x1b[31m!"))).message;
  CHECK(shown.find(secret.substr(0, 20)) == std::string::npos);
  CHECK(shown.find('\x1b') == std::string::npos);
  CHECK(shown.find("[left out]") != std::string::npos);
  CHECK(pairing::without_token_like("user 5b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c at mobile-api.fireblocks.io") ==
        "user 5b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c at mobile-api.fireblocks.io");
}

TEST_CASE("the last FATAL line speaks before a later ERROR line") {
  CHECK(pairing::last_trouble(Untrusted("x FATAL one\nx FATAL two\nx ERROR three\n")) == "x FATAL two");
  CHECK(pairing::last_trouble(Untrusted("all is well\n")).empty());
  CHECK(pairing::has_fatal_line(Untrusted("a\nFATAL 1 b\n")));
  CHECK_FALSE(pairing::has_fatal_line(Untrusted("NONFATALITIES\n")));
}

TEST_CASE("one line of a megabyte is matched in linear time") {
  CHECK(code_of(std::string(1 << 20, 'a') + "\n" + fatal("Failed to pair device, HTTP status 409")) == "pairing.already_paired");
}

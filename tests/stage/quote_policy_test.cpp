// By which policy quotes are judged: the profile's enclave, the operator's policy file, grace, and no way back to an older
// enclave.
#include <catch2/catch.hpp>

#include "base/json.hpp"
#include "quoted_scene.hpp"

using namespace cosigner;
using attest_test::day;
using attest_test::noon;
using scene::Quoted;
using scene::with_svn;

TEST_CASE("an operator's policy counts besides the profile's enclave, and another one is judged by anew") {
  Quoted q;
  q.scene.settings.answers.attestation_policy = "/etc/cosigner/policy.json";
  q.world->wishes.platform_status = "ConfigurationNeeded";
  const auto policy = [&](const std::string& more) {
    q.scene.put("/etc/cosigner/policy.json", R"({"schema":"cosigner.attestation-policy/1","name":"own")" + more + "}");
  };
  const std::string relaxed = R"(,"acceptedStatuses":["UpToDate","ConfigurationNeeded"])";
  policy("");
  CHECK(q.run() == 4);
  policy(relaxed);
  CHECK(q.run() == 0);
  CHECK(parse_json(q.kept("policy.json")).value()["mrsigner"][0] == to_hex(std::string(32, '\x12')));
  SECTION("the same policy asks for nothing again") {
    const int quotes = q.world->quotes;
    CHECK(q.run() == 0);
    CHECK(q.effects == 0);
    CHECK(q.world->quotes == quotes);
  }
  SECTION("a stricter one is not content with what was kept") {
    policy(R"(,"acceptedStatuses":["UpToDate"])");
    CHECK(q.run() == 4);
    CHECK(q.code == "attest.policy_violated");
  }
  SECTION("the enclave stays the profile's") {
    policy(relaxed + R"(,"minimumIsvSvn":1)");
    q.world->key = "DER of another key";
    q.world->wishes.body = with_svn(6);
    CHECK(q.run() == 4);
    CHECK(q.code == "attest.policy_violated");
  }
  SECTION("a policy that is not fit, or that others may write, is no policy") {
    policy(relaxed + R"(,"mrsigner":[")" + std::string(64, '7') + "\"]");
    CHECK(q.run() == 2);
    policy(relaxed + R"(,"allowDebug":true)");
    CHECK(q.run() == 2);
    policy(relaxed + R"(,"requireCrls":false)");
    CHECK(q.run() == 2);
    CHECK(q.code == "usage.policy_invalid");
    q.scene.put("/etc/cosigner/policy.json", R"({"schema":"cosigner.attestation-policy/1"})", {{0666}, {}});
    CHECK(q.run() == 2);
    CHECK(q.code == "answers.file_unsafe");
  }
}

TEST_CASE("a policy that cannot be used is told before the pairing token is spent") {
  Quoted q;
  q.scene.settings.answers.attestation_policy = "/etc/cosigner/policy.json";
  CHECK(q.run() == 2);
  CHECK(q.code == "answers.file_unreadable");
  CHECK(q.scene.ledger().value("pairing.user_ids").empty());
}

TEST_CASE("grace is a policy's, has an end, and a verdict under it ends with it and says so") {
  Quoted q;
  q.scene.settings.answers.attestation_policy = "/etc/cosigner/policy.json";
  const auto with_grace = [&](const std::string& statuses, const std::string& grace) {
    q.scene.put("/etc/cosigner/policy.json", R"({"schema":"cosigner.attestation-policy/1","acceptedStatuses":)" + statuses +
                                                 R"(,"grace":{"until":")" + to_iso(noon + 5 * day) + "\"," + grace + "}}");
  };
  SECTION("for a platform that is out of date") {
    q.world->wishes.platform_status = "OutOfDate";
    q.world->wishes.tcb_info = [](nlohmann::json& info) { info["tcbLevels"][0]["tcbDate"] = to_iso(noon - 100 * day); };
    with_grace(R"(["UpToDate","OutOfDate"])", R"("platformSeconds":31536000)");
    CHECK(q.run() == 0);
    CHECK(q.scene.ledger().value("attestation.valid_until") == to_iso(noon + 5 * day));
  }
  SECTION("for collateral that has ended") {
    with_grace(R"(["UpToDate"])", R"("collateralSeconds":864000)");
    CHECK(q.run() == 0);
    q.scene.host.model.now = noon + 21 * day;  // the TCB info ended the day before
    CHECK(q.run() == 4);                       // the grace itself is over
    q.scene.put("/etc/cosigner/policy.json", R"({"schema":"cosigner.attestation-policy/1","grace":{"until":")" +
                                                 to_iso(noon + 23 * day) + R"(","collateralSeconds":864000}})");
    CHECK(q.run() == 0);
    CHECK(q.scene.ledger().value("attestation.valid_until") == to_iso(noon + 23 * day));
  }
  CHECK_FALSE(q.scene.ledger().value("attestation.grace_until").empty());
  CHECK(q.run() == 0);
  CHECK(q.effects == 0);
  q.scene.host.model.now = noon + 24 * day;
  CHECK(q.run() == 4);
}

TEST_CASE("an enclave of a lower security version than was verified before is refused, unless a downgrade has a reason") {
  Quoted q;
  q.world->wishes.body = with_svn(9);
  REQUIRE(q.run() == 0);
  q.world->wishes.body = with_svn(8);  // the profile would have it: its minimum is 7
  q.world->key = "DER of another key";
  CHECK(q.run() == 4);
  CHECK(q.code == "attest.policy_violated");
  CHECK(q.message.find("8 is below the demanded 9") != std::string::npos);
  CHECK(q.scene.ledger().value("attestation.isvsvn") == "9");
  q.scene.settings.downgrade_reason = "version 9 does not sign";
  CHECK(q.run() == 0);
  CHECK(q.scene.ledger().value("attestation.isvsvn") == "8");
  q.world->wishes.body = with_svn(6);
  q.world->key = "DER of a third key";
  CHECK(q.run() == 4);
}

TEST_CASE("a profile that does not say whose enclave to expect is refused in mode quote, as every enclave would do") {
  Quoted q;
  SECTION("no signer") { q.scene.settings.profile.enclave.mrsigner.clear(); }
  SECTION("no way to a quote") { q.scene.settings.profile.cosigner.quote_flag.clear(); }
  CHECK(q.run() == 4);
  CHECK(q.code == "attest.expectation_missing");
}

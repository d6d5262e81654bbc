// Stage `attestation` in mode `quote`: a co-signer whose quotes are made by a hierarchy of the test's own, and a certificate
// service.
#include <catch2/catch.hpp>

#include "attest/collateral_cache.hpp"
#include "attest/kept_evidence.hpp"
#include "attest/verify.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "installer/stages/quoted_verdict.hpp"
#include "quoted_scene.hpp"
#include "unit/attest/no_randomness.hpp"

using namespace cosigner;
using attest_test::day;
using attest_test::noon;
using attest_test::QuotingWorld;
using scene::Quoted;

namespace {

void set_number(nlohmann::json& document, std::uint32_t number) { document["tcbEvaluationDataNumber"] = number; }

}  // namespace

TEST_CASE("a quote that this program verified starts the co-signer, and says so") {
  Quoted q;
  const int exit = q.run();
  INFO(q.code << " " << q.message);
  REQUIRE(exit == 0);
  CHECK(q.scene.host.model.containers.at("cosigner").running);
  const auto ledger = q.scene.ledger();
  CHECK(ledger.value("attestation.by") == "this_program");
  CHECK(ledger.value("attestation.mode") == "quote");
  CHECK(ledger.value("attestation.valid_until") == to_iso(noon + 20 * day));
  CHECK(ledger.value("attestation.platform_id").size() == 64);
  CHECK(q.world->quotes == 1);
}

TEST_CASE("a kept verdict is good while image, key and time are the same: a second run asks for no quote and has no effects") {
  Quoted q;
  REQUIRE(q.run() == 0);
  CHECK(q.run() == 0);
  CHECK(q.effects == 0);
  CHECK(q.world->quotes == 1);
  SECTION("another key") {
    q.world->key = "DER of another key";
    CHECK(q.run() == 0);
    CHECK(q.world->quotes == 2);
  }
  SECTION("the evidence has ended") {
    q.scene.host.model.now = noon + 21 * day;
    q.world->renew(25 * day);
    const int exit = q.run();
    INFO(q.code << " " << q.message);
    CHECK(exit == 0);
    CHECK(q.world->quotes == 2);
    CHECK(q.scene.ledger().value("attestation.valid_until") == to_iso(noon + 45 * day));
  }
}

TEST_CASE("evidence that is not good is refused with exit 4, each with its reason, and nothing is started") {
  struct Row {
    const char* what;
    std::string code;
    std::function<void(QuotingWorld&)> change;
  };
  const auto with_body = [](std::size_t at, char value) {
    return [at, value](QuotingWorld& w) { w.wishes.body = [at, value](std::string& body) { body[at] = value; }; };
  };
  const std::vector<Row> rows = {
      {"TCB out of date", "attest.policy_violated", [](QuotingWorld& w) { w.wishes.platform_status = "OutOfDate"; }},
      {"revoked TCB", "attest.policy_violated", [](QuotingWorld& w) { w.wishes.qe_status = "Revoked"; }},
      {"revoked PCK certificate", "attest.cert_revoked", [](QuotingWorld& w) { w.wishes.pck_crl.serials = {"A003"}; }},
      {"expired TCB info", "attest.tcb_info_expired",
       [](QuotingWorld& w) { w.wishes.tcb_info = [](nlohmann::json& info) { info["nextUpdate"] = to_iso(noon - day); }; }},
      {"expired CRL", "attest.crl_expired", [](QuotingWorld& w) { w.wishes.pck_crl.until = noon - day; }},
      {"another signer", "attest.policy_violated", with_body(128, '\x13')},
      {"another product", "attest.policy_violated", with_body(256, '\x04')},
      {"a security version that is too low", "attest.policy_violated", with_body(258, '\x06')},
      {"a DEBUG enclave", "attest.policy_violated", with_body(48, '\x07')},
      {"a quote of an earlier nonce", "attest.binding_mismatch",
       [](QuotingWorld& w) { w.old_quote = attest_test::make(w.wishes).quote; }},
      {"a tampered quote", "attest.quote_signature", [](QuotingWorld& w) { w.is_tampered = true; }},
      {"a quote for another key", "attest.binding_mismatch", with_body(320, '\x7F')},
      {"another root", "attest.untrusted_root",
       [](QuotingWorld& w) {
         w.wishes.sent_root_key = w.wishes.ca_issuer = w.wishes.signer_issuer = w.wishes.root_crl_key =
             &attest_test::keys().other_root;
       }},
      {"an unknown platform", "attest.collateral_unknown", [](QuotingWorld& w) { w.status["tcb"] = 404; }},
      {"an image without the flag", "attest.quote_missing", [](QuotingWorld& w) { w.old_quote = "no quote"; }},
  };
  for (const Row& row : rows) {
    Quoted q;
    row.change(*q.world);
    const int exit = q.run();
    INFO(row.what << ": " << q.code << " " << q.message);
    CHECK(exit == 4);
    CHECK(q.code == row.code);
    CHECK_FALSE(q.has_container());
    CHECK(q.scene.ledger().value("attestation.at").empty());
    CHECK(q.kept("verdict.json").empty());
  }
}

TEST_CASE("start and restart pass through the verdict: with evidence that ended or turned bad no container of theirs runs") {
  Quoted q;
  REQUIRE(q.run() == 0);
  q.scene.host.model.containers.erase("cosigner");
  q.scene.host.model.now = noon + 21 * day;
  CHECK(q.start() == 4);  // the service has nothing newer than what ended
  CHECK(q.code == "attest.tcb_info_expired");
  CHECK_FALSE(q.has_container());
  q.world->renew(25 * day);
  q.world->wishes.platform_status = "OutOfDate";
  CHECK(q.start() == 4);
  CHECK(q.code == "attest.policy_violated");
  CHECK_FALSE(q.has_container());
  kit::engine_started_again(q.scene.host.model);
  CHECK_FALSE(q.has_container());
  q.world->wishes.platform_status = "UpToDate";
  CHECK(q.start() == 0);
  CHECK(q.has_container());
}

TEST_CASE("older collateral that is still in date is refused after newer was seen, and so is a clock that was set back") {
  Quoted q;
  REQUIRE(q.run() == 0);
  q.world->key = "DER of another key";  // so that evidence is asked for again
  SECTION("TCB info of an earlier evaluation") {
    q.world->wishes.tcb_info = [](nlohmann::json& info) { set_number(info, 19); };
    CHECK(q.run() == 4);
    CHECK(q.code == "attest.collateral_older_than_seen");
  }
  SECTION("QE identity of an earlier evaluation") {
    q.world->wishes.qe_identity = [](nlohmann::json& identity) { set_number(identity, 19); };
    CHECK(q.run() == 4);
    CHECK(q.code == "attest.collateral_older_than_seen");
  }
  SECTION("an earlier list") {
    q.world->wishes.pck_crl.number = "04";
    CHECK(q.run() == 4);
    CHECK(q.code == "attest.collateral_older_than_seen");
  }
  SECTION("newer collateral is taken, and then that of before is the older one") {
    q.world->wishes.tcb_info = [](nlohmann::json& info) { set_number(info, 21); };
    CHECK(q.run() == 0);
    q.world->wishes.tcb_info = nullptr;
    q.world->key = "DER of a third key";
    CHECK(q.run() == 4);
  }
  SECTION("a clock before the newest signed date") {
    q.scene.host.model.now = noon - 9 * day;
    CHECK(q.run() == 4);
    CHECK(q.code == "attest.clock_below_floor");
  }
  SECTION("a memory that does not read") {
    q.scene.put(attest::seen_collateral_file, "{}", {{0600}, {}});
    CHECK(q.run() == 4);
    CHECK(q.code == "attest.memory_unreadable");
  }
}

TEST_CASE(
    "the platform of the first success is pinned: a genuine quote of another one is refused until a new platform is accepted") {
  Quoted q;
  REQUIRE(q.run() == 0);
  const std::string pinned = q.scene.ledger().value("attestation.platform_id");
  q.world->wishes.platform.ppid = std::string(16, '\x77');
  q.world->key = "DER of another key";
  CHECK(q.run() == 4);
  CHECK(q.code == "attest.platform_mismatch");
  CHECK(q.scene.ledger().value("attestation.platform_id") == pinned);
  q.scene.settings.new_platform = true;
  CHECK(q.run() == 0);
  CHECK(q.scene.ledger().value("attestation.platform_id") != pinned);
}

TEST_CASE("without random numbers there is no nonce, nobody is asked, and no older answer is taken for a fresh one") {
  Quoted q;
  REQUIRE(q.run() == 0);
  const std::string at = q.scene.ledger().value("attestation.at");
  q.scene.host.model.now = noon + 21 * day;  // what was kept has ended
  q.world->renew(25 * day);
  {
    const attest_test::NoRandomness broken;
    CHECK(q.run() == 1);
  }
  CHECK(q.code == "base.random_unavailable");
  CHECK(q.world->quotes == 1);
  CHECK(q.scene.ledger().value("attestation.at") == at);
}

TEST_CASE("when the certificate service is away, verified answers of earlier are taken, judged by the same dates") {
  Quoted q;
  REQUIRE(q.run() == 0);
  q.world->key = "DER of another key";  // so that evidence is asked for again
  for (const char* page : {"tcb", "qe/identity", "pckcrl", "rootcacrl"}) q.world->status[page] = 503;
  SECTION("while they are in date") {
    CHECK(q.run() == 0);
    CHECK(q.world->quotes == 2);
  }
  SECTION("not longer") {
    q.scene.host.model.now = noon + 21 * day;
    CHECK(q.run() == 4);
    CHECK(q.code == "attest.tcb_info_expired");
  }
  SECTION("not when the service does answer: a platform that it does not know is unknown") {
    q.world->status["tcb"] = 404;
    CHECK(q.run() == 4);
    CHECK(q.code == "attest.collateral_unknown");
  }
  SECTION("not a file that is not what its name says") {
    for (auto& [path, entry] : q.scene.host.model.entries) {
      if (Path(path).parent() == attest::cache_directory && Path(path).name() != "index.json") entry.content += " ";
    }
    CHECK(q.run() == 11);
    CHECK(q.code == "attest.service_failed");
  }
}

TEST_CASE("kept evidence gives the same verdict again from the folder alone, a year later too") {
  Quoted q;
  REQUIRE(q.run() == 0);
  attest::CollateralTexts collateral;
  for (const std::string_view name : attest::collateral_file_names()) {
    const std::string bytes = q.kept(std::string(name).c_str());
    if (!bytes.empty()) *collateral.find(name) = bytes;
  }
  const auto root = attest::custom_root(q.scene.settings.profile.enclave.root_ca_pem);
  REQUIRE(root.ok());
  const auto verdict = parse_json(q.kept("verdict.json"));
  REQUIRE(verdict.ok());
  const auto nonce = from_hex(q.kept("nonce.hex").substr(0, 64));
  const auto key = attest::find_public_key(q.kept("public_key.pem"));
  REQUIRE((nonce && key.ok()));
  const attest::Policy policy;
  const auto again = attest::verify(q.kept("quote.bin"), collateral,
                                    {*parse_time((*verdict)["time"].get<std::string>()),
                                     *root,
                                     policy,
                                     attest::bound_report_data(*nonce, *key),
                                     {},
                                     {},
                                     nullptr});
  CHECK(again.is_accepted());
  CHECK(q.scene.host.model.entries.at(attest::evidence_directory.text()).attributes.mode == host::FileMode{0700});
  CHECK(q.scene.host.model.entries.at((attest::evidence_directory / "quote.bin").text()).attributes.mode == host::FileMode{0600});
}

TEST_CASE("what a run left that was cut off while it asked for a quote does not stop the next one") {
  Quoted q;
  REQUIRE(q.run() == 0);
  q.scene.host.model.containers.erase("cosigner");
  host::Container left;
  left.spec.name = "cosigner-init";
  left.spec.command = {"--attest-quote", std::string(128, '0')};
  left.state = "exited";
  q.scene.host.model.containers["cosigner-init"] = left;
  q.scene.host.model.now = noon + 21 * day;
  q.world->renew(25 * day);
  const int exit = q.start();
  INFO(q.code << " " << q.message);
  CHECK(exit == 0);
  CHECK(q.scene.host.model.containers.count("cosigner-init") == 0);
}

TEST_CASE("refused evidence is kept apart from that of the verdict in force") {
  Quoted q;
  REQUIRE(q.run() == 0);
  const std::string good = q.kept("verdict.json");
  q.world->key = "DER of another key";
  q.world->wishes.platform_status = "OutOfDate";
  CHECK(q.run() == 4);
  CHECK(q.kept("verdict.json") == good);
  CHECK(q.scene.file(stages::refused_evidence / "verdict.json").find("OutOfDate") != std::string::npos);
}

TEST_CASE("an answer to an earlier question, accepted or refused, is called a replay; one to nobody's question is not") {
  Quoted q;
  REQUIRE(q.run() == 0);
  q.world->key = "DER of another key";  // so that evidence is asked for again
  SECTION("of the verdict in force") { q.world->old_quote = q.kept("quote.bin"); }
  SECTION("of a refusal") {
    q.world->wishes.platform_status = "OutOfDate";
    REQUIRE(q.run() == 4);
    q.world->wishes.platform_status = "UpToDate";
    q.world->old_quote = q.scene.file(stages::refused_evidence / "quote.bin");
  }
  SECTION("of nobody") {
    q.world->old_quote = attest_test::make(q.world->wishes).quote;
    CHECK(q.run() == 4);
    CHECK(q.message.find("not made of this nonce and this key") != std::string::npos);
    return;
  }
  CHECK(q.run() == 4);
  CHECK(q.code == "attest.binding_mismatch");
  CHECK(q.message.find("an earlier question") != std::string::npos);
}

TEST_CASE("a busy certificate service is asked again after the wait that it names") {
  Quoted q;
  const auto began = q.scene.host.model.monotonic;
  q.world->status["tcb"] = 429;
  CHECK(q.run() == 11);
  CHECK(q.code == "attest.service_busy");
  CHECK_FALSE(q.has_container());
  CHECK(q.scene.host.model.monotonic - began >= std::chrono::seconds(14));
  int asked = 0;
  for (const auto& each : q.scene.host.model.traffic) asked += each.find("tcb?fmspc=") != std::string::npos ? 1 : 0;
  CHECK(asked == 3);
}

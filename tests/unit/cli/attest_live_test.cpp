// `attest cosigner` and `attest collateral fetch`: what is asked of a running co-signer and of the certificate service, how it is
// judged, and what is written.
#include <catch2/catch.hpp>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "kit/schema_check.hpp"
#include "state/journal.hpp"
#include "unit/attest/quoting_world.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;
using attest_test::noon;

namespace {

/// A machine that is set up in mode `quote`, with a co-signer that runs.
struct Desk : PaperMachine {
  std::shared_ptr<attest_test::QuotingWorld> world = std::make_shared<attest_test::QuotingWorld>();

  Desk() {
    host.model.now = noon;
    attest_test::install(host.model, world);
    const nlohmann::json profile = {{"schema", "cosigner.profile/1"},
                                    {"name", "lab"},
                                    {"extends", "global"},
                                    {"simulation", true},
                                    {"attestation",
                                     {{"mode", "quote"},
                                      {"mrsigner", to_hex(std::string(32, '\x12'))},
                                      {"productId", 3},
                                      {"minSvn", 7},
                                      {"rootCa", world->root_pem()}}}};
    files.put("/lab.json", profile.dump());
    put("/etc/cosigner/config.json", R"({"version":1,"profile":"/lab.json"})");
    put("/etc/sgx_default_qcnl.conf", R"({"pccs_url":")" + attest_test::quoting_service + R"("})");
    remember({{"pairing.user_ids", "12345678-1234-4234-8234-123456789abc"}});
    host.model.engine = host::EngineInfo{};
    host::Container container;
    container.id = "c1";
    container.spec.name = "cosigner";
    container.spec.image_id = "sha256:" + std::string(64, 'a');
    container.running = true;
    container.state = "running";
    host.model.containers["cosigner"] = container;
  }
  void remember(const std::map<std::string, std::string>& values) {
    auto journal = state::Journal::load(host, "/var/lib/cosigner/journal.jsonl");
    REQUIRE(journal);
    state::Record record;
    record.kind = state::Record::Kind::done;
    record.remember = values;
    REQUIRE(journal->append(host, record).ok());
  }
  void put(const std::string& path, const std::string& content) {
    kit::Entry entry;
    entry.content = content;
    host.model.entries[path] = entry;
  }
  int attest(std::vector<std::string> arguments) {
    terminal.said.clear();
    terminal.erred.clear();
    arguments.insert(arguments.begin(), "attest");
    return run(arguments);
  }
  std::string made(const std::string& path) const {
    const auto found = files.files.find(path);
    return found == files.files.end() ? std::string() : found->second.bytes;
  }
};

}  // namespace

TEST_CASE("attest cosigner asks for a fresh nonce each time, and says what it found in a tree or one document") {
  Desk desk;
  CHECK(desk.attest({"cosigner"}) == 0);
  INFO(desk.terminal.erred);
  CHECK(desk.terminal.said.find("ACCEPTED under a CUSTOM ROOT") != std::string::npos);
  CHECK(desk.attest({"cosigner", "--json"}) == 0);
  CHECK(kit::broken_rule_of_document(desk.terminal.said) == "");
  const auto first = parse_json(desk.terminal.said).value()["report"]["report_data"];
  CHECK(desk.attest({"cosigner", "--json"}) == 0);
  CHECK(parse_json(desk.terminal.said).value()["report"]["report_data"] != first);
  CHECK_FALSE(desk.has("/var/lib/cosigner/attestation"));
}

TEST_CASE("collateral is asked for in the publication that the quote provider's settings name") {
  Desk desk;
  const std::string type = GENERATE("early", "standard", "");
  const std::string member = type.empty() ? "" : R"(,"tcb_update_type":")" + type + R"(")";
  desk.put("/etc/sgx_default_qcnl.conf", R"({"pccs_url":")" + attest_test::quoting_service + R"(")" + member + "}");
  CHECK(desk.attest({"cosigner"}) == 0);
  int asked = 0;
  for (const auto& line : desk.host.model.traffic) {
    if (line.find("update=") == std::string::npos) continue;
    ++asked;
    CHECK_THAT(line, Catch::EndsWith(type == "early" ? "update=early" : "update=standard"));
  }
  CHECK(asked == 2);
}

TEST_CASE("attest cosigner refuses what setup would refuse, with exit 4") {
  Desk desk;
  desk.world->wishes.platform_status = "OutOfDate";
  CHECK(desk.attest({"cosigner"}) == 4);
  CHECK(desk.terminal.said.find("NOT ACCEPTED") != std::string::npos);
  desk.host.model.containers["cosigner"].running = false;
  CHECK(desk.attest({"cosigner"}) != 0);
  CHECK(desk.terminal.erred.find("service.not_running") != std::string::npos);
}

TEST_CASE("attest cosigner notices an enclave that was replaced by an older one since the verdict, whatever is kept") {
  Desk desk;
  desk.remember({{"attestation.isvsvn", "9"}, {"attestation.by", "this_program"}, {"attestation.at", to_iso(noon)}});
  desk.world->wishes.body = [](std::string& body) { body[258] = 8; };  // the profile's minimum is 7
  CHECK(desk.attest({"cosigner"}) == 4);
  CHECK(desk.terminal.said.find("8 is below the demanded 9") != std::string::npos);
  desk.world->wishes.body = [](std::string& body) { body[258] = 10; };
  CHECK(desk.attest({"cosigner"}) == 0);
}

TEST_CASE("evidence for a nonce from outside is judged elsewhere from its folder, and for another nonce refused there") {
  Desk desk;
  const std::string nonce = to_hex(std::string(32, '\x4E'));
  REQUIRE(desk.attest({"cosigner", "--nonce", nonce, "--out", "/ev"}) == 0);
  for (const char* name :
       {"quote.bin", "nonce.hex", "public_key.pem", "policy.json", "verdict.json", "tcb_info.json", "pck_crl.der"}) {
    INFO(name);
    CHECK_FALSE(desk.made(std::string("/ev/") + name).empty());
  }
  desk.files.put("/root.pem", desk.world->root_pem());
  const auto elsewhere = [&](const std::string& asked) {
    return desk.attest({"verify", "/ev/quote.bin", "--collateral", "/ev", "--policy", "/ev/policy.json", "--root-ca", "/root.pem",
                        "--nonce", asked, "--public-key", "/ev/public_key.pem", "--at", "2026-06-15T00:00:00Z"});
  };
  CHECK(elsewhere(nonce) == 0);
  CHECK(elsewhere(std::string(64, '0')) == 4);
  CHECK(desk.attest({"cosigner", "--nonce", "12"}) == 2);
  CHECK(desk.attest({"cosigner", "--nonce", nonce, "--out", "/ev"}) == 2);  // nothing is written over
}

TEST_CASE("attest collateral fetch makes a bundle with which a quote is verified without a network") {
  Desk desk;
  desk.files.put("/q.bin", desk.world->first.quote);
  desk.files.put("/root.pem", desk.world->root_pem());
  CHECK(desk.attest({"collateral", "fetch", "/q.bin"}) == 2);
  REQUIRE(desk.attest({"collateral", "fetch", "/q.bin", "--out", "/bundle"}) == 0);
  desk.host.model.web.clear();
  CHECK(desk.attest({"verify", "/q.bin", "--collateral", "/bundle", "--root-ca", "/root.pem", "--at", "1781481600"}) == 0);
  CHECK(desk.attest({"collateral", "fetch", "--out", "/other"}) == 2);  // no quote is kept here
  desk.put("/var/lib/cosigner/attestation/evidence/quote.bin", desk.world->first.quote);
  attest_test::install(desk.host.model, desk.world);
  CHECK(desk.attest({"collateral", "fetch", "--out", "/other"}) == 0);
}

TEST_CASE("attest host asks daemon, provider and certificate service, and says what only an enclave could add") {
  Desk desk;
  desk.host.model.sockets["/var/run/aesmd/aesm.socket"] = [](kit::MachineModel&, std::string_view question) {
    const auto kind = question.size() < 5 ? 0 : static_cast<unsigned char>(question[4]);
    if (kind == 0xaa) return from_hex("07000000aa010408001001").value();  // one key
    if (kind == 0x7a) return from_hex("040000007a020800").value();        // InitQuoteEx: success
    std::string id(256, '\0');
    id[154] = 2;
    return from_hex("09010000b20185020800128002").value() + id;
  };
  desk.put("/var/lib/cosigner/attestation/evidence/quote.bin", desk.world->first.quote);
  CHECK(desk.attest({"host"}) == 0);
  CHECK(desk.terminal.said.find("FAIL") == std::string::npos);
  CHECK(desk.terminal.said.find("genuine to a CUSTOM ROOT, newest version 8") != std::string::npos);
  CHECK(desk.terminal.said.find("FMSPC 00aabbccdd00") != std::string::npos);
  CHECK(desk.terminal.said.find("only an enclave can make one") != std::string::npos);
  CHECK(desk.attest({"host", "--json"}) == 0);
  CHECK(kit::broken_rule_of_document(desk.terminal.said) == "");
  const auto first_failure = [&] {
    const int code = desk.attest({"host", "--json"});
    const auto document = parse_json(desk.terminal.said).value();
    for (const auto& step : document["steps"]) {
      if (step["result"] == "fail") return std::to_string(code) + " " + step["code"].template get<std::string>();
    }
    return std::to_string(code);
  };
  SECTION("no daemon") {
    desk.host.model.sockets.clear();
    CHECK(first_failure() == "12 sgx.aesm_silent");
  }
  SECTION("an identity that Intel did not sign") {
    desk.world->wishes.json_key = &attest_test::keys().stranger;
    CHECK(first_failure() == "4 attest.qe_identity_invalid");
  }
  SECTION("an identity whose signer is revoked") {
    desk.world->wishes.root_crl.serials = {"A004"};
    CHECK(first_failure() == "4 attest.cert_revoked");
  }
  SECTION("an identity that has ended, as the first of what else has") {
    desk.host.model.now = noon + 22 * attest_test::day;
    CHECK(first_failure() == "4 attest.qe_identity_expired");
  }
  SECTION("a provider that reads nothing") {
    desk.put("/etc/sgx_default_qcnl.conf", "{\"pccs_url\"");
    CHECK(first_failure() == "12 sgx.provider_broken");
  }
  SECTION("a kept quote of another root") {
    desk.world->wishes.sent_root_key = desk.world->wishes.ca_issuer = &attest_test::keys().other_root;
    desk.put("/var/lib/cosigner/attestation/evidence/quote.bin", attest_test::make(desk.world->wishes).quote);
    desk.world->wishes = {};
    CHECK(first_failure() == "4 attest.untrusted_root");
  }
}

TEST_CASE("an option that an action of attest would pass over is refused") {
  Desk desk;
  const std::vector<std::vector<std::string>> wrong = {{"cosigner", "--at", "0"},
                                                       {"cosigner", "--policy", "/p"},
                                                       {"cosigner", "--collateral", "/c"},
                                                       {"cosigner", "--root-ca", "/r"},
                                                       {"cosigner", "--public-key", "/k"},
                                                       {"host", "--out", "/o"},
                                                       {"host", "--nonce", "00"},
                                                       {"collateral", "fetch", "--nonce", "00", "--out", "/o"},
                                                       {"verify", "/q", "--out", "/o"},
                                                       {"show", "/q", "--at", "0"},
                                                       {"collateral"},
                                                       {"host", "x"},
                                                       {"cosigner", "x"}};
  for (const auto& arguments : wrong) {
    INFO(arguments.front() << " " << arguments.back());
    CHECK(desk.attest(arguments) == 2);
  }
}

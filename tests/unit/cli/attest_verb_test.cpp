// `attest verify` and `attest show`: files in, document or tree out, exit codes 0, 4 and 2.
#include <catch2/catch.hpp>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "kit/schema_check.hpp"
#include "unit/attest/made_evidence.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;
using report::ExitCode;

namespace {

/// A machine with a quote, its collateral and its root as files, at a time when all of it holds.
struct Desk : PaperMachine {
  attest_test::MadeEvidence evidence;

  explicit Desk(const attest_test::Wishes& wishes = {}) : evidence(attest_test::make(wishes)) {
    files.put("/q/quote.bin", evidence.quote);
    for (const char* name : {"tcb_info.json", "qe_identity.json", "tcb_signing_chain.pem", "pck_crl.der", "root_ca_crl.der"})
      files.put(std::string("/c/") + name, **evidence.collateral.find(name));
    files.put("/root.pem", attest_test::to_pem(evidence.root.certificate.der));
  }
  ExitCode run(std::vector<std::string> arguments) {
    terminal.said.clear();
    arguments.insert(arguments.begin(), "attest");
    const auto parsed = parse_arguments(arguments);
    REQUIRE(parsed.invocation.has_value());
    return dispatch(*parsed.invocation, environment);
  }
  /// verify with everything that is needed, and `more`.
  ExitCode verify(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"verify",    "/q/quote.bin", "--collateral", "/c",
                                          "--root-ca", "/root.pem",    "--at",         "2026-06-15T00:00:00Z"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  nlohmann::json document() const { return parse_json(terminal.said).value(); }
};

}  // namespace

TEST_CASE("good evidence ends with 0, as a tree for people and as one document for programs") {
  Desk people;
  CHECK(people.verify() == ExitCode::ok);
  CHECK(people.terminal.said.find("ACCEPTED under a CUSTOM ROOT") != std::string::npos);
  Desk program;
  CHECK(program.verify({"--json"}) == ExitCode::ok);
  CHECK(kit::broken_rule_of_document(program.terminal.said) == "");
  CHECK(program.document()["root"]["kind"] == "custom");
}

TEST_CASE("without --root-ca only Intel's root counts") {
  Desk desk;
  CHECK(desk.run({"verify", "/q/quote.bin", "--collateral", "/c", "--at", "1781481600", "--json"}) ==
        ExitCode::attestation_refused);
  CHECK(desk.document()["refusal"] == "untrusted_root");
}

TEST_CASE("collateral that is not there is refused as such, and a list in two forms is a usage error") {
  Desk none;
  CHECK(none.run({"verify", "/q/quote.bin", "--root-ca", "/root.pem", "--at", "1781481600", "--json"}) ==
        ExitCode::attestation_refused);
  CHECK(none.document()["refusal"] == "collateral_unavailable");
  Desk no_list;
  no_list.files.files.erase("/c/pck_crl.der");
  CHECK(no_list.verify({"--json"}) == ExitCode::attestation_refused);
  CHECK(no_list.document()["refusal"] == "crl_missing");
  Desk twice;
  twice.files.put("/c/pck_crl.pem", **twice.evidence.collateral.find("pck_crl.pem"));
  CHECK(twice.verify() == ExitCode::usage);
}

TEST_CASE("--at decides which dates hold, and without it the clock does, with its floor") {
  Desk late;
  CHECK(parse_arguments({"attest", "verify", "q", "--at", "1", "--at", "2"}).code == ExitCode::usage);
  CHECK(late.run({"verify", "/q/quote.bin", "--collateral", "/c", "--root-ca", "/root.pem", "--at", "2026-08-15T00:00:00Z",
                  "--json"}) == ExitCode::attestation_refused);
  Desk wrong;
  CHECK(wrong.run({"verify", "/q/quote.bin", "--at", "yesterday"}) == ExitCode::usage);
  Desk floor;
  floor.environment.build_date = "9999-01-01T00:00:00Z";
  CHECK(floor.run({"verify", "/q/quote.bin", "--collateral", "/c", "--root-ca", "/root.pem", "--json"}) ==
        ExitCode::attestation_refused);
  CHECK(floor.document()["refusal"] == "clock_below_floor");
  Desk past;  // a floor does not count for a time that the operator names
  past.environment.build_date = "9999-01-01T00:00:00Z";
  CHECK(past.verify() == ExitCode::ok);
}

TEST_CASE("nonce and public key bind the quote to one question: another nonce is refused, half of the pair is a usage error") {
  const std::string nonce(32, '\x4E'), key = "DER of a key";
  attest_test::Wishes wishes;
  wishes.body = [&](std::string& body) { body.replace(320, 64, attest::bound_report_data(nonce, key)); };
  Desk desk(wishes);
  desk.files.put("/key.der", key);
  desk.files.put("/key.pem", attest_test::to_pem(key, "PUBLIC KEY"));
  for (const char* file : {"/key.der", "/key.pem"})
    CHECK(desk.verify({"--nonce", to_hex(nonce), "--public-key", file}) == ExitCode::ok);
  CHECK(desk.verify({"--nonce", std::string(64, '0'), "--public-key", "/key.der"}) == ExitCode::attestation_refused);
  CHECK(desk.terminal.said.find("(binding_mismatch)") != std::string::npos);
  CHECK(desk.verify({"--nonce", to_hex(nonce)}) == ExitCode::usage);
  CHECK(desk.verify({"--nonce", "12", "--public-key", "/key.der"}) == ExitCode::usage);
}

TEST_CASE("a policy file decides what is acceptable, and is read only when nobody else may write it") {
  Desk desk;
  desk.files.put("/strict.json", R"({"schema":"cosigner.attestation-policy/1","name":"strict","minimumIsvSvn":8})");
  desk.files.put("/open.json", R"({"schema":"cosigner.attestation-policy/1"})", 0, 0666);
  desk.files.put("/broken.json", R"({"schema":"cosigner.attestation-policy/1","allowEverything":true})");
  CHECK(desk.verify({"--policy", "/strict.json", "--json"}) == ExitCode::attestation_refused);
  CHECK(desk.document()["verified"] == true);
  CHECK(desk.document()["policy"]["name"] == "strict");
  CHECK(desk.verify({"--policy", "/open.json"}) == ExitCode::usage);
  CHECK(desk.verify({"--policy", "/broken.json"}) == ExitCode::usage);
}

TEST_CASE("what cannot be read or understood on the command line ends with 2") {
  Desk desk;
  CHECK(desk.run({"verify", "/nowhere"}) == ExitCode::usage);
  CHECK(desk.run({"verify"}) == ExitCode::usage);
  CHECK(desk.run({"judge", "/q/quote.bin"}) == ExitCode::usage);
  CHECK(desk.run({"cosigner"}) == ExitCode::nothing_set_up);
  desk.files.put("/two.pem", attest_test::to_pem("x") + attest_test::to_pem("y"));
  CHECK(desk.run({"verify", "/q/quote.bin", "--root-ca", "/two.pem"}) == ExitCode::usage);
}

TEST_CASE("attest show decodes, and says that it verified nothing") {
  Desk desk;
  CHECK(desk.run({"show", "/q/quote.bin"}) == ExitCode::ok);
  CHECK(desk.terminal.said.rfind("NOT VERIFIED", 0) == 0);
  Desk program;
  CHECK(program.run({"show", "/q/quote.bin", "--json"}) == ExitCode::ok);
  CHECK(kit::broken_rule_of_document(program.terminal.said) == "");
}

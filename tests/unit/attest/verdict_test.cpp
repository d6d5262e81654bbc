// The verdict: every cell of the convergence table, dates, advisories, TDX, policy; and that a refusal holds nothing.
#include <catch2/catch.hpp>
#include <map>

#include "attest/policy_json.hpp"
#include "base/encoding.hpp"
#include "kit/schema_check.hpp"
#include "unit/attest/made_evidence.hpp"

using namespace attest_test;
using attest::Policy;
using attest::TcbStatus;

namespace {

std::string status_of(const Wishes& wishes) {
  const auto result = verify(make(wishes));
  return result.is_verified() ? std::string(name_of(result.verified->evaluation.status)) : result.refusal_rule;
}

/// Facts of DCAP, section 5: platform status, then the verdicts with a QE that is UpToDate, OutOfDate, Revoked.
const std::map<std::string, std::vector<std::string>> table = {
    {"UpToDate", {"UpToDate", "OutOfDate", "Revoked"}},
    {"SWHardeningNeeded", {"SWHardeningNeeded", "OutOfDate", "Revoked"}},
    {"ConfigurationNeeded", {"ConfigurationNeeded", "OutOfDateConfigurationNeeded", "Revoked"}},
    {"ConfigurationAndSWHardeningNeeded", {"ConfigurationAndSWHardeningNeeded", "OutOfDateConfigurationNeeded", "Revoked"}},
    {"OutOfDate", {"OutOfDate", "OutOfDate", "Revoked"}},
    {"OutOfDateConfigurationNeeded", {"OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded", "Revoked"}},
    {"Revoked", {"Revoked", "Revoked", "Revoked"}},
};
const std::vector<std::string> enclave_statuses = {"UpToDate", "OutOfDate", "Revoked"};

Wishes td(attest::BodyKind kind) {
  Wishes wishes;
  wishes.version = kind == attest::BodyKind::td_10 ? 4 : 5;
  wishes.tee = attest::Tee::tdx;
  wishes.body_kind = kind;
  return wishes;
}

std::string rules(const attest::Attestation& result) {
  std::string out;
  for (const auto& each : result.violations) out += (out.empty() ? "" : " ") + each.rule;
  return out;
}

}  // namespace

TEST_CASE("platform and quoting enclave converge as the table says, in every cell, and Revoked is never accepted") {
  Policy everything;
  everything.accepted_statuses = attest::all_statuses();
  for (const auto& [platform, row] : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      INFO(platform << ", QE " << enclave_statuses[i]);
      Wishes wishes;
      wishes.platform_status = platform;
      wishes.qe_status = enclave_statuses[i];
      const auto result = verify(make(wishes), everything);
      REQUIRE(result.is_verified());
      CHECK(name_of(result.verified->evaluation.status) == row[i]);
      CHECK(result.is_accepted() == (row[i] != "Revoked"));
      CHECK(verify(make(wishes)).is_accepted() == (row[i] == "UpToDate" || row[i] == "SWHardeningNeeded"));
    }
  }
}

TEST_CASE("the TDX module's level converges like the quoting enclave's") {
  for (const auto& [platform, row] : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      INFO(platform << ", module " << enclave_statuses[i]);
      Wishes wishes = td(attest::BodyKind::td_10);
      wishes.platform_status = platform;
      wishes.module_status = enclave_statuses[i];
      CHECK(status_of(wishes) == row[i]);
    }
  }
}

TEST_CASE("a TD 1.5 that started before an update is told to start again, unless what runs now is revoked") {
  Wishes wishes = td(attest::BodyKind::td_15);
  wishes.body = [](std::string& body) { body[0] = 2; };  // the first set matches the module's older level, the second the newest
  CHECK(status_of(wishes) == "TDRelaunchAdvised");
  wishes.platform_status = "ConfigurationNeeded";
  CHECK(status_of(wishes) == "TDRelaunchAdvisedConfigurationNeeded");
  wishes.platform_status = "UpToDate";
  wishes.module_status = "Revoked";
  CHECK(status_of(wishes) == "Revoked");
  wishes.module_status = "UpToDate";
  wishes.body = [](std::string& body) {
    body[0] = 2;
    body[584] = 2;
  };
  CHECK(status_of(wishes) == "OutOfDate");
  wishes.body = [](std::string& body) { body[584] = 1; };  // the second set fits no level: the first one's verdict stands
  CHECK(status_of(wishes) == "UpToDate");
}

TEST_CASE("a TDX module of major version 0 is judged by tdxModule and all 16 components") {
  Wishes wishes = td(attest::BodyKind::td_10);
  wishes.body = [](std::string& body) { body[1] = 0; };
  CHECK(status_of(wishes) == "UpToDate");
  wishes.body = [](std::string& body) {
    body[1] = 0;
    body[0] = 4;
  };
  CHECK(status_of(wishes) == "the platform is below every level of the TCB info");
}

TEST_CASE("one lower component, or a lower PCESVN, is enough to fall to the next level, however high the others are") {
  const attest::Components level{7, 9, 3, 3, 255, 255, 1};
  for (std::size_t i = 0; i < 7; ++i) {
    Wishes wishes;
    wishes.tcb_info = [&](nlohmann::json& info) {
      auto& first = info["tcbLevels"][0]["tcb"]["sgxtcbcomponents"][i]["svn"];
      if (level[i] == 255) return;
      first = level[i] + 1;
    };
    CHECK(status_of(wishes) == (level[i] == 255 ? "UpToDate" : "OutOfDate"));
  }
  Wishes wishes;
  wishes.tcb_info = [](nlohmann::json& info) { info["tcbLevels"][0]["tcb"]["pcesvn"] = 14; };
  CHECK(status_of(wishes) == "OutOfDate");
}

TEST_CASE(
    "advisories of all matched levels come together without repeats, the TCB date is the earliest, the evaluation number the "
    "lower") {
  Wishes wishes = td(attest::BodyKind::td_10);
  wishes.qe_status = "OutOfDate";
  wishes.qe_identity = [](nlohmann::json& identity) { identity["tcbEvaluationDataNumber"] = 19; };
  const auto evaluation = verify(make(wishes)).verified->evaluation;
  CHECK(evaluation.advisories == std::vector<std::string>{"INTEL-SA-00001", "INTEL-SA-00002", "INTEL-SA-00003"});
  CHECK(to_iso(evaluation.tcb_date) == "2025-03-12T00:00:00Z");
  CHECK(evaluation.evaluation_number == 19);
}

TEST_CASE("a DEBUG enclave or trust domain is verified, shown as such, and not accepted unless the policy says so") {
  Policy debug;
  debug.allow_debug = true;
  Wishes enclave;
  enclave.body = [](std::string& body) { body[48] |= 2; };
  Wishes domain = td(attest::BodyKind::td_10);
  domain.body = [](std::string& body) { body[120] |= 1; };
  for (const Wishes* each : {&enclave, &domain}) {
    const MadeEvidence evidence = make(*each);
    CHECK(rules(verify(evidence)) == "debug");
    CHECK(to_people_text(verify(evidence)).find("(DEBUG)") != std::string::npos);
    CHECK(nlohmann::json::parse(to_json_document(verify(evidence)))["report"]["debug"] == true);
    CHECK(verify(evidence, debug).is_accepted());
  }
}

TEST_CASE("a policy names every violation at once") {
  const auto policy = attest::read_policy(
      R"({"schema":"cosigner.attestation-policy/1","name":"strict","acceptedStatuses":["OutOfDate"],
    "mrenclave":[")" +
      std::string(64, 'a') + R"("],"mrsigner":[")" + std::string(64, 'b') +
      R"("],"isvProdId":9,"minimumIsvSvn":8,"rejectedAdvisories":["INTEL-SA-00001"],"acceptedAdvisories":["INTEL-SA-00001"],
    "minimumEvaluationNumber":21,"allowDynamicPlatform":false,"allowCachedKeys":false,"allowSmt":false,"sgxTypes":[0],"platforms":[")" +
      std::string(64, 'c') + R"("],"mrtd":[")" + std::string(96, 'd') + R"("]})");
  REQUIRE(policy.ok());
  const auto result = verify(make(), *policy);
  CHECK(rules(result) ==
        "tcb_status advisory_rejected advisory_not_accepted evaluation_number mrenclave mrsigner isvprodid isvsvn mrtd "
        "cached_keys smt sgx_type platform");
  CHECK(result.policy_name == "strict");
  Policy fitting = *attest::read_policy(R"({"schema":"cosigner.attestation-policy/1"})");
  fitting.mrenclave = {std::string(32, '\x11')};
  fitting.mrsigner = {std::string(32, '\x12')};
  fitting.isvprodid = 3;
  fitting.minimum_isvsvn = 7;
  fitting.sgx_types = {1};
  fitting.platforms = {platform_id(result.verified->platform)};
  fitting.accepted_advisories = {"INTEL-SA-00001", "INTEL-SA-00002"};
  CHECK(rules(verify(make(), fitting)).empty());
  fitting.minimum_isvsvn = 8;  // an enclave replaced by an older one (threats G4)
  CHECK(rules(verify(make(), fitting)) == "isvsvn");
}

TEST_CASE("grace has an end: then it counts no longer, for collateral as for the platform") {
  Policy policy;
  policy.grace = attest::Grace{noon + 40 * day, 10 * day, {}};
  const MadeEvidence evidence = make();
  CHECK(verify(evidence, policy, noon + 30 * day).is_accepted());
  CHECK(verify(evidence, policy, noon + 31 * day).refusal == attest::Refusal::tcb_info_expired);
  policy.grace->until = noon + 25 * day;
  CHECK(verify(evidence, policy, noon + 25 * day).is_accepted());
  CHECK_FALSE(verify(evidence, policy, noon + 26 * day).is_verified());
  Wishes old;
  old.platform_status = "OutOfDate";  // its TCB is of 2025-06-11, 369 days before noon
  policy.accepted_statuses = {TcbStatus::up_to_date, TcbStatus::out_of_date};
  policy.grace = attest::Grace{noon + 10 * day, {}, 369 * day};
  CHECK(verify(make(old), policy).is_accepted());
  CHECK(rules(verify(make(old), policy, noon + std::chrono::seconds(1))) == "platform_grace");
  policy.grace->platform = 400 * day;
  policy.grace->until = noon - day;
  CHECK(rules(verify(make(old), policy)) == "platform_grace");
}

TEST_CASE("a policy file that is not understood to the last member is refused, and says everything that is wrong") {
  const std::string head = R"({"schema":"cosigner.attestation-policy/1",)";
  const auto problem = [&](const std::string& members) {
    const auto policy = attest::read_policy(head + members + "}");
    return policy.ok()                                     ? std::string("valid")
           : policy.error().code == "usage.policy_invalid" ? policy.error().message
                                                           : policy.error().code;
  };
  CHECK(problem(R"("name":"x")") == "valid");
  const std::string two = problem(R"("allowDebug":1,"requireCRLs":false)");
  CHECK(two.find("allowDebug must be true or false") != std::string::npos);
  CHECK(two.find("requireCRLs is not a member") != std::string::npos);
  for (
      const char* wrong :
      {R"("acceptedStatuses":["Revoked"])", R"("acceptedStatuses":["Fine"])", R"("mrenclave":["aa"])", R"("isvProdId":65536)",
       R"("isvProdId":-1)", R"("isvProdId":1.0)", R"("sgxTypes":[3])", R"("platforms":["x"])",
       R"("grace":{"collateralSeconds":5})", R"("grace":{"until":"2027-01-01T00:00:00Z"})",
       R"("grace":{"until":"soon","collateralSeconds":5})", R"("grace":{"until":"2027-01-01T00:00:00Z","platformSeconds":5})",
       R"("grace":{"until":"2027-01-01T00:00:00Z","collateralSeconds":99999999})",
       R"("acceptedStatuses":["UpToDate","OutOfDate"],"grace":{"until":"2027-01-01T00:00:00Z","platformSeconds":5,"collateralSeconds":5})",
       R"("name":"\u001b[2J")", R"("name":"a","name":"b")"}) {
    INFO(wrong);
    CHECK(problem(wrong) != "valid");
  }
  CHECK(
      problem(
          R"("acceptedStatuses":["UpToDate","OutOfDate"],"grace":{"until":"2027-01-01T00:00:00Z","platformSeconds":7776000})") ==
      "valid");
  CHECK_FALSE(attest::read_policy("{}").ok());
  CHECK_FALSE(attest::read_policy("[]").ok());
}

TEST_CASE("a struct that lists Revoked as accepted still never accepts it, nor an unknown advisory") {
  Policy policy;
  policy.accepted_statuses = attest::all_statuses();
  Wishes wishes;
  wishes.qe_status = "Revoked";
  CHECK(rules(verify(make(wishes), policy)) == "tcb_status");
  policy.accepted_advisories = {"INTEL-SA-00002"};
  CHECK(rules(verify(make(), policy)) == "advisory_not_accepted");
}

TEST_CASE("the documents fit their schemas, and a refusal holds not one byte of what was not verified") {
  Wishes wishes;
  wishes.body = [](std::string& body) { body.replace(64, 320, std::string(320, '\x5A')); };
  MadeEvidence evidence = make(wishes);
  const std::string good = to_json_document(verify(evidence));
  CHECK(kit::broken_rule_of_document(good) == "");
  CHECK(good.find("5a5a5a5a") != std::string::npos);
  CHECK(kit::broken_rule_of_document(to_json_document(verify(make(td(attest::BodyKind::td_15))))) == "");
  const std::vector<std::pair<const char*, std::function<void(MadeEvidence&)>>> ways = {
      {"quote", [](MadeEvidence& e) { e.quote[500] ^= 1; }},
      {"body", [](MadeEvidence& e) { e.quote[60] ^= 1; }},
      {"chain", [](MadeEvidence& e) { e.quote[1200] = 'A' + (e.quote[1200] == 'A'); }},
      {"tcb info", [](MadeEvidence& e) { e.collateral.tcb_info->at(30) ^= 1; }},
      {"crl", [](MadeEvidence& e) { e.collateral.pck_crl->at(50) ^= 1; }},
  };
  for (const auto& [what, change] : ways) {
    INFO(what);
    MadeEvidence broken = evidence;
    change(broken);
    const auto result = verify(broken);
    REQUIRE_FALSE(result.is_verified());
    const std::string text = to_json_document(result) + to_people_text(result);
    CHECK(kit::broken_rule_of_document(to_json_document(result)) == "");
    CHECK(text.find("5a5a5a5a") == std::string::npos);
    const auto document = nlohmann::json::parse(to_json_document(result));
    for (const char* member : {"tcb_status", "tcb_date", "valid_from", "valid_until", "report", "pck", "tee", "quote_version"})
      CHECK(document[member].is_null());
    CHECK(document["advisory_ids"].empty());
    CHECK(document["policy"]["accepted"] == false);
  }
}

TEST_CASE("the text for people is a numbered tree, then the verdict in one sentence and what to do about it") {
  Wishes old;
  old.platform_status = "OutOfDate";
  old.tcb_info = [](nlohmann::json& info) { info["tcbLevels"][0]["advisoryIDs"] = {"INTEL-SA-00615"}; };
  const std::string text = to_people_text(verify(make(old)));
  CHECK(text.find("  ok     2.3  PCK chain: the CA is issued by the root") != std::string::npos);
  CHECK(text.find("NOT ACCEPTED under a CUSTOM ROOT") != std::string::npos);
  CHECK(text.find("Update the firmware (INTEL-SA-00615), reboot, and clear the cache") != std::string::npos);
  CHECK(to_people_text(verify(make())).find("\nACCEPTED under a CUSTOM ROOT") != std::string::npos);
  MadeEvidence broken = make();
  broken.collateral.pck_crl.reset();
  CHECK(to_people_text(verify(broken)).find("(crl_missing): the collateral has no PCK CRL.\n  Add the two revocation lists") !=
        std::string::npos);
}

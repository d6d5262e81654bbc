// Captured evidence and made vectors that lie outside this repository (contracts, section 9), read in place.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>

#include "attest/report_body.hpp"
#include "attest/signed_json.hpp"
#include "base/encoding.hpp"
#include "unit/attest/evidence_folder.hpp"

using namespace attest_test;
using attest::Attestation;
using attest::Policy;

namespace {

void say(const std::string& what, std::size_t passed, std::size_t all) {
  std::printf("%s: %zu of %zu\n", what.c_str(), passed, all);
}

Policy without_crls() {
  Policy policy;
  policy.require_crls = false;
  return policy;
}

/// What is wrong with the result; empty: it is as the file says.
std::string difference(const Attestation& result, const nlohmann::json& expected) {
  const std::string wanted = refusal_meant_by(expected["expect"]);
  if (outcome_of(result) != wanted)
    return "outcome " + outcome_of(result) + " (" + result.refusal_rule + ") instead of " + wanted;
  if (wanted != "verified") return {};
  const auto& evaluation = result.verified->evaluation;
  if (name_of(evaluation.status) != expected["tcb_status"].get<std::string>())
    return "status " + std::string(name_of(evaluation.status));
  if (nlohmann::json(evaluation.advisories) != expected["advisory_ids"])
    return "advisories " + nlohmann::json(evaluation.advisories).dump();
  return {};
}

std::string difference_in_details(const Attestation& result, const nlohmann::json& expected) {
  if (!result.is_verified()) return {};
  const auto document = nlohmann::json::parse(to_json_document(result));
  const auto differs = [&](const char* group, const char* ours, const char* theirs) {
    return document[group][ours] != expected[group][theirs];
  };
  if (document["valid_from"] != expected["collateral_valid_from"]) return "valid_from " + document["valid_from"].dump();
  if (document["valid_until"] != expected["collateral_valid_until"]) return "valid_until " + document["valid_until"].dump();
  if (document["tee"] != expected["tee"] || document["quote_version"] != expected["quote_version"]) return "tee or version";
  for (const char* name : {"ca", "fmspc", "pceid", "pcesvn", "cpusvn"}) {
    if (differs("pck", name, name)) return std::string("pck.") + name;
  }
  if (differs("pck", "sgx_type", "sgxtype")) return "pck.sgx_type";
  if (differs("report", "report_data", "report_data") || differs("report", "debug", "debug")) return "report data or debug";
  if (document["tee"] == "SGX") {
    for (const char* name : {"mrenclave", "mrsigner", "isvprodid", "isvsvn", "attributes", "miscselect", "cpusvn"}) {
      if (differs("report", name, name)) return std::string("report.") + name;
    }
    return {};
  }
  for (const char* name : {"tee_tcb_svn", "mrseam", "mrsignerseam", "xfam", "mrtd"}) {
    if (differs("report", name, name)) return std::string("report.") + name;
  }
  return differs("report", "seam_attributes", "seamattr") || differs("report", "td_attributes", "tdattr") ? "report attributes"
                                                                                                          : "";
}

}  // namespace

TEST_CASE("every captured vector comes out as its file says: outcome, status, advisories, identity, validity") {
  const auto data = real_data();
  if (!data) {
    std::printf("real vectors: none (COSIGNER_REAL_DATA is not set)\n");
    return;
  }
  std::size_t passed = 0;
  const auto vectors = read_all_evidence(*data + "/vectors");
  for (const EvidenceFolder& each : vectors) {
    INFO(each.name);
    const bool has_crls = each.expected["crl_present"]["pck"].get<bool>();
    if (!has_crls) CHECK(outcome_of(verify(each)) == "crl_missing");
    const Attestation result = verify(each, has_crls ? Policy() : without_crls());
    const std::string wrong = difference(result, each.expected) + difference_in_details(result, each.expected);
    CHECK(wrong == "");
    if (each.root)
      CHECK(outcome_of(attest::verify(each.quote, each.collateral,
                                      {each.at(), attest::intel_root(), Policy(), {}, {}, {}, nullptr})) == "untrusted_root");
    passed += wrong.empty() ? 1 : 0;
  }
  CHECK(vectors.size() >= 23);
  say("real vectors", passed, vectors.size());
}

TEST_CASE("every made vector comes out as its file says, and none of them under Intel's root") {
  const auto data = real_data();
  if (!data) return;
  std::size_t passed = 0;
  const auto vectors = read_all_evidence(*data + "/synthetic");
  for (const EvidenceFolder& each : vectors) {
    INFO(each.name);
    const std::string expect = each.expected["expect"];
    const Attestation result = verify(each);
    std::string wrong;
    if (expect == "reject")
      wrong = result.is_verified() ? "it is verified" : "";
    else if (expect == "either_outofdate_refused")
      wrong = outcome_of(result) == "tcb_info_invalid" ? "" : "levels out of order are refused here";
    else if (expect == "either")
      wrong = result.is_verified() && result.is_accepted() ? "" : "a version 4 quote with an SGX body is taken here";
    else
      wrong = difference(result, each.expected);
    CHECK(wrong == "");
    passed += wrong.empty() ? 1 : 0;
    const Attestation under_intel =
        attest::verify(each.quote, each.collateral, {each.at(), attest::intel_root(), Policy(), {}, {}, {}, nullptr});
    CHECK_FALSE(under_intel.is_verified());
  }
  CHECK(vectors.size() >= 65);
  say("made vectors", passed, vectors.size());
}

TEST_CASE("504 sets of versions match the level of a real TCB info that Intel's own verifier finds") {
  const auto data = real_data();
  if (!data) return;
  std::size_t passed = 0;
  const auto cases = read_json(*data + "/tcb_match_cases.json")["cases"];
  for (const auto& each : cases) {
    const std::string name = each["tcb_info"];
    INFO(name << ": " << each["what"]);
    const std::string text = read_file(*data + "/collateral/" + name);
    const auto cut = attest::cut_signed_json(text, "tcbInfo", attest::Refusal::tcb_info_invalid);
    REQUIRE(cut.ok());
    const auto info = attest::read_tcb_info(cut->inner);
    REQUIRE(info.ok());
    attest::Components components{};
    for (std::size_t i = 0; i < components.size(); ++i) components[i] = each["components"][i];
    const auto* level = attest::find_platform_level(*info, components, each["pcesvn"], "");
    const bool none = each["level_index"].is_null();
    const bool same = none ? level == nullptr
                           : level != nullptr && level - info->levels.data() == each["level_index"].get<long>() &&
                                 name_of(level->verdict.status) == each["status"].get<std::string>() &&
                                 to_iso(level->verdict.date) == each["tcb_date"].get<std::string>();
    auto advisories = level == nullptr ? std::vector<std::string>() : level->verdict.advisories;
    std::sort(advisories.begin(), advisories.end());
    auto wanted = each["advisory_ids"].get<std::vector<std::string>>();
    std::sort(wanted.begin(), wanted.end());
    CHECK(same);
    CHECK(advisories == wanted);
    passed += same && advisories == wanted ? 1 : 0;
  }
  CHECK(cases.size() == 504);
  say("TCB cases", passed, cases.size());
}

TEST_CASE("captured quotes without collateral are cut right, and one with a bad certificate signature is refused for its chain") {
  const auto data = real_data();
  if (!data) return;
  std::size_t passed = 0;
  for (const std::string name : {"oasis_v3_eppid", "oasis_tdx_trailing", "phala_tdxhex", "oe_report_bad"}) {
    INFO(name);
    const std::string bytes = read_file(*data + "/quotes/" + name + ".bin");
    const auto expected = read_json(*data + "/quotes/" + name + ".json");
    const auto quote = attest::parse_quote(bytes);
    REQUIRE(quote.ok());
    CHECK(quote->version == expected["quote"]["version"]);
    CHECK(static_cast<int>(quote->certification_kind) == expected["quote"]["ctype"]);
    CHECK(quote->qe_auth_data.size() == expected["quote"]["authlen"]);
    const std::string report_data = quote->tee == attest::Tee::sgx
                                        ? attest::read_sgx_report(quote->body).report_data
                                        : attest::read_td_report(quote->body, quote->body_kind).report_data;
    CHECK(to_hex(report_data) == expected["report"]["report_data"]);
    CHECK(attest::P256Key::from_coordinates(quote->attestation_key)->verifies(quote->signed_bytes, quote->signature) ==
          expected["checks"]["quote_sig"].get<bool>());
    const Attestation result =
        attest::verify(bytes, {}, {Time(std::chrono::seconds(1690000000)), attest::intel_root(), Policy(), {}, {}, {}, nullptr});
    const std::string wanted = name == "oe_report_bad" ? "chain_invalid" : "collateral_unavailable";
    CHECK(outcome_of(result) == wanted);
    passed += outcome_of(result) == wanted ? 1 : 0;
  }
  say("quotes without collateral", passed, 4);
}

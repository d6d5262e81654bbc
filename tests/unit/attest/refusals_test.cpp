// One made vector, at least, for every refusal code, and for every row of facts of DCAP, section 8, what other verifiers took.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "unit/attest/evidence_folder.hpp"
#include "unit/attest/made_evidence.hpp"

using namespace attest_test;
using attest::Policy;
using attest::Refusal;

namespace {

struct Case {
  const char* what;
  Refusal refusal;
  std::function<void(Wishes&)> wish;                    // before making
  std::function<void(MadeEvidence&)> change = nullptr;  // after making
  Time at = noon;
};

std::set<Refusal> produced;  // by the cases below, for the test that none is left out

void check(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    INFO(each.what);
    Wishes wishes;
    if (each.wish) each.wish(wishes);
    MadeEvidence evidence = make(wishes);
    if (each.change) each.change(evidence);
    const auto result = verify(evidence, {}, each.at);
    INFO(result.refusal_rule);
    CHECK(outcome_of(result) == std::string(name_of(each.refusal)));
    CHECK_FALSE(result.is_accepted());
    if (result.refusal) produced.insert(*result.refusal);
  }
}

ChangeBytes set_byte(std::size_t at, char value) {
  return [=](std::string& bytes) { bytes.at(at) = value; };
}
Change set_member(const char* pointer, nlohmann::json value) {
  return [=](nlohmann::json& object) { object[nlohmann::json::json_pointer(pointer)] = value; };
}
Change drop(const char* name) {
  return [=](nlohmann::json& object) { object.erase(name); };
}

const MadeKey& rsa() {
  static const MadeKey key("RSA");
  return key;
}
const MadeKey& p384() {
  static const MadeKey key("secp384r1");
  return key;
}

}  // namespace

TEST_CASE("a quote that does not read, or is not of a kind we know, is refused before anything else") {
  check({
      {"another QE vendor", Refusal::unsupported_quote, [](Wishes& w) { w.header = set_byte(20, 'x'); }},
      {"version 2", Refusal::unsupported_quote, [](Wishes& w) { w.header = set_byte(0, 2); }},
      {"version 6", Refusal::unsupported_quote, [](Wishes& w) { w.header = set_byte(0, 6); }},
      {"a P-384 attestation key", Refusal::unsupported_quote, [](Wishes& w) { w.header = set_byte(2, 3); }},
      {"version 3 for TDX", Refusal::unsupported_quote, [](Wishes& w) { w.header = set_byte(4, '\x81'); }},
      {"certification data of type 4", Refusal::unsupported_quote,
       [](Wishes& w) {
         w.certification_type = 4;
         w.certification_data = "x";
       }},
      {"certification data of type 6 inside", Refusal::unsupported_quote,
       [](Wishes& w) {
         w.certification_type = 6;
         w.certification_data = "x";
       }},
      {"certification data of type 7", Refusal::unsupported_quote,
       [](Wishes& w) {
         w.certification_type = 7;
         w.certification_data = "x";
       }},
      {"nothing", Refusal::malformed_quote, nullptr, [](MadeEvidence& e) { e.quote.clear(); }},
      {"larger than any quote", Refusal::malformed_quote, nullptr,
       [](MadeEvidence& e) { e.quote.append(attest::quote_size_limit, '\0'); }},
  });
  for (const std::size_t field : {432u, 1048u}) {  // length of the signature data, of the certification data
    for (const char* value : {"\0\0\0\0", "\xFF\xFF\xFF\xFF"}) {
      check({{"a size that does not fit", Refusal::malformed_quote, nullptr,
              [&](MadeEvidence& e) { e.quote.replace(field, 4, value, 4); }}});
    }
    for (const int off : {-1, 1})
      check({{"a size off by one", Refusal::malformed_quote, nullptr,
              [&](MadeEvidence& e) { e.quote[field] = static_cast<char>(e.quote[field] + off); }}});
  }
}

TEST_CASE("a body of version 5 has the size of its type, and an SGX body belongs to an SGX quote") {
  Wishes wishes;
  wishes.version = 5;
  const auto patched = [&](std::size_t at, char value) {
    MadeEvidence evidence = make(wishes);
    evidence.quote[at] = value;
    return outcome_of(verify(evidence));
  };
  CHECK(patched(48, 0) == "unsupported_quote");
  CHECK(patched(48, 5) == "unsupported_quote");
  CHECK(patched(48, 2) == "malformed_quote");
  CHECK(patched(50, 1) == "malformed_quote");
  CHECK(patched(4, '\x81') == "malformed_quote");
}

TEST_CASE("a chain that is not leaf, PCK CA and pinned root, each issued by the next in its role, is refused") {
  check({
      {"whole hierarchy of another root with the same names", Refusal::untrusted_root,
       [](Wishes& w) {
         w.sent_root_key = &keys().other_root;
         w.ca_issuer = w.signer_issuer = w.root_crl_key = &keys().other_root;
       }},
      {"CA by another root, the pinned one sent", Refusal::chain_invalid, [](Wishes& w) { w.ca_issuer = &keys().other_root; }},
      {"leaf by a stranger", Refusal::chain_invalid, [](Wishes& w) { w.leaf_issuer = &keys().stranger; }},
      {"leaf's issuer has another name", Refusal::chain_invalid, [](Wishes& w) { w.leaf.issuer = "Intel SGX PCK Processor CA"; }},
      {"CA is no CA", Refusal::chain_invalid,
       [](Wishes& w) {
         w.ca.is_ca = false;
         w.ca.path_length = -1;
       }},
      {"CA may not sign lists", Refusal::chain_invalid, [](Wishes& w) { w.ca.key_usage = "keyCertSign"; }},
      {"CA's name contains the right name", Refusal::chain_invalid,
       [](Wishes& w) {
         w.ca.common_name = "Not Intel SGX PCK Platform CA";
         w.leaf.issuer = w.ca.common_name;
       }},
      {"leaf's name contains the right name", Refusal::chain_invalid,
       [](Wishes& w) { w.leaf.common_name = "Intel SGX PCK Certificate 2"; }},
      {"leaf is a CA", Refusal::chain_invalid, [](Wishes& w) { w.leaf.is_ca = true; }},
      {"leaf with an unknown critical extension", Refusal::chain_invalid, [](Wishes& w) { w.leaf.has_unknown_critical = true; }},
      {"leaf without SGX extension", Refusal::chain_invalid, [](Wishes& w) { w.leaf.sgx_extension = "none"; }},
      {"leaf with an RSA key", Refusal::chain_invalid, [](Wishes& w) { w.leaf_key = &rsa(); }},
      {"leaf with a P-384 key", Refusal::chain_invalid, [](Wishes& w) { w.leaf_key = &p384(); }},
      {"leaf signed by an RSA key", Refusal::chain_invalid, [](Wishes& w) { w.leaf_issuer = &rsa(); }},
      {"signer with a P-384 key", Refusal::chain_invalid, [](Wishes& w) { w.signer_key = &p384(); }},
      {"signer issued by the PCK CA", Refusal::chain_invalid,
       [](Wishes& w) {
         w.signer.issuer = w.ca.common_name;
         w.signer_issuer = &keys().ca;
       }},
      {"signer with another role's name", Refusal::chain_invalid,
       [](Wishes& w) { w.signer.common_name = "Intel SGX PCK Certificate"; }},
      {"signer is a CA", Refusal::chain_invalid, [](Wishes& w) { w.signer.is_ca = true; }},
      {"chain in reverse", Refusal::chain_invalid,
       [](Wishes& w) {
         w.chain = [](std::string& pem) {
           const auto at = pem.find("-----BEGIN", 20);
           pem = pem.substr(at) + pem.substr(0, at);
         };
       }},
      {"chain without root", Refusal::chain_invalid,
       [](Wishes& w) { w.chain = [](std::string& pem) { pem.resize(pem.rfind("-----BEGIN")); }; }},
      {"text between the certificates", Refusal::chain_invalid,
       [](Wishes& w) { w.chain = [](std::string& pem) { pem.insert(pem.find("-----BEGIN", 20), "subject=x\n"); }; }},
      {"signing chain of the PCK chain", Refusal::chain_invalid, nullptr,
       [](MadeEvidence& e) { e.collateral.tcb_signing_chain = std::string(attest::parse_quote(e.quote)->certification_data); }},
      {"signing chain empty", Refusal::chain_invalid, nullptr, [](MadeEvidence& e) { e.collateral.tcb_signing_chain = ""; }},
      {"no signing chain", Refusal::collateral_unavailable, nullptr,
       [](MadeEvidence& e) { e.collateral.tcb_signing_chain.reset(); }},
  });
}

TEST_CASE("dates of certificates count at both ends, to the second") {
  Wishes wishes;
  const auto judged = [&](Time at) { return outcome_of(verify(make(wishes), {}, at)); };
  for (CertificateWish* each : {&wishes.leaf, &wishes.ca, &wishes.signer}) {
    const CertificateWish before = *each;
    each->from = noon;
    CHECK(judged(noon) == "verified");
    CHECK(judged(noon - std::chrono::seconds(1)) == "cert_not_yet_valid");
    *each = before;
    each->until = noon;
    CHECK(judged(noon) == "verified");
    CHECK(judged(noon + std::chrono::seconds(1)) == "cert_expired");
    *each = before;
  }
  CHECK(judged(Time()) == "cert_not_yet_valid");
  check({{"not yet", Refusal::cert_not_yet_valid, [](Wishes& w) { w.leaf.from = noon + day; }},
         {"ended", Refusal::cert_expired, [](Wishes& w) { w.root.until = noon - day; }}});
}

TEST_CASE("revocation lists are demanded, authentic, in date, and looked at to their last entry") {
  const auto sixty = [](const char* last) {
    std::vector<std::string> serials;
    for (int i = 0; i < 59; ++i) serials.push_back("B1" + std::to_string(10 + i));
    serials.emplace_back(last);
    return serials;
  };
  check({
      {"no PCK list", Refusal::crl_missing, nullptr, [](MadeEvidence& e) { e.collateral.pck_crl.reset(); }},
      {"no root list", Refusal::crl_missing, nullptr, [](MadeEvidence& e) { e.collateral.root_crl.reset(); }},
      {"empty PCK list", Refusal::crl_invalid, nullptr, [](MadeEvidence& e) { e.collateral.pck_crl = ""; }},
      {"lists in each other's place", Refusal::crl_invalid, nullptr,
       [](MadeEvidence& e) { std::swap(e.collateral.pck_crl, e.collateral.root_crl); }},
      {"list of the other CA", Refusal::crl_invalid, [](Wishes& w) { w.pck_crl.issuer = "Intel SGX PCK Processor CA"; }},
      {"list by a stranger under the CA's name", Refusal::crl_invalid, [](Wishes& w) { w.pck_crl_key = &keys().stranger; }},
      {"root list by a stranger", Refusal::crl_invalid, [](Wishes& w) { w.root_crl_key = &keys().stranger; }},
      {"a critical extension of the last of sixty entries", Refusal::crl_invalid,
       [&](Wishes& w) {
         w.pck_crl.serials = sixty("B0FF");
         w.pck_crl.critical = "B0FF";
       }},
      {"a critical extension of an entry between others", Refusal::crl_invalid,
       [&](Wishes& w) {
         w.pck_crl.serials = {"B001", "B002", "B003"};
         w.pck_crl.critical = "B002";
       }},
      {"no next update", Refusal::crl_invalid, [](Wishes& w) { w.pck_crl.has_next_update = false; }},
      {"tampered list", Refusal::crl_invalid, nullptr,
       [](MadeEvidence& e) { e.collateral.pck_crl->at(e.collateral.pck_crl->size() - 80) ^= 1; }},
      {"PCK list ended", Refusal::crl_expired, [](Wishes& w) { w.pck_crl.until = noon - day; }},
      {"root list ended", Refusal::crl_expired, [](Wishes& w) { w.root_crl.until = noon - day; }},
      {"PCK list of the future", Refusal::crl_not_yet_valid, [](Wishes& w) { w.pck_crl.from = noon + day; }},
      {"root list of the future", Refusal::crl_not_yet_valid, [](Wishes& w) { w.root_crl.from = noon + day; }},
      {"leaf revoked, the last of sixty", Refusal::cert_revoked, [&](Wishes& w) { w.pck_crl.serials = sixty("A003"); }},
      {"PCK CA revoked", Refusal::cert_revoked, [&](Wishes& w) { w.root_crl.serials = sixty("A002"); }},
      {"TCB signer revoked", Refusal::cert_revoked, [&](Wishes& w) { w.root_crl.serials = sixty("A004"); }},
      {"leading zeros do not hide a serial", Refusal::cert_revoked, [&](Wishes& w) { w.pck_crl.serials = {"0000A003"}; }},
  });
}

TEST_CASE("a revocation list is taken as DER, as PEM, as hex digits of either case, and with one NUL byte at its end") {
  MadeEvidence evidence = make();
  const std::string der = *evidence.collateral.pck_crl;
  std::string upper = to_hex(der);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const std::string& form : {der, der + '\0', to_pem(der, "X509 CRL"), to_pem(der, "X509 CRL") + '\0', to_hex(der), upper,
                                  upper + '\0', to_hex(der) + "\n"}) {
    evidence.collateral.pck_crl = form;
    CHECK(verify(evidence).is_accepted());
  }
  for (const std::string& form : {der + std::string(2, '\0'), der.substr(0, der.size() - 1), to_hex(der).substr(1), to_pem(der),
                                  to_pem(der, "X509 CRL") + to_pem(der, "X509 CRL")}) {
    evidence.collateral.pck_crl = form;
    CHECK(outcome_of(verify(evidence)) == "crl_invalid");
  }
}

TEST_CASE("TCB info is believed as the bytes that were signed, and only if it is sound, in date and about this platform") {
  check({
      {"none", Refusal::collateral_unavailable, nullptr, [](MadeEvidence& e) { e.collateral.tcb_info.reset(); }},
      {"signed by a stranger", Refusal::tcb_info_invalid, [](Wishes& w) { w.json_key = &keys().stranger; }},
      {"a blank inside", Refusal::tcb_info_invalid, nullptr,
       [](MadeEvidence& e) { e.collateral.tcb_info->insert(e.collateral.tcb_info->find("\"version\":") + 10, " "); }},
      {"a status changed", Refusal::tcb_info_invalid, nullptr,
       [](MadeEvidence& e) { e.collateral.tcb_info->replace(e.collateral.tcb_info->find("OutOfDate"), 9, "UpToDate\""); }},
      {"15 components", Refusal::tcb_info_invalid,
       [](Wishes& w) { w.tcb_info = [](nlohmann::json& j) { j["tcbLevels"][0]["tcb"]["sgxtcbcomponents"].erase(15); }; }},
      {"no components", Refusal::tcb_info_invalid,
       [](Wishes& w) { w.tcb_info = set_member("/tcbLevels/0/tcb/sgxtcbcomponents", nlohmann::json::array()); }},
      {"17 components", Refusal::tcb_info_invalid,
       [](Wishes& w) {
         w.tcb_info = [](nlohmann::json& j) { j["tcbLevels"][0]["tcb"]["sgxtcbcomponents"].push_back({{"svn", 0}}); };
       }},
      {"component 256", Refusal::tcb_info_invalid,
       [](Wishes& w) { w.tcb_info = set_member("/tcbLevels/0/tcb/sgxtcbcomponents/0/svn", 256); }},
      {"component below zero", Refusal::tcb_info_invalid,
       [](Wishes& w) { w.tcb_info = set_member("/tcbLevels/0/tcb/sgxtcbcomponents/0/svn", -1); }},
      {"component 7.0", Refusal::tcb_info_invalid,
       [](Wishes& w) { w.tcb_info = set_member("/tcbLevels/0/tcb/sgxtcbcomponents/0/svn", 7.0); }},
      {"PCESVN wraps", Refusal::tcb_info_invalid, [](Wishes& w) { w.tcb_info = set_member("/tcbLevels/0/tcb/pcesvn", 65549); }},
      {"levels in another order", Refusal::tcb_info_invalid,
       [](Wishes& w) { w.tcb_info = [](nlohmann::json& j) { std::swap(j["tcbLevels"][0], j["tcbLevels"][1]); }; }},
      {"no levels", Refusal::tcb_info_invalid, [](Wishes& w) { w.tcb_info = set_member("/tcbLevels", nlohmann::json::array()); }},
      {"unknown status", Refusal::tcb_info_invalid, [](Wishes& w) { w.platform_status = "Fine"; }},
      {"a verdict's status as a level's", Refusal::tcb_info_invalid, [](Wishes& w) { w.platform_status = "TDRelaunchAdvised"; }},
      {"version 1", Refusal::tcb_info_invalid, [](Wishes& w) { w.tcb_info = set_member("/version", 1); }},
      {"no id", Refusal::tcb_info_invalid, [](Wishes& w) { w.tcb_info = drop("id"); }},
      {"month 13", Refusal::tcb_info_invalid, [](Wishes& w) { w.tcb_info = set_member("/issueDate", "2026-13-01T00:00:00Z"); }},
      {"epoch seconds for a date", Refusal::tcb_info_invalid, [](Wishes& w) { w.tcb_info = set_member("/issueDate", "1"); }},
      {"an advisory id with control characters", Refusal::tcb_info_invalid,
       [](Wishes& w) { w.tcb_info = set_member("/tcbLevels/0/advisoryIDs/0", "x\x1b[2J"); }},
      {"comparison rule 1", Refusal::tcb_info_invalid, [](Wishes& w) { w.tcb_info = set_member("/tcbType", 1); }},
      {"issued tomorrow", Refusal::tcb_info_invalid,
       [](Wishes& w) { w.tcb_info = set_member("/issueDate", to_iso(noon + day)); }},
      {"ended", Refusal::tcb_info_expired, [](Wishes& w) { w.tcb_info = set_member("/nextUpdate", to_iso(noon - day)); }},
      {"FMSPC of another family", Refusal::tcb_info_mismatch,
       [](Wishes& w) { w.tcb_info = set_member("/fmspc", "00AABBCCDD01"); }},
      {"other PCEID", Refusal::tcb_info_mismatch, [](Wishes& w) { w.tcb_info = set_member("/pceId", "0001"); }},
      {"version 2 for TDX", Refusal::tcb_info_invalid,
       [](Wishes& w) {
         w.version = 4;
         w.tee = attest::Tee::tdx;
         w.body_kind = attest::BodyKind::td_10;
         w.tcb_info = set_member("/version", 2);
       }},
      {"no level fits", Refusal::tcb_not_supported,
       [](Wishes& w) {
         w.tcb_info = [](nlohmann::json& j) {
           for (auto& level : j["tcbLevels"]) level["tcb"]["pcesvn"] = 14;
         };
       }},
  });
  Wishes lower;
  lower.tcb_info = set_member("/fmspc", "00aAbBcCdD00");
  CHECK(verify(make(lower)).is_accepted());
}

TEST_CASE("the outer object may hold its two members in either order, but each only once and nothing else") {
  MadeEvidence evidence = make();
  const std::string text = *evidence.collateral.tcb_info;
  const auto at = text.rfind(",\"signature\"");
  const std::string inner = text.substr(1, at - 1), signature = text.substr(at + 1, text.size() - at - 2);
  const auto judged = [&](const std::string& changed) {
    evidence.collateral.tcb_info = changed;
    return outcome_of(verify(evidence));
  };
  CHECK(judged("{" + signature + "," + inner + "}") == "verified");
  CHECK(judged(" {\n" + inner + " , " + signature + "\t}\r\n") == "verified");
  CHECK(judged(text + '\0') == "verified");
  const std::string evil = "\"tcbInfo\":{\"tcbLevels\":[]}";
  CHECK(judged("{" + evil + "," + inner + "," + signature + "}") == "tcb_info_invalid");
  CHECK(judged("{" + inner + "," + evil + "," + signature + "}") == "tcb_info_invalid");
  CHECK(judged("{" + inner + "," + signature + "," + signature + "}") == "tcb_info_invalid");
  CHECK(judged("{" + inner + "," + signature + ",\"x\":1}") == "tcb_info_invalid");
  CHECK(judged("{" + inner + "}") == "tcb_info_invalid");
  CHECK(judged(text + "x") == "tcb_info_invalid");
  CHECK(judged("{\"tcbInfo\":" + std::string(100000, '[')) == "tcb_info_invalid");
  CHECK(judged("{\"tcbInfo\":{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}," + signature + "}") ==
        "tcb_info_invalid");
  CHECK(judged(text + std::string(1024 * 1024, ' ')) == "tcb_info_invalid");
  const std::string object = text.substr(11, at - 11);
  CHECK(judged(signed_json("tcbInfo", object, keys().signer)) == "verified");
  CHECK(judged(signed_json("tcbInfo", "{\"version\":3," + object.substr(1), keys().signer)) ==
        "tcb_info_invalid");  // signed, but two readers could differ
}

TEST_CASE("the QE identity is verified like the TCB info, and the QE's report is held to it") {
  check({
      {"none", Refusal::collateral_unavailable, nullptr, [](MadeEvidence& e) { e.collateral.qe_identity.reset(); }},
      {"altered", Refusal::qe_identity_invalid, nullptr,
       [](MadeEvidence& e) {
         e.collateral.qe_identity->replace(e.collateral.qe_identity->find("\"isvprodid\":1"), 13, "\"isvprodid\":2");
       }},
      {"a TCB info in its place", Refusal::qe_identity_invalid, nullptr,
       [](MadeEvidence& e) { e.collateral.qe_identity = e.collateral.tcb_info; }},
      {"identity of the TDX quoting enclave", Refusal::qe_identity_mismatch,
       [](Wishes& w) { w.qe_identity = set_member("/id", "TD_QE"); }},
      {"identity of the verifying enclave", Refusal::qe_identity_mismatch,
       [](Wishes& w) { w.qe_identity = set_member("/id", "QVE"); }},
      {"version 1", Refusal::qe_identity_invalid, [](Wishes& w) { w.qe_identity = set_member("/version", 1); }},
      {"no levels", Refusal::qe_identity_invalid,
       [](Wishes& w) { w.qe_identity = set_member("/tcbLevels", nlohmann::json::array()); }},
      {"levels in another order", Refusal::qe_identity_invalid,
       [](Wishes& w) { w.qe_identity = [](nlohmann::json& j) { std::swap(j["tcbLevels"][0], j["tcbLevels"][1]); }; }},
      {"a platform's status", Refusal::qe_identity_invalid, [](Wishes& w) { w.qe_status = "SWHardeningNeeded"; }},
      {"issued tomorrow", Refusal::qe_identity_invalid,
       [](Wishes& w) { w.qe_identity = set_member("/issueDate", to_iso(noon + day)); }},
      {"ended", Refusal::qe_identity_expired, [](Wishes& w) { w.qe_identity = set_member("/nextUpdate", to_iso(noon - day)); }},
      {"MISCSELECT", Refusal::qe_identity_mismatch, [](Wishes& w) { w.qe_identity = set_member("/miscselect", "01000000"); }},
      {"attributes outside their mask can never match", Refusal::qe_identity_mismatch,
       [](Wishes& w) { w.qe_identity = set_member("/attributes", "15000000000000000000000000000000"); }},
      {"a DEBUG quoting enclave", Refusal::qe_identity_mismatch, [](Wishes& w) { w.qe_report = set_byte(48, 0x17); }},
      {"a stranger's enclave with a genuine PCK signature", Refusal::qe_identity_mismatch,
       [](Wishes& w) { w.qe_report = set_byte(128, 1); }},
      {"another product of the signer", Refusal::qe_identity_mismatch, [](Wishes& w) { w.qe_report = set_byte(256, 2); }},
      {"a QE older than every level", Refusal::tcb_not_supported, [](Wishes& w) { w.qe_report = set_byte(258, 5); }},
  });
}

TEST_CASE("QE report, attestation key and quote are bound to each other by signatures and hash") {
  check({
      {"QE report signed by a stranger", Refusal::qe_report_signature, [](Wishes& w) { w.qe_report_key = &keys().stranger; }},
      {"QE report of other authentication data", Refusal::qe_binding, [](Wishes& w) { w.auth_data = set_byte(3, 'x'); }},
      {"report data not zero to the end", Refusal::qe_binding, [](Wishes& w) { w.qe_report = set_byte(383, 1); }},
      {"report data of another key", Refusal::qe_binding, [](Wishes& w) { w.qe_report = set_byte(320, 'x'); }},
      {"quote signed by a stranger", Refusal::quote_signature, [](Wishes& w) { w.quote_key = &keys().stranger; }},
      {"body changed after signing", Refusal::quote_signature, nullptr, [](MadeEvidence& e) { e.quote[112] ^= 1; }},
      {"DEBUG bit changed after signing", Refusal::quote_signature, nullptr, [](MadeEvidence& e) { e.quote[96] ^= 2; }},
      {"the null signature", Refusal::quote_signature,
       [](Wishes& w) { w.signature = [](std::string& s) { s.assign(64, '\0'); }; }},
      {"r is 0", Refusal::quote_signature,
       [](Wishes& w) { w.signature = [](std::string& s) { s.replace(0, 32, std::string(32, '\0')); }; }},
      {"s is 0", Refusal::quote_signature,
       [](Wishes& w) { w.signature = [](std::string& s) { s.replace(32, 32, std::string(32, '\0')); }; }},
      {"r is the order", Refusal::quote_signature,
       [](Wishes& w) {
         w.signature = [](std::string& s) {
           s.replace(0, 32, from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value());
         };
       }},
      {"s is all ones", Refusal::quote_signature,
       [](Wishes& w) { w.signature = [](std::string& s) { s.replace(32, 32, std::string(32, '\xFF')); }; }},
  });
}

TEST_CASE("an attestation key off the curve, or (0,0), is refused even when the QE names it") {
  for (const std::string& xy : {std::string(64, '\0'), std::string(64, '\x01'), std::string(64, '\xFF')}) {
    CHECK_FALSE(attest::P256Key::from_coordinates(xy).has_value());
    Wishes wishes;
    wishes.qe_report = [&](std::string& report) { report.replace(320, 32, sha256(xy + std::string(32, '\x07'))); };
    MadeEvidence evidence = make(wishes);
    evidence.quote.replace(500, 64, xy);
    CHECK(outcome_of(verify(evidence)) == "quote_signature");
  }
}

TEST_CASE("a quote whose TDX module is not Intel's is refused") {
  const auto tdx = [](std::function<void(Wishes&)> more) {
    return [more](Wishes& w) {
      w.version = 4;
      w.tee = attest::Tee::tdx;
      w.body_kind = attest::BodyKind::td_10;
      more(w);
    };
  };
  check({
      {"signed by somebody else", Refusal::tdx_module_mismatch, tdx([](Wishes& w) { w.body = set_byte(64, 1); })},
      {"other attributes", Refusal::tdx_module_mismatch, tdx([](Wishes& w) { w.body = set_byte(112, 1); })},
      {"a major version that is not listed", Refusal::tdx_module_mismatch, tdx([](Wishes& w) { w.body = set_byte(1, 9); })},
      {"a version below every level", Refusal::tcb_not_supported, tdx([](Wishes& w) { w.body = set_byte(0, 1); })},
      {"TDX components below every level", Refusal::tcb_not_supported, tdx([](Wishes& w) { w.body = set_byte(2, 1); })},
      {"SGX collateral", Refusal::tcb_info_mismatch, tdx([](Wishes& w) { w.tcb_info = set_member("/id", "SGX"); })},
      {"no module list at all", Refusal::tcb_info_invalid, tdx([](Wishes& w) { w.tcb_info = drop("tdxModule"); })},
  });
}

TEST_CASE(
    "genuine evidence that answers another question is refused: other nonce or key, other platform, older collateral, clock set "
    "back") {
  const MadeEvidence evidence = make();
  const Policy policy;
  const auto asked = [&](const attest::Question& question) {
    const auto result = attest::verify(evidence.quote, evidence.collateral, question);
    if (result.refusal) produced.insert(*result.refusal);
    return outcome_of(result);
  };
  attest::Question question{noon, evidence.root, policy, {}, {}, {}, nullptr};
  const auto good = attest::verify(evidence.quote, evidence.collateral, question);
  question.report_data = std::string(64, '\x33');
  CHECK(asked(question) == "verified");
  question.report_data = attest::bound_report_data("nonce", "key");
  CHECK(asked(question) == "binding_mismatch");
  question.report_data.reset();
  question.platform = platform_id(good.verified->platform);
  CHECK(asked(question) == "verified");
  question.platform = sha256_hex("another");
  CHECK(asked(question) == "platform_mismatch");
  question.platform.reset();
  question.clock_floor = noon;
  CHECK(asked(question) == "verified");
  question.clock_floor = noon + std::chrono::seconds(1);
  CHECK(asked(question) == "clock_below_floor");
  question.clock_floor.reset();
  attest::Marks seen = good.verified->marks;
  question.seen = &seen;
  CHECK(asked(question) == "verified");
  for (auto& [key, mark] : seen) {
    INFO(key);
    const attest::Mark kept = mark;
    mark.number.back() = static_cast<char>(mark.number.back() + 1);
    CHECK(asked(question) == "collateral_older_than_seen");
    mark = kept;
    mark.issued += std::chrono::seconds(1);
    CHECK(asked(question) == "collateral_older_than_seen");
    mark = kept;
  }
}

TEST_CASE("every refusal code was produced by a made vector") {
  for (const Refusal each : attest::all_refusals()) {
    INFO(name_of(each));
    CHECK(produced.count(each) == 1);
  }
}

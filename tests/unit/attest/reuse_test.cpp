// Verified collateral that is used again, Intel's root, the memory of newer collateral.
#include <openssl/x509.h>

#include <catch2/catch.hpp>

#include "attest/pem.hpp"
#include "attest/show.hpp"
#include "base/encoding.hpp"
#include "kit/schema_check.hpp"
#include "unit/attest/evidence_folder.hpp"
#include "unit/attest/made_evidence.hpp"

using namespace attest_test;
using attest::Policy;
using attest::VerifiedCollateral;

namespace {

/// The document without its steps, whose evidence says what was kept.
std::string verdict_of(const attest::Attestation& result) {
  auto document = nlohmann::json::parse(to_json_document(result));
  document.erase("steps");
  return document.dump();
}

/// What OpenSSL's own certificate code says about a signature.
bool openssl_verifies(const std::string& certificate, const std::string& issuer) {
  const auto read = [](const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    return d2i_X509(nullptr, &at, static_cast<long>(der.size()));
  };
  X509 *subject = read(certificate), *above = read(issuer);
  const bool good = subject != nullptr && above != nullptr && X509_verify(subject, X509_get0_pubkey(above)) == 1;
  X509_free(subject);
  X509_free(above);
  return good;
}

}  // namespace

TEST_CASE("the built-in root is Intel's: certificate, key, name, serial and dates as published") {
  const auto& root = attest::intel_root();
  CHECK_FALSE(root.is_custom);
  CHECK(root.sha256 == "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3");
  CHECK(to_hex(root.certificate.key_coordinates) ==
        "0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f567918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b09"
        "04ae7394");
  CHECK(root.certificate.common_name == "Intel SGX Root CA");
  CHECK(to_hex(root.certificate.serial) == "22650cd65a9d3489f383b49552bf501b392706ac");
  CHECK(to_iso(root.certificate.not_before) == "2018-05-21T10:45:10Z");
  CHECK(to_iso(root.certificate.not_after) == "2049-12-31T23:59:59Z");
  CHECK_FALSE(attest::custom_root("").ok());
  CHECK_FALSE(attest::custom_root(to_pem("x")).ok());
}

TEST_CASE("reused collateral gives the same verdict as everything anew, and judges dates, revocation and policy each time") {
  const MadeEvidence evidence = make();
  const Policy policy;
  for (const auto leaf : {VerifiedCollateral::Leaf::verify_anew, VerifiedCollateral::Leaf::keep}) {
    const auto kept = VerifiedCollateral::from(evidence.quote, evidence.collateral, evidence.root, leaf);
    REQUIRE(kept.ok());
    for (const Time at : {noon, noon - 60 * day, noon + 60 * day, Time(), noon + 3000 * day}) {
      CHECK(verdict_of(kept->verify(evidence.quote, {at, evidence.root, policy, {}, {}, {}, nullptr})) ==
            verdict_of(verify(evidence, policy, at)));
    }
    std::string changed = evidence.quote;
    changed[60] ^= 1;
    CHECK(outcome_of(kept->verify(changed, {noon, evidence.root, policy, {}, {}, {}, nullptr})) == "quote_signature");
    Policy strict;
    strict.accepted_statuses = {};
    CHECK_FALSE(kept->verify(evidence.quote, {noon, evidence.root, strict, {}, {}, {}, nullptr}).is_accepted());
    CHECK(outcome_of(kept->verify(evidence.quote, {noon, attest::intel_root(), policy, {}, {}, {}, nullptr})) ==
          "collateral_unavailable");
  }
}

TEST_CASE("reused collateral does not vouch for another PCK CA, a leaf of a stranger, or a leaf that is revoked by now") {
  const Policy policy;
  Wishes revoked;
  revoked.pck_crl.serials = {"A003"};
  const MadeEvidence evidence = make(revoked);
  const auto kept = VerifiedCollateral::from(evidence.quote, evidence.collateral, evidence.root, VerifiedCollateral::Leaf::keep);
  REQUIRE(kept.ok());
  CHECK(outcome_of(kept->verify(evidence.quote, {noon, evidence.root, policy, {}, {}, {}, nullptr})) == "cert_revoked");
  const MadeEvidence other = make();  // the same keys, other certificates of CA and root
  CHECK(outcome_of(kept->verify(other.quote, {noon, evidence.root, policy, {}, {}, {}, nullptr})) == "collateral_unavailable");
  MadeEvidence bad = evidence;
  bad.collateral.qe_identity->at(40) ^= 1;
  CHECK_FALSE(VerifiedCollateral::from(bad.quote, bad.collateral, bad.root).ok());
}

TEST_CASE("every certificate signature comes out as OpenSSL's own certificate code says, good and bad") {
  const MadeEvidence evidence = make();
  std::vector<std::string> chains = {std::string(attest::parse_quote(evidence.quote)->certification_data),
                                     *evidence.collateral.tcb_signing_chain};
  if (const auto data = real_data()) {
    for (const EvidenceFolder& each : read_all_evidence(*data + "/vectors")) {
      const auto quote = attest::parse_quote(each.quote);
      if (quote->certification_kind == attest::CertificationKind::pck_chain) chains.emplace_back(quote->certification_data);
      chains.push_back(*each.collateral.tcb_signing_chain);
    }
  }
  for (const std::string& chain : chains) {
    const auto blocks = attest::read_pem(chain, "CERTIFICATE").value();
    for (const std::string& subject : blocks) {
      for (const std::string& issuer : blocks) {
        const auto below = attest::read_certificate(subject, "x"), above = attest::read_certificate(issuer, "y");
        REQUIRE((below.ok() && above.ok()));
        CHECK(above->key->verifies_der(below->signed_content, below->signature) == openssl_verifies(subject, issuer));
      }
    }
  }
}

TEST_CASE(
    "the memory of collateral keeps the newest of each kind, survives its text form, and is never taken for empty when "
    "unreadable") {
  const auto marks = verify(make()).verified->marks;
  CHECK(marks.size() == 4);
  CHECK(marks.count("tcb_info/SGX/00aabbccdd00") == 1);
  CHECK(marks.count("crl/platform") == 1);
  const auto again = attest::read_memory_text(to_memory_text(marks));
  REQUIRE(again.ok());
  CHECK(to_memory_text(*again) == to_memory_text(marks));
  attest::Marks older = marks;
  older["qe_identity/QE"] = {std::string("\x01", 1), noon - 100 * day};
  CHECK(to_memory_text(merged(marks, older)) == to_memory_text(marks));
  CHECK(to_memory_text(merged(older, marks)) == to_memory_text(marks));
  CHECK(check_not_older(marks, older).ok());
  CHECK_FALSE(check_not_older(older, marks).ok());
  attest::Marks wide = marks;
  wide["crl/root"].number = std::string("\x01\x00", 2);  // 256 is more than 5
  CHECK(check_not_older(wide, marks).ok());
  CHECK_FALSE(check_not_older(marks, wide).ok());
  CHECK(attest::read_memory_text("").error().code == "attest.memory_unreadable");
  CHECK(attest::read_memory_text(
            R"({"schema":"cosigner.seen-collateral/1","seen":{"x":{"number":"0","issued":"2026-01-01T00:00:00Z"}}})")
            .error()
            .code == "attest.memory_unreadable");
  CHECK(to_iso(newest_signed_date(marks)) == to_iso(noon - 8 * day));
  CHECK_FALSE(attest::is_far_ahead(noon, newest_signed_date(marks)));
  CHECK(attest::is_far_ahead(noon + 730 * day, newest_signed_date(marks)));
}

TEST_CASE("a quote that is only shown says in every form that it is not verified") {
  for (const MadeEvidence& evidence : {make(), [] {
                                         Wishes w;
                                         w.version = 4;
                                         w.tee = attest::Tee::tdx;
                                         w.body_kind = attest::BodyKind::td_10;
                                         return make(w);
                                       }()}) {
    CHECK(attest::unverified_text(evidence.quote)->rfind("NOT VERIFIED", 0) == 0);
    const auto document = attest::unverified_document(evidence.quote);
    CHECK(kit::broken_rule_of_document(*document) == "");
    CHECK(nlohmann::json::parse(*document)["verified"] == false);
  }
  CHECK(attest::unverified_text("").error().code == "attest.malformed_quote");
}

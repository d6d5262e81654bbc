// Complete evidence of a throw-away hierarchy, with one wish changed at a time: what no capture can give.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "attest/verify.hpp"
#include "unit/attest/made_pki.hpp"

namespace attest_test {

/// 2026-06-15T00:00:00Z, in the middle of everything's time.
inline const Time noon{std::chrono::seconds(1781481600)};
inline constexpr auto day = std::chrono::hours(24);

struct Keys {
  MadeKey root, other_root, ca, leaf, signer, attestation, stranger;
};
const Keys& keys();

using Change = std::function<void(nlohmann::json&)>;
using ChangeBytes = std::function<void(std::string&)>;

struct Wishes {
  int version = 3;
  attest::Tee tee = attest::Tee::sgx;
  attest::BodyKind body_kind = attest::BodyKind::sgx;
  std::string platform_status = "UpToDate", qe_status = "UpToDate", module_status = "UpToDate";
  attest::PckExtension platform;  // as the maker's default
  CertificateWish root, ca, leaf, signer;
  CrlWish root_crl, pck_crl;
  const MadeKey *leaf_key, *ca_issuer, *leaf_issuer, *signer_key, *signer_issuer, *root_crl_key, *pck_crl_key, *json_key,
      *qe_report_key, *quote_key, *sent_root_key, *named_key;
  Change tcb_info, qe_identity;  // before signing
  ChangeBytes body, qe_report, auth_data, chain, signature,
      header;  // before signing what covers them; chain: the PEM; signature: 64 bytes after
  int certification_type = 5;
  std::string certification_data;  // empty: the chain
  Wishes();
};

struct MadeEvidence {
  std::string quote;
  attest::CollateralTexts collateral;
  attest::TrustRoot root;
};

MadeEvidence make(const Wishes& wishes = {});
attest::Attestation verify(const MadeEvidence& evidence, const attest::Policy& policy = {}, Time at = noon);
/// {"tcbInfo":{…},"signature":"…"}
std::string signed_json(const std::string& member, const std::string& inner, const MadeKey& key);

}  // namespace attest_test

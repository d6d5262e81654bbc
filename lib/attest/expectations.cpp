#include "attest/expectations.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attest/policy_json.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"

namespace cosigner::attest {
namespace {

using nlohmann::json;

Error unfit(const std::string& what) {
  return make_error("usage.policy_invalid", "the attestation policy cannot be used by setup: it " + what,
                    "Correct the policy file, or leave attestation.policy out.");
}

/// One measurement stands alone in the list; whoever listed others only does not want this enclave.
Status narrow(json& policy, const char* member, const std::vector<std::string>& listed, const std::string& wanted) {
  if (wanted.empty()) return {};
  const auto bytes = from_hex(wanted);
  if (!listed.empty() && (!bytes || std::find(listed.begin(), listed.end(), *bytes) == listed.end()))
    return unfit(std::string("excludes the enclave that the profile expects (") + member + ")");
  policy[member] = {wanted};
  return {};
}

}  // namespace

Status check_expected(const ExpectedEnclave& enclave) {
  if (!enclave.mrsigner.empty() || !enclave.mrenclave.empty()) return {};
  return make_error(
      "attest.expectation_missing",
      "the profile wants quotes to be verified (attestation mode \"quote\"), and does not say whose enclave to expect",
      "Set attestation.mrsigner (and productId, minSvn) in the profile.");
}

std::string to_policy_text(const ExpectedEnclave& enclave, const std::string& name) {
  json policy = {{"schema", "cosigner.attestation-policy/1"}, {"name", name}};
  if (!enclave.mrsigner.empty()) policy["mrsigner"] = {enclave.mrsigner};
  if (!enclave.mrenclave.empty()) policy["mrenclave"] = {enclave.mrenclave};
  if (enclave.product_id) policy["isvProdId"] = *enclave.product_id;
  if (enclave.minimum_svn) policy["minimumIsvSvn"] = *enclave.minimum_svn;
  return to_json_line(policy);
}

Result<std::string> narrowed_policy_text(std::string_view text, const ExpectedEnclave& enclave) {
  const Policy read = TRY(read_policy(text));
  if (read.allow_debug) return unfit("lets a DEBUG enclave sign");
  if (!read.require_crls) return unfit("does without revocation lists");
  json policy = TRY(parse_json(text));
  TRY(narrow(policy, "mrsigner", read.mrsigner, enclave.mrsigner));
  TRY(narrow(policy, "mrenclave", read.mrenclave, enclave.mrenclave));
  if (enclave.product_id && read.isvprodid.value_or(*enclave.product_id) != *enclave.product_id)
    return unfit("excludes the enclave that the profile expects (isvProdId)");
  if (enclave.product_id) policy["isvProdId"] = *enclave.product_id;
  if (enclave.minimum_svn && read.minimum_isvsvn.value_or(0) < *enclave.minimum_svn)
    policy["minimumIsvSvn"] = *enclave.minimum_svn;
  return to_json_line(policy);
}

}  // namespace cosigner::attest

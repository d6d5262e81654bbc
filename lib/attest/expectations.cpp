#include "attest/expectations.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"

namespace cosigner::attest {

Status check_expected(const ExpectedEnclave& enclave) {
  if (!enclave.mrsigner.empty() || !enclave.mrenclave.empty()) return {};
  return make_error("attest.expectation_missing", "the profile wants quotes to be verified (attestation mode \"quote\"), and does not say whose enclave to expect",
                    "Set attestation.mrsigner (and productId, minSvn) in the profile.");
}

std::string to_policy_text(const ExpectedEnclave& enclave, const std::string& name) {
  nlohmann::json policy = {{"schema", "cosigner.attestation-policy/1"}, {"name", name}};
  if (!enclave.mrsigner.empty()) policy["mrsigner"] = {enclave.mrsigner};
  if (!enclave.mrenclave.empty()) policy["mrenclave"] = {enclave.mrenclave};
  if (enclave.product_id) policy["isvProdId"] = *enclave.product_id;
  if (enclave.minimum_svn) policy["minimumIsvSvn"] = *enclave.minimum_svn;
  return to_json_line(policy);
}

}  // namespace cosigner::attest

// Chains and their certificates: PEM reads strictly, a certificate has one spelling, and none of a fuzzer's hangs below Intel's
// root.
#include "attest/chain.hpp"
#include "attest/pem.hpp"
#include "base/encoding.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void judge_certificate(const std::string& der) {
  const auto certificate = attest::read_certificate(der, "certificate");
  if (!certificate) return require_plain(certificate.error());
  require(certificate->key.has_value() && certificate->key_coordinates.size() == 64, "a certificate without a key");
  require(certificate->serial.empty() || certificate->serial.front() != '\0', "a serial number with a leading zero");
  require(!attest::read_certificate(der + '\0', "certificate").ok(), "a certificate with something behind it reads");
  const attest::TrustRoot& root = attest::intel_root();
  require(!attest::authentic_intermediate(der, root).ok() && !attest::authentic_signer(der, root).ok(),
          "a certificate that Intel did not sign");
}

void judge_chain(std::string_view text) {
  const auto blocks = attest::read_pem(text, "CERTIFICATE");
  if (!blocks) return;
  require(blocks->size() <= 8, "more blocks than the limit");
  std::string again;
  for (const std::string& block : *blocks) {
    judge_certificate(block);
    again += "-----BEGIN CERTIFICATE-----\n" + to_base64(block) + "\n-----END CERTIFICATE-----\n";
  }
  require(attest::read_pem(again, "CERTIFICATE") == blocks, "a chain changes when it is written and read");
  require(!attest::read_pem(std::string(text) + "x", "CERTIFICATE"), "a chain with text behind it reads");
  const auto three = attest::cut_chain(text, 3, "chain");
  require(three.ok() == (blocks->size() == 3), "a chain of another length than demanded");
}

}  // namespace

FUZZ_TARGET(pem_chain) {
  if (take_choice(input, 2) == 0) return judge_chain(input);
  judge_certificate(std::string(input));
}

// A co-signer of the model whose quotes are made by a throw-away hierarchy, and the certificate service that goes with them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "kit/model.hpp"
#include "unit/attest/made_evidence.hpp"

namespace attest_test {

/// What enclave, platform and service are, from now on.
struct QuotingWorld {
  Wishes wishes;
  MadeEvidence first = make();  // its root is what a profile may name
  std::string key = "DER of the co-signer's key";
  std::string old_quote;  // not empty: printed whatever the nonce
  bool is_tampered = false;
  int quotes = 0;
  std::map<std::string, int> status;  // of a page of the service ("tcb"), instead of 200

  std::string root_pem() const { return to_pem(first.root.certificate.der); }
  /// Collateral of a later publication: it begins and ends so much later.
  void renew(std::chrono::hours later);
};

inline const std::string quoting_service = "https://pccs.example/sgx/certification/v4/";

/// `--print-pubkey` and `--attest-quote` of every container answer from the world, other calls as before; the service answers at
/// quoting_service.
void install(kit::MachineModel& model, const std::shared_ptr<QuotingWorld>& world);

}  // namespace attest_test

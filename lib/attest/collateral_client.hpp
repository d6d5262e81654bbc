// Fetches what a quote needs to be verified. Nothing is asked about a platform whose PCK chain is not genuine, and nothing that
// comes is believed: verify.hpp judges it.
//
// Errors: those of collateral_service.hpp, of the network port, and the refusals of a chain that is not genuine.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "attest/collateral_service.hpp"
#include "attest/trust_root.hpp"
#include "host/network.hpp"

namespace cosigner::attest {

/// One answer of a service, as far as it is used.
struct CollateralAnswer {
  std::string body;
  std::string issuers;  // PEM chain of its header; empty where none is used
};
using CollateralAnswers = std::map<std::string, CollateralAnswer>;  // by URL

struct CollateralAccess {
  const host::NetworkView& network;
  /// A GET as this machine makes it: proxy, further CA.
  std::function<Result<host::HttpRequest>(const std::string& url)> request;
  /// Waits; nothing set: a busy service is not asked again.
  std::function<Status(std::chrono::seconds)> pause;
  /// Answers of earlier, taken where the service cannot be reached or is busy. What it says is never passed over for them.
  const CollateralAnswers* kept = nullptr;
};

struct FetchedCollateral {
  CollateralTexts texts;
  CollateralAnswers answers;           // that came now; worth keeping once they are verified
  std::vector<std::string> from_kept;  // what did not come now: "TCB info"
};

/// Everything but what the quote carries itself. A busy or failing service is asked three times, after the wait that it names.
Result<FetchedCollateral> fetch_collateral(const CollateralAccess& access, const CollateralService& service,
                                           std::string_view quote, const TrustRoot& root);

/// The identity of Intel's quoting enclave for SGX with what proves it (tcb_signing_chain, root_crl): all that can be asked for
/// without a quote.
Result<FetchedCollateral> fetch_qe_identity(const CollateralAccess& access, const CollateralService& service);

/// The files of a collateral folder, by name.
std::map<std::string, std::string> to_files(const CollateralTexts& texts);

}  // namespace cosigner::attest

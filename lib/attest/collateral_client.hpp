// Fetches what a quote needs to be verified. Nothing is asked about a platform whose PCK chain is not genuine, and nothing that comes
// is believed: verify.hpp judges it.
//
// Errors: those of collateral_service.hpp, of the network port, and the refusals of a chain that is not genuine.
#pragma once

#include <functional>

#include "attest/collateral_service.hpp"
#include "attest/trust_root.hpp"
#include "host/network.hpp"

namespace cosigner::attest {

struct CollateralAccess {
  const host::NetworkView& network;
  /// A GET as this machine makes it: proxy, further CA.
  std::function<Result<host::HttpRequest>(const std::string& url)> request;
  /// Waits; nothing set: a busy service is not asked again.
  std::function<Status(std::chrono::seconds)> pause;
};

/// Everything but what the quote carries itself. A busy or failing service is asked three times, after the wait that it names.
Result<CollateralTexts> fetch_collateral(const CollateralAccess& access, const CollateralService& service, std::string_view quote,
                                         const TrustRoot& root);

/// The files of a collateral folder, by name.
std::map<std::string, std::string> to_files(const CollateralTexts& texts);

}  // namespace cosigner::attest

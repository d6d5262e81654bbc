// What the operator wants of a callback handler, and every reason why it cannot be so.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "callback/handler_url.hpp"
#include "callback/scheme.hpp"
#include "host/network.hpp"

namespace cosigner::callback {

/// Texts already read from their files. A certificate may be left out when its SHA-256 is given: then it is taken from the handler.
struct Wanted {
  std::string url;
  Scheme scheme = Scheme::public_key;
  std::string public_key;
  std::string certificate;
  std::string fetch_sha256;  // hex of the DER form
  std::string root_ca;
};

/// Everything that can be told without the network, all at once: `callback.field_missing`, `callback.field_unwanted`,
/// `callback.image_too_old`, and the codes of handler_url.hpp and credentials.hpp.
std::vector<Error> check_offline(const Wanted& wanted, const std::string& image_revision, Time now);

/// What the handler shows on the URL's own port, held against what is wanted: `callback.handler_untrusted`, `callback.handler_mismatch`.
std::vector<Error> check_served(const Wanted& wanted, const host::ServedCertificates& served, Time now);

/// `wanted` with the certificate that was to be fetched. Fails with `callback.handler_mismatch` when its SHA-256 is not the given one.
Result<Wanted> with_fetched(Wanted wanted, const host::ServedCertificates& served);

/// Identity of URL, scheme, key, certificate and Root CA: equal when the co-signer would get the same. Needs no network.
std::string identity_of(const std::optional<Wanted>& wanted);

/// One error out of many, when only one can be given: the first one's code, all messages.
Error as_one(const std::vector<Error>& problems);

}  // namespace cosigner::callback

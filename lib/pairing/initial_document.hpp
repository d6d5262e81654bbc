// The document that the co-signer's executable takes with --initial-config-file and --enroll-new-device (facts 9.5).
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace cosigner::pairing {

/// PEM texts; empty where the scheme has none. All four are always sent, the Root CA too.
struct DocumentCallback {
  std::string url;
  std::string public_key;
  std::string certificate;
  std::string root_ca;
};

struct InitialDocument {
  Secret token;
  DocumentCallback callback;
  std::string recovery_public_key;  // PEM; its private half never existed outside of the generator
  std::string physical_device_id;   // GUID, the same for every try on this machine
};

/// The JSON text. It holds the token, hence a Secret. Fails with `pairing.token_malformed` or `pairing.document_invalid`.
Result<Secret> write_initial_document(const InitialDocument& document);

}  // namespace cosigner::pairing

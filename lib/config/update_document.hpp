// The document that the co-signer's executable takes with --update-config (facts 9.5): the callback of one user, all fields.
#pragma once

#include <string>

namespace cosigner::config {

/// PEM texts; empty where the scheme has none. An empty URL takes the callback away.
struct CallbackUpdate {
  std::string user_id;  // empty only where the co-signer has one user
  std::string url;
  std::string public_key;
  std::string certificate;
  std::string root_ca;
};

std::string write_update_document(const CallbackUpdate& update);

}  // namespace cosigner::config

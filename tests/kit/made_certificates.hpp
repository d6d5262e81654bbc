// Keys and certificates made on the spot, so that tests of TLS handlers need no files and never end.
#pragma once

#include <memory>
#include <string>

#include "base/time.hpp"

namespace cosigner::kit {

class MadeKey {
 public:
  static MadeKey rsa(int bits = 2048);
  static MadeKey curve(const char* name);  // "prime256v1", "secp384r1"
  std::string public_pem() const;
  std::string private_pem() const;
  void* handle() const { return key_.get(); }

 private:
  explicit MadeKey(void* key);
  std::shared_ptr<void> key_;
};

struct MadeCertificate {
  std::string pem;
  std::string name;  // its common name: the issuer's name in what it signs
};

struct CertificateWish {
  std::string common_name = "handler.example";
  std::string alternative_names;  // "DNS:handler.example,IP:192.0.2.1"; empty: none
  Time from{};
  Time until{};
  bool is_ca = false;
};

/// Signed by `issuer_key` in the name of `issuer_name`; self-signed when that is the own key and name.
MadeCertificate make_certificate(const CertificateWish& wish, const MadeKey& key, const std::string& issuer_name, const MadeKey& issuer_key);

}  // namespace cosigner::kit

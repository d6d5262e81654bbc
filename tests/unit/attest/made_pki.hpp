// Keys, certificates and revocation lists of a throw-away hierarchy with Intel's names, made by OpenSSL when the test runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attest/pck_extension.hpp"
#include "base/time.hpp"

namespace attest_test {

using namespace cosigner;

class MadeKey {
 public:
  explicit MadeKey(const char* curve = "prime256v1");    // or "RSA"
  std::string xy() const;                                // P-256 only
  std::string sign_raw(std::string_view message) const;  // r||s
  void* handle() const { return key_.get(); }

 private:
  std::shared_ptr<void> key_;
};

struct CertificateWish {
  std::string common_name;
  std::string issuer;  // its common name
  Time from{}, until{};
  bool is_ca = false;
  int path_length = -1;       // below 0: none
  std::string key_usage;      // OpenSSL's words
  std::string sgx_extension;  // DER; empty: none
  bool has_unknown_critical = false;
  std::string serial = "01";  // hex
};
/// DER.
std::string make_certificate(const CertificateWish& wish, const MadeKey& key, const MadeKey& issuer_key);

struct CrlWish {
  std::string issuer;
  Time from{}, until{};
  bool has_next_update = true;
  std::vector<std::string> serials;  // hex
  std::string number = "01";
  std::string critical;  // the entry of this serial has a critical extension; all have a reason, as Intel's
};
std::string make_crl(const CrlWish& wish, const MadeKey& key);

std::string to_pem(std::string_view der, const std::string& label = "CERTIFICATE");
/// Intel's SGX extension with these values. `order` < 0: members in reverse.
std::string make_sgx_extension(const attest::PckExtension& platform, bool reversed = false);
std::string der_value(std::uint8_t tag, const std::string& content);

}  // namespace attest_test

#include "attest/trust_root.hpp"

#include <cstdlib>

#include "attest/pem.hpp"
#include "base/crypto.hpp"

namespace cosigner::attest {
namespace {

// As Intel publishes it: CN=Intel SGX Root CA, serial 22650CD65A9D3489F383B49552BF501B392706AC; the test compares its SHA-256 and
// its key with the published ones.
constexpr std::string_view intel_pem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICjzCCAjSgAwIBAgIUImUM1lqdNInzg7SVUr9QGzknBqwwCgYIKoZIzj0EAwIw\n"
    "aDEaMBgGA1UEAwwRSW50ZWwgU0dYIFJvb3QgQ0ExGjAYBgNVBAoMEUludGVsIENv\n"
    "cnBvcmF0aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJ\n"
    "BgNVBAYTAlVTMB4XDTE4MDUyMTEwNDUxMFoXDTQ5MTIzMTIzNTk1OVowaDEaMBgG\n"
    "A1UEAwwRSW50ZWwgU0dYIFJvb3QgQ0ExGjAYBgNVBAoMEUludGVsIENvcnBvcmF0\n"
    "aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJBgNVBAYT\n"
    "AlVTMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEC6nEwMDIYZOj/iPWsCzaEKi7\n"
    "1OiOSLRFhWGjbnBVJfVnkY4u3IjkDYYL0MxO4mqsyYjlBalTVYxFP2sJBK5zlKOB\n"
    "uzCBuDAfBgNVHSMEGDAWgBQiZQzWWp00ifODtJVSv1AbOScGrDBSBgNVHR8ESzBJ\n"
    "MEegRaBDhkFodHRwczovL2NlcnRpZmljYXRlcy50cnVzdGVkc2VydmljZXMuaW50\n"
    "ZWwuY29tL0ludGVsU0dYUm9vdENBLmRlcjAdBgNVHQ4EFgQUImUM1lqdNInzg7SV\n"
    "Ur9QGzknBqwwDgYDVR0PAQH/BAQDAgEGMBIGA1UdEwEB/wQIMAYBAf8CAQEwCgYI\n"
    "KoZIzj0EAwIDSQAwRgIhAOW/5QkR+S9CiSDcNoowLuPRLsWGf/Yi7GSX94BgwTwg\n"
    "AiEA4J0lrHoMs+Xo5o/sX6O9QWxHRAvZUGOdRQ7cvqRXaqI=\n"
    "-----END CERTIFICATE-----\n";

Result<TrustRoot> read_root(std::string_view pem) {
  const auto blocks = read_pem(pem, "CERTIFICATE");
  if (!blocks || blocks->size() != 1) return refused(Refusal::chain_invalid, "root: it is not one PEM certificate");
  TrustRoot root;
  root.certificate = TRY(read_certificate(blocks->front(), "root"));
  root.sha256 = sha256_hex(root.certificate.der);
  const Certificate& own = root.certificate;
  const bool is_self_signed = own.issuer == own.subject && own.key->verifies_der(own.signed_content, own.signature);
  if (!own.is_ca || !own.may_sign_certificates || !own.may_sign_lists || !is_self_signed)
    return refused(Refusal::chain_invalid, "root: it is no self-signed certificate authority");
  return root;
}

}  // namespace

const TrustRoot& intel_root() {
  static const TrustRoot root = [] {
    auto read = read_root(intel_pem);
    if (!read.ok()) std::abort();  // a constant of this file: the tests read it
    return std::move(read).value();
  }();
  return root;
}

Result<TrustRoot> custom_root(std::string_view pem) {
  TrustRoot root = TRY(read_root(pem));
  root.is_custom = root.certificate.key_coordinates != intel_root().certificate.key_coordinates;
  return root;
}

Result<TrustRoot> intel_or_custom_root(std::string_view pem) {
  if (pem.empty()) return intel_root();
  return custom_root(pem);
}

}  // namespace cosigner::attest

#include "callback/credentials.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/untrusted.hpp"

namespace cosigner::callback {
namespace {

constexpr std::size_t pem_limit = 64 * 1024;

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE, X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX, X509_STORE_CTX_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES, GENERAL_NAMES_free>>;
struct BioFreed {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, BioFreed>;
struct StackFreed {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using Stack = std::unique_ptr<STACK_OF(X509), StackFreed>;

// An encrypted text must not make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Bio reader(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), pem_limit)))); }

Certificate read_certificate(const std::string& pem) {
  const Bio bio = reader(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return certificate;
}

Key read_public_key(const std::string& pem) {
  const Bio bio = reader(pem);
  Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return key;
}

Time time_of(const ASN1_TIME* value) {
  int days = 0;
  int seconds = 0;
  const std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME, ASN1_TIME_free>> epoch(ASN1_TIME_set(nullptr, 0));
  if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch.get(), value) != 1) return Time{};
  return Time(std::chrono::seconds(static_cast<long long>(days) * 86400 + seconds));
}

std::string text_of(const ASN1_STRING* value) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), static_cast<std::size_t>(ASN1_STRING_length(value)));
}

std::string common_name(X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  return at < 0 ? std::string() : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

/// The DNS names; the common name when there is none (facts 6, 5b).
std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> found;
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int at = 0; names && at < sk_GENERAL_NAME_num(names.get()); ++at) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), at);
    if (name->type == GEN_DNS) found.push_back(text_of(name->d.dNSName));
  }
  if (found.empty()) found.push_back(common_name(certificate));
  return found;
}

bool is_for_host(X509* certificate, const std::string& host) {
  if (X509_check_ip_asc(certificate, host.c_str(), 0) == 1) return true;
  const std::vector<std::string> names = names_of(certificate);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return name_matches(name, host); });
}

void judge_dates(X509* certificate, const std::string& what, const std::string& code, Time now, std::vector<Error>& problems) {
  const Time from = time_of(X509_get0_notBefore(certificate));
  const Time until = time_of(X509_get0_notAfter(certificate));
  if (now < from) {
    problems.push_back(make_error(code, what + " is not valid before " + to_people_time(from), "Check this machine's clock, or give a certificate that is valid now."));
  }
  if (now > until) {
    problems.push_back(make_error(code, what + " ended at " + to_people_time(until), "Renew the certificate on the handler and give the new one."));
  }
}

std::vector<Error> one(const std::string& code, std::string message, std::string remedy) {
  return {make_error(code, std::move(message), std::move(remedy))};
}

bool names_other_kind(const std::string& pem, std::string_view label) { return pem.find(label) != std::string::npos; }

}  // namespace

bool name_matches(const std::string& pattern, const std::string& host) {
  const std::string wanted = lower(pattern);
  const std::string name = lower(host);
  if (wanted.find('\0') != std::string::npos) return false;
  if (wanted.rfind("*.", 0) != 0) return !wanted.empty() && wanted == name;
  const std::string rest = wanted.substr(1);
  const std::size_t dot = name.find('.');
  return dot != std::string::npos && dot > 0 && std::count(rest.begin(), rest.end(), '.') >= 2 && name.substr(dot) == rest;
}

std::vector<Error> check_public_key(const std::string& pem, bool p256_allowed) {
  const std::string code = "callback.key_invalid";
  if (names_other_kind(pem, "PRIVATE KEY")) {
    return one(code, "a private key was given where the handler's public key is wanted", "Give the public half (openssl pkey -pubout), and replace the key pair: its private half was shown.");
  }
  const Key key = read_public_key(pem);
  if (!key && names_other_kind(pem, "BEGIN CERTIFICATE")) {
    return one(code, "a certificate was given where the handler's public key is wanted", "Take the key out of it (openssl x509 -pubkey -noout).");
  }
  if (!key) return one(code, "the handler's public key is not a PEM public key", "Give the file that begins with BEGIN PUBLIC KEY.");
  const std::string wanted = p256_allowed ? "RSA with 2048 bits or P-256" : "RSA with 2048 bits";
  const int kind = EVP_PKEY_get_base_id(key.get());
  const std::string remedy = "Make a key pair of this kind for the handler: " + wanted + ".";
  if (kind == EVP_PKEY_RSA) {
    if (EVP_PKEY_get_bits(key.get()) == 2048) return {};
    return one(code, "the handler's RSA key has " + std::to_string(EVP_PKEY_get_bits(key.get())) + " bits", remedy);
  }
  char curve[64] = {};
  const bool is_p256 = kind == EVP_PKEY_EC && EVP_PKEY_get_group_name(key.get(), curve, sizeof curve, nullptr) == 1 && std::string_view(curve) == "prime256v1";
  if (!is_p256) return one(code, "the handler's public key is neither RSA nor P-256", remedy);
  if (!p256_allowed) return one(code, "the handler's key is P-256, which this image does not understand", "Use an image of 2026.08.19 or later, or an RSA key with 2048 bits.");
  return {};
}

std::vector<Error> check_certificate(const std::string& pem, const std::string& host, Time now) {
  const std::string code = "callback.certificate_invalid";
  const Certificate certificate = read_certificate(pem);
  if (!certificate) return one(code, "the handler's certificate is not a PEM certificate", "Give the file that begins with BEGIN CERTIFICATE.");
  std::vector<Error> problems;
  judge_dates(certificate.get(), "the handler's certificate", code, now, problems);
  if (!is_for_host(certificate.get(), host)) {
    problems.push_back(make_error(code, "the handler's certificate is for " + shown(Untrusted(joined(names_of(certificate.get()), ", "))) + ", not for " + host,
                                  "Give a certificate that names the host of the callback URL."));
  }
  return problems;
}

std::vector<Error> check_root_ca(const std::string& pem, Time now) {
  const std::string code = "callback.root_ca_invalid";
  const Certificate certificate = read_certificate(pem);
  if (!certificate) return one(code, "the Root CA is not a PEM certificate", "Give the file that begins with BEGIN CERTIFICATE.");
  std::vector<Error> problems;
  judge_dates(certificate.get(), "the Root CA", code, now, problems);
  // 1: marked as a CA by its basic constraints; anything else is a guess of OpenSSL's about old certificates.
  if (X509_check_ca(certificate.get()) != 1) {
    problems.push_back(make_error(code, "the Root CA's certificate is not marked as a CA", "Give the certificate of the authority, not the handler's own."));
  }
  return problems;
}

std::string why_chain_fails(const std::vector<std::string>& chain_pem, const std::string& root_ca_pem, const std::string& host, Time now) {
  const Certificate root = read_certificate(root_ca_pem);
  const Certificate leaf = chain_pem.empty() ? nullptr : read_certificate(chain_pem.front());
  if (!root || !leaf) return "no readable certificate";
  std::vector<Certificate> between;
  const Stack stack(sk_X509_new_null());
  for (std::size_t at = 1; at < chain_pem.size() && at < 10; ++at) {
    between.push_back(read_certificate(chain_pem[at]));
    if (between.back()) sk_X509_push(stack.get(), between.back().get());
  }
  const Store store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  if (!store || !context || X509_STORE_add_cert(store.get(), root.get()) != 1) return "no memory";
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), stack.get()) != 1) return "no memory";
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, static_cast<time_t>(now.time_since_epoch().count()));
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  if (X509_verify_cert(context.get()) != 1) {
    std::string why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
    ERR_clear_error();
    return why;
  }
  return is_for_host(leaf.get(), host) ? std::string() : "it is not for " + host;
}

std::optional<std::string> fingerprint_of_pem(const std::string& pem) {
  unsigned char* der = nullptr;
  int length = -1;
  if (const Certificate certificate = read_certificate(pem)) {
    length = i2d_X509(certificate.get(), &der);
  } else if (const Key key = read_public_key(pem)) {
    length = i2d_PUBKEY(key.get(), &der);
  }
  if (length <= 0) return std::nullopt;
  const std::string hex = sha256_hex(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)));
  OPENSSL_free(der);
  return hex;
}

}  // namespace cosigner::callback

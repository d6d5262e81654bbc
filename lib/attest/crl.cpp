#include "attest/crl.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

#include "attest/pem.hpp"
#include "attest/x509_fields.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::attest {
namespace {

constexpr long version_2 = 1;
constexpr std::string_view crl_number_oid("\x55\x1D\x14", 3);  // 2.5.29.20
using Problem = std::string_view;

/// The DER in any of the three forms that services and caches send (section 3.1).
std::optional<std::string> to_der(std::string_view bytes) {
  constexpr char sequence = 0x30;
  if (bytes.empty() || bytes.size() > crl_size_limit) return std::nullopt;
  if (bytes.front() == sequence) return std::string(bytes);
  const std::string_view text = trimmed(without_last_nul(bytes));
  if (text.rfind("-----BEGIN", 0) != 0) return from_hex(text);
  const auto blocks = read_pem(text, "X509 CRL");
  if (!blocks || blocks->size() != 1) return std::nullopt;
  return blocks->front();
}

bool has_critical(const STACK_OF(X509_EXTENSION) * extensions) {
  for (int i = 0; i < sk_X509_EXTENSION_num(extensions); ++i) {
    if (X509_EXTENSION_get_critical(sk_X509_EXTENSION_value(extensions, i)) != 0) return true;
  }
  return false;
}

/// The CRL number (RFC 5280, 5.2.3): what tells an older list that is still in date from a newer one.
bool read_number(const STACK_OF(X509_EXTENSION) * extensions, std::string& out) {
  for (int i = 0; i < sk_X509_EXTENSION_num(extensions); ++i) {
    X509_EXTENSION* extension = sk_X509_EXTENSION_value(extensions, i);
    if (oid_of(X509_EXTENSION_get_object(extension)) != crl_number_oid) continue;
    const std::string_view der = bytes_of(X509_EXTENSION_get_data(extension));
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const auto* end = at + der.size();
    ASN1_INTEGER* number = d2i_ASN1_INTEGER(nullptr, &at, static_cast<long>(der.size()));
    const auto value = number == nullptr || at != end ? std::nullopt : unsigned_of(number);
    ASN1_INTEGER_free(number);
    if (!value) return false;
    out = *value;
  }
  return true;
}

struct FreeExtensions {
  void operator()(STACK_OF(X509_EXTENSION) * list) const { sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free); }
};

Problem check_entry_extensions(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  const std::unique_ptr<STACK_OF(X509_EXTENSION), FreeExtensions> list(
      d2i_X509_EXTENSIONS(nullptr, &at, static_cast<long>(der.size())));
  if (!list || at != end) return "an entry does not read";
  return has_critical(list.get()) ? "an entry has a critical extension" : Problem();
}

Problem read_entries(const asn1::RevokedEntries* entries, std::vector<std::string>& out) {
  const int count = OPENSSL_sk_num(entries);
  out.reserve(static_cast<std::size_t>(std::max(count, 0)));
  std::string sound;  // extensions that were found so; the next entry's are the same bytes more often than not
  asn1::Owned<asn1::Revoked, asn1::revoked_item> entry;
  for (int i = 0; i < count; ++i) {
    asn1::read_into(entry, bytes_of(static_cast<const ASN1_STRING*>(OPENSSL_sk_value(entries, i))));
    auto serial = entry ? unsigned_of(entry->serial) : std::nullopt;
    if (!serial || !time_of(entry->date)) return "an entry does not read";
    const std::string_view extensions = entry->extensions == nullptr ? std::string_view() : bytes_of(entry->extensions);
    if (extensions != sound && entry->extensions != nullptr) {
      if (const Problem problem = check_entry_extensions(extensions); !problem.empty()) return problem;
      sound = extensions;
    }
    out.push_back(std::move(*serial));
  }
  std::sort(out.begin(), out.end());
  return {};
}

Problem read_content(Crl& out) {
  const auto raw = asn1::read<asn1::RevocationList, asn1::revocation_list_item>(out.signed_content);
  ERR_clear_error();
  if (!raw || !is_ecdsa_with_sha256(raw->algorithm)) return "it is not a revocation list signed with ECDSA and SHA-256";
  if (raw->version == nullptr || ASN1_INTEGER_get(raw->version) != version_2) return "it is not of version 2";
  const auto issuer = sequence_of(raw->issuer);
  const auto from = time_of(raw->this_update);
  const auto until = raw->next_update == nullptr ? std::nullopt : time_of(raw->next_update);
  if (!issuer || !from) return "its issuer or date does not read";
  if (!until) return "it names no next update";
  if (has_critical(raw->extensions)) return "it has a critical extension";
  if (!read_number(raw->extensions, out.number)) return "its number does not read";
  out.issuer = *issuer;
  out.this_update = *from;
  out.next_update = *until;
  return read_entries(raw->revoked, out.revoked);
}

}  // namespace

bool Crl::lists(const Certificate& certificate) const {
  return std::binary_search(revoked.begin(), revoked.end(), certificate.serial);
}

Result<Crl> read_crl(std::string_view bytes, std::string_view which) {
  const auto invalid = [&](Problem problem) {
    return refused(Refusal::crl_invalid, std::string(which) + ": " + std::string(problem));
  };
  const auto der = to_der(bytes);
  if (!der) return invalid("it is neither DER nor PEM nor hex digits");
  auto frame = read_signed_frame(*der);
  if (!frame) frame = read_signed_frame(without_last_nul(*der));  // bundles of quote libraries keep C strings
  if (!frame) return invalid("it is not a revocation list signed with ECDSA and SHA-256");
  Crl out;
  out.signed_content = std::string(frame->content);
  out.signature = std::move(frame->signature);
  if (const Problem problem = read_content(out); !problem.empty()) return invalid(problem);
  ERR_clear_error();
  return out;
}

}  // namespace cosigner::attest

#include "attest/collateral_service.hpp"

#include <algorithm>

#include "attest/pem.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::attest {
namespace {

constexpr std::string_view intel_host = "https://api.trustedservices.intel.com/";
constexpr std::string_view intel_root_crl = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";
constexpr std::size_t header_limit = 32 * 1024;

/// Only what an address needs: whatever else is in it would end up in requests.
bool is_plain_address(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]";
  return text.find_first_not_of(plain) == std::string_view::npos && text.find("/../") == std::string_view::npos;
}

std::string base_of(const CollateralService& service, Tee tee) {
  std::string base = service.base;
  if (tee == Tee::tdx) base.replace(base.rfind("/sgx/certification/"), 4, "/tdx");
  return base;
}

std::string update_of(const CollateralService& service) {
  return service.update == Update::early ? "update=early" : "update=standard";
}

std::string_view qe_id_of(std::string_view quote) { return quote.substr(28, 16); }  // header, user data

std::optional<std::string> from_url_encoding(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];  // a plus is a plus: base64 has it, and blanks are %20
      continue;
    }
    const auto byte = from_hex(text.substr(at + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    out += *byte;
    at += 2;
  }
  return out;
}

Error busy(std::string_view code, std::string message) {
  Error error = make_error(code, std::move(message), "Try again later.");
  error.retryable = true;
  return error;
}

}  // namespace

std::optional<CollateralService> service_at(std::string_view address) {
  if (address.rfind("https://", 0) != 0 || address.size() > 512 || !is_plain_address(address)) return std::nullopt;
  std::string base(address);
  if (base.back() != '/') base += '/';
  const std::size_t path = base.rfind("/sgx/certification/v");
  if (path == std::string::npos || path <= std::string_view("https://").size()) return std::nullopt;
  const std::string version = base.substr(path + std::string_view("/sgx/certification/").size());
  if (version != "v3/" && version != "v4/") return std::nullopt;
  const bool is_intel = base.rfind(intel_host, 0) == 0;
  return CollateralService{base, is_intel ? std::string(intel_root_crl) : base + "rootcacrl", Update::standard};
}

std::string tcb_info_url(const CollateralService& service, const PlatformFamily& family) {
  return base_of(service, family.tee) + "tcb?fmspc=" + to_hex(family.fmspc) + "&" + update_of(service);
}

std::string qe_identity_url(const CollateralService& service, const PlatformFamily& family) {
  return base_of(service, family.tee) + "qe/identity?" + update_of(service);
}

std::string pck_crl_url(const CollateralService& service, const PlatformFamily& family) {
  return service.base + "pckcrl?ca=" + std::string(name_of(family.ca)) + "&encoding=der";
}

std::optional<std::string> pck_certificate_url(const CollateralService& service, std::string_view bytes) {
  const auto quote = parse_quote(bytes);
  if (!quote || quote->certification_kind == CertificationKind::pck_chain) return std::nullopt;
  constexpr std::size_t tail = 16 + 2 + 2;  // CPUSVN, PCESVN, PCEID
  const std::string_view data = quote->certification_data;
  if (data.size() <= tail) return std::nullopt;
  const std::string_view ppid = data.substr(0, data.size() - tail), rest = data.substr(ppid.size());
  const bool is_encrypted =
      quote->certification_kind != CertificationKind::ppid_clear;  // Intel's service takes no other; a cache knows the QE
  return service.base + "pckcert?encrypted_ppid=" + (is_encrypted ? to_hex(ppid) : "") + "&cpusvn=" + to_hex(rest.substr(0, 16)) +
         "&pcesvn=" + to_hex(rest.substr(16, 2)) + "&pceid=" + to_hex(rest.substr(18, 2)) + "&qeid=" + to_hex(qe_id_of(bytes));
}

Status check_status(int status, std::string_view what) {
  const std::string asked = "the collateral service, asked for the " + std::string(what) + ", ";
  if (status == 200) return {};
  if (status == 404)
    return make_error("attest.collateral_unknown", asked + "does not know this platform (404)",
                      "Register the platform with Intel, or set the quote provider to the service of this cloud.");
  if (status == 410)
    return make_error("attest.collateral_gone", asked + "does not offer it any more (410)",
                      "Use a later version of this program.");
  if (status == 429) return busy("attest.service_busy", asked + "is busy (429)");
  return busy("attest.service_failed", asked + "answered with status " + std::to_string(status));
}

std::optional<std::chrono::seconds> retry_after(const Headers& headers) {
  const auto found = headers.find("retry-after");
  if (found == headers.end()) return std::nullopt;
  const auto seconds = parse_number(trimmed(found->second));
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(std::min<unsigned long long>(*seconds, 60));
}

Result<std::string> issuer_chain_of(const Headers& headers, std::initializer_list<std::string_view> names,
                                    std::string_view what) {
  for (const std::string_view name : names) {
    const auto found = headers.find(std::string(name));
    if (found == headers.end()) continue;
    auto chain = found->second.size() > header_limit ? std::nullopt : from_url_encoding(trimmed(found->second));
    if (chain && read_pem(*chain, "CERTIFICATE")) return std::move(*chain);
  }
  return make_error("attest.answer_unexpected", "the collateral service sent no certificate chain with the " + std::string(what),
                    "Check that the quote provider's address is that of a certificate service.");
}

}  // namespace cosigner::attest

#include "attest/collateral_client.hpp"

namespace cosigner::attest {
namespace {

constexpr std::size_t body_limit = 1024 * 1024;  // real ones: 2 to 9 kB
constexpr int tries = 3;
constexpr std::chrono::seconds usual_wait{2};

Result<host::HttpResponse> ask_once(const CollateralAccess& access, const std::string& url, std::string_view what) {
  host::HttpRequest request = TRY(access.request(url));
  request.body_limit = body_limit;
  return access.network.request(request).within("asking for the " + std::string(what));
}

Result<host::HttpResponse> ask(const CollateralAccess& access, const std::string& url, std::string_view what) {
  for (int left = tries;; --left) {
    host::HttpResponse response = TRY(ask_once(access, url, what));
    Status good = check_status(response.status, what);
    if (good.ok()) return response;
    if (left == 1 || !good.error().retryable || !access.pause) return std::move(good).error();
    TRY(access.pause(retry_after(response.headers).value_or(usual_wait)));
  }
}

/// The leaf alone is the body; who issued it comes in a header.
Result<std::string> fetch_pck_chain(const CollateralAccess& access, const std::string& url) {
  constexpr std::string_view what = "PCK certificate";
  const host::HttpResponse response = TRY(ask(access, url, what));
  const std::string issuers = TRY(issuer_chain_of(response.headers, {"sgx-pck-certificate-issuer-chain"}, what));
  return response.body + (!response.body.empty() && response.body.back() != '\n' ? "\n" : "") + issuers;
}

Result<PlatformFamily> genuine_family(std::string_view bytes, const std::optional<std::string>& outside_chain, const TrustRoot& root) {
  const Quote quote = TRY(parse_quote(bytes));
  const auto blocks = TRY(cut_chain(outside_chain ? std::string_view(*outside_chain) : quote.certification_data, 3, "PCK chain"));
  TRY(check_sent_root(blocks[2], root));
  const Intermediate intermediate = TRY(authentic_intermediate(blocks[1], root));
  const PckLeaf leaf = TRY(authentic_leaf(blocks[0], intermediate.certificate));
  return PlatformFamily{quote.tee, leaf.platform.fmspc, intermediate.ca};
}

}  // namespace

Result<CollateralTexts> fetch_collateral(const CollateralAccess& access, const CollateralService& service, std::string_view quote,
                                         const TrustRoot& root) {
  CollateralTexts out;
  if (const auto url = pck_certificate_url(service, quote)) out.pck_chain = TRY(fetch_pck_chain(access, *url));
  const PlatformFamily family = TRY(genuine_family(quote, out.pck_chain, root));
  host::HttpResponse tcb = TRY(ask(access, tcb_info_url(service, family), "TCB info"));
  // The longer name is that of version 3 of the interface.
  out.tcb_signing_chain = TRY(issuer_chain_of(tcb.headers, {"tcb-info-issuer-chain", "sgx-tcb-info-issuer-chain"}, "TCB info"));
  out.tcb_info = std::move(tcb.body);
  out.qe_identity = TRY(ask(access, qe_identity_url(service, family), "QE identity")).body;
  out.pck_crl = TRY(ask(access, pck_crl_url(service, family), "PCK CRL")).body;
  out.root_crl = TRY(ask(access, service.root_crl, "root CRL")).body;
  return out;
}

std::map<std::string, std::string> to_files(const CollateralTexts& texts) {
  std::map<std::string, std::string> files;
  const auto put = [&](const char* name, const std::optional<std::string>& bytes) {
    if (bytes) files[name] = *bytes;
  };
  put("tcb_info.json", texts.tcb_info);
  put("qe_identity.json", texts.qe_identity);
  put("tcb_signing_chain.pem", texts.tcb_signing_chain);
  put("pck_crl.der", texts.pck_crl);  // the name of either form: reading goes by the bytes
  put("root_ca_crl.der", texts.root_crl);
  put("pck_chain.pem", texts.pck_chain);
  return files;
}

}  // namespace cosigner::attest

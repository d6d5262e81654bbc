#include "attest/collateral_client.hpp"

namespace cosigner::attest {
namespace {

constexpr std::size_t body_limit = 1024 * 1024;  // real ones: 2 to 9 kB
constexpr int tries = 3;
constexpr std::chrono::seconds usual_wait{2};

/// The names of the header that holds who issued an answer; none: it is not looked at.
using IssuerHeaders = std::initializer_list<std::string_view>;

bool may_be_better_later(const Error& error) { return error.retryable || error.code.rfind("network.", 0) == 0; }

class Client {
 public:
  Client(const CollateralAccess& access, FetchedCollateral& out) : access_(access), out_(out) {}

  Result<CollateralAnswer> get(const std::string& url, std::string_view what, IssuerHeaders issuers = {}) {
    auto fresh = ask(url, what, issuers);
    if (fresh.ok()) {
      out_.answers[url] = *fresh;
      return fresh;
    }
    if (access_.kept == nullptr || !may_be_better_later(fresh.error())) return fresh;
    const auto known = access_.kept->find(url);
    if (known == access_.kept->end()) return fresh;
    out_.from_kept.emplace_back(what);
    return known->second;
  }

 private:
  Result<CollateralAnswer> ask(const std::string& url, std::string_view what, IssuerHeaders issuers) const {
    for (int left = tries;; --left) {
      host::HttpResponse response = TRY(ask_once(url, what));
      Status good = check_status(response.status, what);
      if (good.ok()) {
        std::string chain = issuers.size() == 0 ? "" : TRY(issuer_chain_of(response.headers, issuers, what));
        return CollateralAnswer{std::move(response.body), std::move(chain)};
      }
      if (left == 1 || !good.error().retryable || !access_.pause) return std::move(good).error();
      TRY(access_.pause(retry_after(response.headers).value_or(usual_wait)));
    }
  }

  Result<host::HttpResponse> ask_once(const std::string& url, std::string_view what) const {
    host::HttpRequest request = TRY(access_.request(url));
    request.body_limit = body_limit;
    return access_.network.request(request).within("asking for the " + std::string(what));
  }

  const CollateralAccess& access_;
  FetchedCollateral& out_;
};

/// The leaf alone is the body; who issued it comes in a header.
std::string to_chain(const CollateralAnswer& leaf) {
  return leaf.body + (!leaf.body.empty() && leaf.body.back() != '\n' ? "\n" : "") + leaf.issuers;
}

Result<PlatformFamily> genuine_family(std::string_view bytes, const std::optional<std::string>& outside_chain,
                                      const TrustRoot& root) {
  const Quote quote = TRY(parse_quote(bytes));
  const auto blocks = TRY(cut_chain(outside_chain ? std::string_view(*outside_chain) : quote.certification_data, 3, "PCK chain"));
  TRY(check_sent_root(blocks[2], root));
  const Intermediate intermediate = TRY(authentic_intermediate(blocks[1], root));
  const PckLeaf leaf = TRY(authentic_leaf(blocks[0], intermediate.certificate));
  return PlatformFamily{quote.tee, leaf.platform.fmspc, intermediate.ca};
}

}  // namespace

Result<FetchedCollateral> fetch_collateral(const CollateralAccess& access, const CollateralService& service,
                                           std::string_view quote, const TrustRoot& root) {
  FetchedCollateral out;
  Client client(access, out);
  if (const auto url = pck_certificate_url(service, quote))
    out.texts.pck_chain = to_chain(TRY(client.get(*url, "PCK certificate", {"sgx-pck-certificate-issuer-chain"})));
  const PlatformFamily family = TRY(genuine_family(quote, out.texts.pck_chain, root));
  // The longer name is that of version 3 of the interface.
  CollateralAnswer tcb =
      TRY(client.get(tcb_info_url(service, family), "TCB info", {"tcb-info-issuer-chain", "sgx-tcb-info-issuer-chain"}));
  out.texts.tcb_signing_chain = std::move(tcb.issuers);
  out.texts.tcb_info = std::move(tcb.body);
  out.texts.qe_identity = TRY(client.get(qe_identity_url(service, family), "QE identity")).body;
  out.texts.pck_crl = TRY(client.get(pck_crl_url(service, family), "PCK CRL")).body;
  out.texts.root_crl = TRY(client.get(service.root_crl, "root CRL")).body;
  return out;
}

Result<FetchedCollateral> fetch_qe_identity(const CollateralAccess& access, const CollateralService& service) {
  FetchedCollateral out;
  Client client(access, out);
  CollateralAnswer identity = TRY(client.get(qe_identity_url(service, {}), "QE identity", {"sgx-enclave-identity-issuer-chain"}));
  out.texts.tcb_signing_chain = std::move(identity.issuers);
  out.texts.qe_identity = std::move(identity.body);
  out.texts.root_crl = TRY(client.get(service.root_crl, "root CRL")).body;
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

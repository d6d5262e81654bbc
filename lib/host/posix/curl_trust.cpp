// Whom a server's certificates are from, and whether the system trusts them (declared in curl_session.hpp).
#include <fcntl.h>

#include "host/posix/curl_handle.hpp"
#include "host/posix/curl_session.hpp"
#include "host/posix/path_walker.hpp"

namespace cosigner::host {

Result<std::vector<ShownCertificate>> look_at_chain(const std::string& url, const std::optional<ProxySettings>& proxy,
                                                    std::chrono::seconds timeout) {
  const EasyHandle handle = open_handle();
  if (!handle) return no_libcurl();
  set_rules(handle.get(), url, proxy);
  curl_easy_setopt(handle.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_CONNECT_ONLY, 1L);  // the handshake and nothing after it
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, static_cast<long>(timeout.count()));
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) return describe_failure(facts_of(handle.get(), code, url, proxy));
  curl_certinfo* chain = nullptr;
  curl_easy_getinfo(handle.get(), CURLINFO_CERTINFO, &chain);
  std::vector<ShownCertificate> certificates;
  for (int at = 0; chain && at < chain->num_of_certs; ++at) {
    ShownCertificate certificate;
    for (const curl_slist* field = chain->certinfo[at]; field; field = field->next) {
      const std::string_view text = field->data;
      if (text.rfind("Issuer:", 0) == 0) certificate.issuer = text.substr(7);
      if (text.rfind("Cert:", 0) == 0) certificate.pem = text.substr(5);
    }
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

Result<long> judge_by_system(const std::string& url, std::chrono::seconds timeout) {
  const EasyHandle handle = open_handle();
  if (!handle) return no_libcurl();
  set_rules(handle.get(), url, std::nullopt);
  TRY(set_trust(handle.get(), {}));
  curl_easy_setopt(handle.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, static_cast<long>(timeout.count()));
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) return 0L;
  const FailedTransfer failed = facts_of(handle.get(), code, url, std::nullopt);
  if (code != CURLE_PEER_FAILED_VERIFICATION) return describe_failure(failed);
  return failed.verify_result == 0 ? -1L : failed.verify_result;
}

Result<std::string> system_ca_bundle() {
  static const char* const places[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
  const PathWalker machine("/");
  for (const char* place : places)
    if (const auto opened = machine.open_to_read(Path(place), O_RDONLY); opened && *opened) return std::string(place);
  return make_error("network.ca_bundle_missing", std::string("this machine has no bundle of certificate authorities (") + places[0] + ")",
                    "Install the package ca-certificates.");
}

}  // namespace cosigner::host

#include "profile/download_request.hpp"

#include "profile/settings.hpp"

namespace cosigner::profile {

Result<host::HttpRequest> download_request(const std::string& url, const Answers& answers, const host::HostView& host,
                                           const std::string& credentials_directory) {
  host::HttpRequest request;
  request.url = url;
  if (!answers.proxy_url.empty()) {
    host::ProxySettings proxy{answers.proxy_url, answers.no_proxy, answers.proxy_username, Secret()};
    if (answers.proxy_password.is_set()) proxy.password = TRY(open_secret(answers.proxy_password, host, credentials_directory));
    request.proxy = std::move(proxy);
  }
  if (answers.extra_ca.is_set()) request.extra_ca_pem = TRY(open_text(answers.extra_ca, host));
  return request;
}

}  // namespace cosigner::profile

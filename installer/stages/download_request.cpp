#include "installer/stages/download_request.hpp"

namespace cosigner::stages {

Result<host::HttpRequest> download_request(const std::string& url, const host::HostView& host, const engine::StageContext& context) {
  const profile::Answers& answers = context.settings.answers;
  host::HttpRequest request;
  request.url = url;
  if (!answers.proxy_url.empty()) {
    host::ProxySettings proxy{answers.proxy_url, answers.no_proxy, answers.proxy_username, Secret()};
    if (answers.proxy_password.is_set()) proxy.password = TRY(profile::open_secret(answers.proxy_password, host, context.credentials_directory));
    request.proxy = std::move(proxy);
  }
  if (answers.extra_ca.is_set()) request.extra_ca_pem = TRY(profile::open_text(answers.extra_ca, host));
  return request;
}

host::AptOptions apt_network_options(const profile::Settings& settings) {
  const profile::Answers& answers = settings.answers;
  host::AptOptions out;
  for (const std::string proxy : {"Acquire::http::Proxy", "Acquire::https::Proxy"}) {
    if (answers.proxy_url.empty()) break;
    out.settings.push_back(proxy + "=" + answers.proxy_url);
    for (const auto& direct : answers.no_proxy) out.settings.push_back(std::string(proxy).append("::").append(direct).append("=DIRECT"));
  }
  if (!answers.extra_ca.file.empty()) out.settings.push_back("Acquire::https::CAInfo=" + answers.extra_ca.file);
  return out;
}

}  // namespace cosigner::stages

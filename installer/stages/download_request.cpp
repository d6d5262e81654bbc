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

std::vector<std::string> apt_network_options(const profile::Settings& settings) {
  std::vector<std::string> out;
  if (!settings.answers.proxy_url.empty()) {
    out.push_back("Acquire::http::Proxy=" + settings.answers.proxy_url);
    out.push_back("Acquire::https::Proxy=" + settings.answers.proxy_url);
  }
  if (!settings.answers.extra_ca.file.empty()) out.push_back("Acquire::https::CAInfo=" + settings.answers.extra_ca.file);
  return out;
}

}  // namespace cosigner::stages

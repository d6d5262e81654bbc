#include "installer/stages/download_request.hpp"

#include "profile/download_request.hpp"

namespace cosigner::stages {

Result<host::HttpRequest> download_request(const std::string& url, const host::HostView& host,
                                           const engine::StageContext& context) {
  return profile::download_request(url, context.settings.answers, host, context.credentials_directory);
}

host::AptOptions apt_network_options(const profile::Settings& settings) {
  const profile::Answers& answers = settings.answers;
  host::AptOptions out;
  for (const std::string proxy : {"Acquire::http::Proxy", "Acquire::https::Proxy"}) {
    if (answers.proxy_url.empty()) break;
    out.settings.push_back(proxy + "=" + answers.proxy_url);
    for (const auto& direct : answers.no_proxy)
      out.settings.push_back(std::string(proxy).append("::").append(direct).append("=DIRECT"));
  }
  if (!answers.extra_ca.file.empty()) out.settings.push_back("Acquire::https::CAInfo=" + answers.extra_ca.file);
  return out;
}

Result<host::AptOptions> apt_options_with_login(const host::HostView& host, const engine::StageContext& context) {
  const profile::Answers& answers = context.settings.answers;
  host::AptOptions out = apt_network_options(context.settings);
  if (answers.proxy_url.empty() || answers.proxy_username.empty()) return out;
  Secret password;
  if (answers.proxy_password.is_set()) password = TRY(profile::open_secret(answers.proxy_password, host, context.credentials_directory));
  out.proxy = profile::proxy_with_login(answers, password);
  return out;
}

}  // namespace cosigner::stages

#include "installer/cli/registry_check.hpp"

#include "base/secret.hpp"
#include "profile/download_request.hpp"

namespace cosigner::cli {
namespace {

using container::LoginVerdict;

constexpr std::chrono::seconds limit{15};
constexpr std::size_t largest_answer = 256 * 1024;  // bytes

Result<host::HttpResponse> ask(const std::string& url, const host::HostView& host, const engine::StageContext& context) {
  const profile::Answers& answers = context.settings.answers;
  const Secret password = TRY(profile::open_secret(answers.registry_password, host, context.credentials_directory));
  host::HttpRequest request = TRY(profile::download_request(url, answers, host, context.credentials_directory));
  request.timeout = limit;
  request.body_limit = largest_answer;
  request.headers = {container::basic_authorization(answers.registry_username, password.reveal("login at the registry"))};
  auto answer = host.network().request(request);
  wipe_text(request.headers.front());
  return answer;
}

std::string challenge_of(const host::HttpResponse& answer) {
  const auto found = answer.headers.find("www-authenticate");
  return found == answer.headers.end() ? std::string() : found->second;
}

}  // namespace

LoginVerdict try_registry_login(const std::string& registry, const std::string& repository, const host::HostView& host,
                                const engine::StageContext& context) {
  const auto root = ask(container::registry_root(registry), host, context);
  if (!root.ok()) return LoginVerdict::unknown;
  const auto verdict = container::judge_root(root->status, challenge_of(*root));
  const auto authority = container::token_address(challenge_of(*root), repository);
  if (verdict != LoginVerdict::unknown || root->status != 401 || !authority) return verdict;
  const auto answer = ask(*authority, host, context);
  return answer.ok() ? container::judge_authority(answer->status) : LoginVerdict::unknown;
}

}  // namespace cosigner::cli

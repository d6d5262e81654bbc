#include "container/registry_login.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"

namespace cosigner::container {
namespace {

constexpr std::size_t longest_challenge = 4096;
constexpr std::string_view bearer = "bearer ";

bool is_bearer(std::string_view challenge) { return lower(challenge.substr(0, bearer.size())) == bearer; }

/// The value of name="…" in a challenge; no escapes, which no registry sends.
std::optional<std::string> parameter(std::string_view challenge, const std::string& name) {
  const std::string begin = name + "=\"";
  const std::string low = lower(challenge);
  for (std::size_t at = low.find(begin); at != std::string::npos; at = low.find(begin, at + 1)) {
    if (at == 0 || (low[at - 1] != ' ' && low[at - 1] != ',')) continue;
    const std::size_t from = at + begin.size();
    const std::size_t end = challenge.find('"', from);
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(challenge.substr(from, end - from));
  }
  return std::nullopt;
}

bool is_address(std::string_view text) {
  constexpr std::string_view https = "https://";
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '@' && c != '#'; };
  return text.size() > https.size() && text.substr(0, https.size()) == https && text[https.size()] != '/' &&
         std::all_of(text.begin(), text.end(), is_visible);
}

}  // namespace

std::string registry_root(std::string_view registry) { return "https://" + std::string(registry) + "/v2/"; }

std::string basic_authorization(std::string_view user, std::string_view password) {
  std::string login = std::string(user).append(":").append(password);
  std::string header = "Authorization: Basic " + to_base64(login);
  wipe_text(login);
  return header;
}

std::optional<std::string> token_address(std::string_view challenge, std::string_view repository) {
  if (challenge.size() > longest_challenge || !is_bearer(challenge)) return std::nullopt;
  const auto realm = parameter(challenge, "realm");
  if (!realm || !is_address(*realm)) return std::nullopt;
  std::string address = *realm + (realm->find('?') == std::string::npos ? "?" : "&");
  if (const auto service = parameter(challenge, "service")) address += "service=" + to_url_component(*service) + "&";
  return address + "scope=" + to_url_component("repository:" + std::string(repository) + ":pull");
}

LoginVerdict judge_root(int status, std::string_view challenge) {
  if (status == 200) return LoginVerdict::accepted;
  return status == 401 && !is_bearer(challenge) ? LoginVerdict::refused : LoginVerdict::unknown;
}

LoginVerdict judge_authority(int status) {
  if (status == 200) return LoginVerdict::accepted;
  return status == 401 || status == 403 ? LoginVerdict::refused : LoginVerdict::unknown;
}

}  // namespace cosigner::container

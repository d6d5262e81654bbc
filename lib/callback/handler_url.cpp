#include "callback/handler_url.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace cosigner::callback {
namespace {

constexpr std::size_t url_limit = 2048;
constexpr std::array<std::string_view, 2> suffixes = {"/tx_sign_request", "/config_change_sign_request"};

Error invalid(std::string_view rule, const std::string& remedy) {
  return make_error("callback.url_invalid", "the callback URL " + std::string(rule), remedy);
}

bool is_name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

bool is_ipv4(std::string_view host) {
  const std::vector<std::string_view> parts = split(host, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           const auto number = parse_number(part);
           return number && *number <= 255 && part.size() <= 3;
         });
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (const std::string_view label : split(host, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), is_name_character)) return false;
  }
  const std::string_view last = split(host, '.').back();
  return !std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_ipv6(std::string_view host) {
  const auto allowed = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.'; };
  return std::count(host.begin(), host.end(), ':') >= 2 && host.size() <= 45 && std::all_of(host.begin(), host.end(), allowed);
}

/// Splits "host:port" or "[v6]:port"; nothing when the brackets do not match.
bool split_authority(std::string_view authority, std::string& host, std::string_view& port) {
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = lower(authority.substr(1, end - 1));
    port = authority.substr(end + 1);
    return is_ipv6(host) && (port.empty() || port.front() == ':');
  }
  const std::size_t colon = std::min(authority.find(':'), authority.size());
  host = lower(authority.substr(0, colon));
  port = authority.substr(colon);
  return is_ipv4(host) || is_host_name(host);
}

void judge_authority(std::string_view authority, ParsedUrl& parsed, HandlerUrl& url) {
  if (authority.find('@') != std::string_view::npos) {
    parsed.problems.push_back(invalid("carries a user name or password", "Leave out everything between https:// and the host name."));
    authority.remove_prefix(authority.rfind('@') + 1);
  }
  std::string_view port;
  if (!split_authority(authority, url.host, port)) {
    parsed.problems.push_back(invalid("has no proper host name or address", "Write it as https://host:port/path."));
    return;
  }
  url.is_address = is_ipv4(url.host) || is_ipv6(url.host);
  if (port.empty()) return;
  const auto number = parse_number(port.substr(1));
  if (!number || *number < 1 || *number > 65535) {
    parsed.problems.push_back(invalid("has a port that is not a number from 1 to 65535", "Write it as https://host:port/path."));
    return;
  }
  url.port = static_cast<int>(*number);
}

void judge_path(std::string_view rest, ParsedUrl& parsed, HandlerUrl& url) {
  if (rest.find_first_of("?#") != std::string_view::npos) {
    parsed.problems.push_back(invalid("has a query or fragment", "Leave out everything from ? or # on."));
    rest = rest.substr(0, rest.find_first_of("?#"));
  }
  while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  url.path = std::string(rest);
  for (const std::string_view suffix : suffixes) {
    if (rest.size() < suffix.size() || rest.substr(rest.size() - suffix.size()) != suffix) continue;
    parsed.problems.push_back(make_error("callback.url_has_suffix", "the callback URL ends in " + std::string(suffix) + ", which the co-signer adds by itself",
                                         "Give the base URL: without /v2 and without " + std::string(suffix) + "."));
  }
  if (rest.size() >= 3 && rest.substr(rest.size() - 3) == "/v2") {
    parsed.problems.push_back(make_error("callback.url_has_suffix", "the callback URL ends in /v2, which the co-signer adds by itself where the scheme has it",
                                         "Give the base URL without /v2."));
  }
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '`'; });
}

}  // namespace

ParsedUrl parse_handler_url(std::string_view text) {
  ParsedUrl parsed;
  if (text.empty() || text.size() > url_limit || !is_plain(text)) {
    parsed.problems.push_back(invalid("is empty, too long, or has blanks or other characters that no URL has", "Write it as https://host:port/path."));
    return parsed;
  }
  if (lower(text.substr(0, 8)) != "https://") {
    parsed.problems.push_back(invalid("does not begin with https://", "Give the handler a certificate and use https."));
    return parsed;
  }
  const std::string_view rest = text.substr(8);
  const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  HandlerUrl url;
  judge_authority(rest.substr(0, slash), parsed, url);
  judge_path(rest.substr(slash), parsed, url);
  const bool broken = std::any_of(parsed.problems.begin(), parsed.problems.end(), [](const Error& e) { return e.code == "callback.url_invalid"; });
  if (!broken) parsed.url = std::move(url);
  return parsed;
}

}  // namespace cosigner::callback

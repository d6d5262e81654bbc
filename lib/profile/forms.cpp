#include "profile/forms.hpp"

#include <algorithm>

#include "base/path.hpp"
#include "base/text.hpp"

namespace cosigner::profile {
namespace {

bool all_of(std::string_view text, std::string_view allowed) { return text.find_first_not_of(allowed) == std::string_view::npos; }

constexpr std::string_view digits = "0123456789";
constexpr std::string_view name_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

/// What stands between "://" and the path.
std::string_view authority_of(std::string_view url) {
  const auto start = url.find("://");
  if (start == std::string_view::npos) return {};
  const std::string_view rest = url.substr(start + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

bool is_authority(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[')
    return authority.find(']') != std::string_view::npos && is_visible(authority);
  const auto colon = authority.find(':');
  const std::string_view host = authority.substr(0, colon);
  if (host.empty() || !all_of(host, name_characters)) return false;
  if (colon == std::string_view::npos) return true;
  const auto port = parse_number(authority.substr(colon + 1));
  return port && *port > 0 && *port < 65536;
}

}  // namespace

bool is_hex(std::string_view text, std::size_t count) { return text.size() == count && all_of(text, "0123456789abcdef"); }

bool is_fingerprint(std::string_view text) { return text.size() == 40 && all_of(text, "0123456789ABCDEF"); }

bool is_digest(std::string_view text) { return text.substr(0, 7) == "sha256:" && is_hex(text.substr(7), 64); }

bool is_revision(std::string_view text) {
  return !text.empty() && text.size() <= 128 && all_of(text, name_characters) && text.front() != '.' && text.front() != '-';
}

bool is_reason(std::string_view text) {
  if (text.size() < 3 || text.size() > 200) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127; })) return false;
  const auto words = split(text, ' ');
  return std::all_of(words.begin(), words.end(), [](std::string_view word) { return word.size() <= 40; });
}

bool is_user_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && all_of(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") &&
         !all_of(text.substr(0, 1), digits) && text.front() != '-';
}

bool is_absolute_path(std::string_view text) {
  const bool plain =
      std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
  return !text.empty() && text.front() == '/' && text.size() < 4096 && plain && Path(text).is_plain();
}

std::string local_directory_of(std::string_view place) {
  constexpr std::string_view scheme = "file://";
  if (place.substr(0, scheme.size()) == scheme) place.remove_prefix(scheme.size());
  const bool is_named = is_absolute_path(place) && place.size() > 1 && place.find_first_of(" %\"'") == std::string_view::npos;
  return is_named ? Path(place).text() : std::string();
}

bool is_package_place(std::string_view text) { return is_url(text, "https") || !local_directory_of(text).empty(); }

bool is_url(std::string_view text, std::string_view schemes) {
  const std::string_view scheme = text.substr(0, std::min(text.find("://"), text.size()));
  const auto allowed = split(schemes, ' ');
  if (std::find(allowed.begin(), allowed.end(), scheme) == allowed.end()) return false;
  return text.size() < 2048 && is_visible(text) && text.find('@') == std::string_view::npos && is_authority(authority_of(text));
}

bool looks_like_a_path(std::string_view text) {
  return text.substr(0, 1) == "/" || text.substr(0, 2) == "./" || text.substr(0, 3) == "../" || text.substr(0, 2) == "~/";
}

bool is_proxy_url(std::string_view text) {
  if (!is_url(text, "http https")) return false;
  const std::string_view after = text.substr(text.find("://") + 3);
  const auto slash = after.find_first_of("/?#");
  return slash == std::string_view::npos || after.substr(slash) == "/";
}

std::string host_of_url(std::string_view url) {
  std::string_view authority = authority_of(url);
  if (!authority.empty() && authority.front() == '[') return lower(authority.substr(0, authority.find(']') + 1));
  return lower(authority.substr(0, authority.find(':')));
}

}  // namespace cosigner::profile

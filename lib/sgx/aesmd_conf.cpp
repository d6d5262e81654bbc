#include "sgx/aesmd_conf.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace cosigner::sgx {
namespace {

bool begins_with_one_of(std::string_view value, const std::vector<std::string_view>& words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return value.substr(0, word.size()) == word; });
}

bool is_web_address(std::string_view value) { return begins_with_one_of(value, {"http://", "https://"}); }

/// Values are matched by their beginning; nothing wrong gives an empty text.
std::string trouble_with(const std::string& key, std::string_view after_equals, bool takes_whitelist) {
  const std::string_view value = trimmed(after_equals);
  if (key == "aesm proxy") return is_web_address(value) ? "" : "the proxy is not an http or https address";
  if (key == "whitelist url" && takes_whitelist) return is_web_address(value) ? "" : "the white list is not an http or https address";
  if (key == "whitelist url") return "this key ended with version 2.26 and is an error since";
  std::vector<std::string_view> words;
  if (key == "proxy type") words = {"direct", "default", "manual"};
  else if (key == "default quoting type") words = {"ecdsa_256", "epid_linkable", "epid_unlinkable"};
  else if (key == "qpl log level") words = {"error", "info"};
  else return "unknown key";
  const bool one_blank = after_equals.size() > 1 && after_equals[0] == ' ' && after_equals[1] != ' ' && after_equals[1] != '\t';
  if (!one_blank) return "exactly one blank must follow the equals sign";
  return begins_with_one_of(value, words) ? "" : "unknown value";
}

bool is_known(std::string_view key) {
  return key == "aesm proxy" || key == "proxy type" || key == "default quoting type" || key == "qpl log level";
}

/// Of what stands there, not of the blanks before it.
std::size_t column_of(std::string_view line, std::size_t from) {
  const std::size_t place = line.find_first_not_of(" \t", from);
  return (place == std::string_view::npos ? from : place) + 1;
}

constexpr const char* type_key = "proxy type";
constexpr const char* proxy_key = "aesm proxy";
constexpr const char* quoting_key = "default quoting type";

/// Key → value that is to hold; an empty value: the key is to go.
std::map<std::string, std::string> changes_of(const AesmdConf& conf, const AesmdWish& wish) {
  std::map<std::string, std::string> wanted;
  if (wish.proxy == AesmdWish::Proxy::manual) wanted = {{type_key, "manual"}, {proxy_key, wish.proxy_url}};
  if (wish.proxy == AesmdWish::Proxy::direct) wanted = {{type_key, "direct"}, {proxy_key, ""}};
  const auto quoting = conf.values.find(quoting_key);
  if (!wish.keeps_epid && quoting != conf.values.end() && quoting->second.rfind("epid", 0) == 0) wanted[quoting_key] = "ecdsa_256";
  for (auto each = wanted.begin(); each != wanted.end();) {
    const auto found = conf.values.find(each->first);
    const std::string now = found == conf.values.end() ? "" : found->second;
    each = now == each->second ? wanted.erase(each) : std::next(each);
  }
  return wanted;
}

/// The key of a line that stays; empty for comments and blank lines.
std::string key_of(std::string_view line) {
  const std::string_view content = line.substr(0, line.find('#'));
  return trimmed(content).empty() ? std::string() : lower(trimmed(content.substr(0, content.find('='))));
}

/// One line of the old text, which its reader refuses when `is_bad`: what becomes of it.
std::string kept(std::string_view line, bool is_bad, const AesmdWish& wish, std::map<std::string, std::string>& changes, const std::map<std::string, std::string>& wanted) {
  const std::string key = key_of(line);
  if (is_bad) return {};
  if (wanted.count(key) == 0) return !wish.keeps_epid && names_epid(line) ? std::string() : std::string(line) + "\n";
  const auto change = changes.find(key);  // in the place of the first line of its key; the others go
  if (change == changes.end()) return {};
  const std::string value = change->second;
  changes.erase(change);
  return value.empty() ? std::string() : key + " = " + value + "\n";
}

}  // namespace

AesmdConf read_aesmd_conf(std::string_view text, bool takes_whitelist) {
  AesmdConf out;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    const std::string_view content = line.substr(0, line.find('#'));
    const bool is_long = line.size() >= aesmd_line_limit;  // also of a comment: what is beyond the limit is read as a line of its own
    if (trimmed(content).empty() && !is_long) continue;
    const std::size_t equals = content.find('=');
    const bool has_equals = equals != std::string_view::npos;
    const std::string key = lower(trimmed(content.substr(0, has_equals ? equals : 0)));
    const std::string trouble = is_long       ? "longer than 1024 bytes"
                                : !has_equals ? "no equals sign"
                                              : trouble_with(key, content.substr(equals + 1), takes_whitelist);
    if (trouble.empty())
      out.values[key] = std::string(trimmed(content.substr(equals + 1)));
    else
      out.bad_lines.push_back({number, column_of(content, is_known(key) ? equals + 1 : 0), trouble});
  }
  return out;
}

bool names_epid(std::string_view text) {
  const auto lines = lines_of(text);
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    const std::string key = key_of(line);
    if (key == "whitelist url") return true;
    const std::size_t equals = line.find('=');
    return key == quoting_key && equals != std::string_view::npos && lower(trimmed(line.substr(equals + 1))).rfind("epid", 0) == 0;
  });
}

std::string write_aesmd_conf(std::string_view text, const AesmdWish& wish) {
  std::string plain;
  for (const char c : text)
    if (c != '\r') plain += c;
  const AesmdConf conf = read_aesmd_conf(plain, wish.keeps_epid && wish.takes_whitelist);
  const auto wanted = changes_of(conf, wish);
  auto changes = wanted;
  std::string out;
  std::size_t number = 0;
  auto bad = conf.bad_lines.begin();
  for (const std::string_view line : lines_of(plain)) {
    ++number;
    const bool is_bad = bad != conf.bad_lines.end() && bad->line == number;
    if (is_bad) ++bad;
    out += kept(line, is_bad, wish, changes, wanted);
  }
  for (const auto& [key, value] : changes)
    if (!value.empty()) out.append(key).append(" = ").append(value).append("\n");
  const bool lacks_only_its_end = out == plain + "\n";
  return lacks_only_its_end ? plain : out;
}

}  // namespace cosigner::sgx

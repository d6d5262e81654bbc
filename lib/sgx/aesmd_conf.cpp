#include "sgx/aesmd_conf.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace cosigner::sgx {
namespace {

constexpr std::size_t line_limit = 1024;

bool begins_with_one_of(std::string_view value, const std::vector<std::string_view>& words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return value.substr(0, word.size()) == word; });
}

/// Values are matched by their beginning; nothing wrong gives an empty text.
std::string trouble_with(const std::string& key, std::string_view after_equals) {
  const std::string_view value = trimmed(after_equals);
  if (key == "aesm proxy") return value.substr(0, 7) == "http://" || value.substr(0, 8) == "https://" ? "" : "the proxy is not an http or https address";
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

}  // namespace

AesmdConf read_aesmd_conf(std::string_view text) {
  AesmdConf out;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    const std::string_view content = line.substr(0, line.find('#'));
    if (trimmed(content).empty()) continue;
    const std::size_t equals = content.find('=');
    const bool has_equals = equals != std::string_view::npos;
    const std::string key = lower(trimmed(content.substr(0, has_equals ? equals : 0)));
    const std::string trouble = line.size() > line_limit ? "longer than 1024 bytes"
                                : !has_equals            ? "no equals sign"
                                                         : trouble_with(key, content.substr(equals + 1));
    if (trouble.empty())
      out.values[key] = std::string(trimmed(content.substr(equals + 1)));
    else
      out.bad_lines.push_back({number, column_of(content, is_known(key) ? equals + 1 : 0), trouble});
  }
  return out;
}

}  // namespace cosigner::sgx

#include "apt/version_order.hpp"

#include <algorithm>

namespace cosigner::apt {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A tilde sorts before the end, the end before letters, letters before everything else.
int weight_at(std::string_view text, std::size_t at) {
  if (at >= text.size() || is_digit(text[at])) return 0;
  if (text[at] == '~') return -1;
  const int code = static_cast<unsigned char>(text[at]);
  return is_letter(text[at]) ? code : code + 256;
}

/// Takes the digits at the beginning, without leading zeros.
std::string_view take_number(std::string_view& text) {
  const auto end = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

int compare_parts(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    std::size_t at = 0;
    for (; (at < left.size() && !is_digit(left[at])) || (at < right.size() && !is_digit(right[at])); ++at) {
      const int difference = weight_at(left, at) - weight_at(right, at);
      if (difference != 0) return difference;
    }
    left.remove_prefix(std::min(at, left.size()));
    right.remove_prefix(std::min(at, right.size()));
    const std::string_view a = take_number(left), b = take_number(right);
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    if (const int difference = a.compare(b); difference != 0) return difference;
  }
  return 0;
}

struct Parts {
  std::string_view epoch, upstream, revision;
};

Parts parts_of(std::string_view version) {
  Parts out;
  if (const std::size_t colon = version.find(':'); colon != std::string_view::npos) {
    out.epoch = version.substr(0, colon);
    version.remove_prefix(colon + 1);
  }
  const std::size_t dash = version.rfind('-');
  out.upstream = version.substr(0, dash);
  if (dash != std::string_view::npos) out.revision = version.substr(dash + 1);
  return out;
}

}  // namespace

int compare_versions(std::string_view left, std::string_view right) {
  const Parts a = parts_of(left), b = parts_of(right);
  if (const int epochs = compare_parts(a.epoch, b.epoch); epochs != 0) return epochs;
  if (const int upstreams = compare_parts(a.upstream, b.upstream); upstreams != 0) return upstreams;
  return compare_parts(a.revision, b.revision);
}

std::string_view upstream_numbers(std::string_view version) {
  const std::string_view upstream = parts_of(version).upstream;
  const std::size_t end = upstream.find_first_not_of("0123456789.");
  std::string_view numbers = upstream.substr(0, end);
  while (!numbers.empty() && numbers.back() == '.') numbers.remove_suffix(1);
  return numbers;
}

}  // namespace cosigner::apt

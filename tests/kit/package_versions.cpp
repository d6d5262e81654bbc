#include <cctype>
#include <string>

#include "kit/fake_packages.hpp"

namespace cosigner::kit {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// '~' before the end, the end before letters, letters before the rest.
int weight(const std::string& text, std::size_t at) {
  if (at >= text.size() || is_digit(text[at])) return 0;
  if (text[at] == '~') return -1;
  const auto c = static_cast<unsigned char>(text[at]);
  return std::isalpha(c) != 0 ? c : c + 256;
}

int compare_part(const std::string& left, const std::string& right) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    while ((i < left.size() && !is_digit(left[i])) || (j < right.size() && !is_digit(right[j]))) {
      const int difference = weight(left, i) - weight(right, j);
      if (difference != 0) return difference;
      ++i;
      ++j;
    }
    std::string a;
    std::string b;
    while (i < left.size() && is_digit(left[i])) a += left[i++];
    while (j < right.size() && is_digit(right[j])) b += right[j++];
    a.erase(0, a.find_first_not_of('0'));
    b.erase(0, b.find_first_not_of('0'));
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    if (a != b) return a < b ? -1 : 1;
  }
  return 0;
}

struct Version {
  std::string epoch = "0";
  std::string upstream;
  std::string revision;
};

Version parsed(const std::string& text) {
  Version version;
  const std::size_t colon = text.find(':');
  const std::string rest = colon == std::string::npos ? text : text.substr(colon + 1);
  if (colon != std::string::npos) version.epoch = text.substr(0, colon);
  const std::size_t dash = rest.rfind('-');
  version.upstream = rest.substr(0, dash);
  if (dash != std::string::npos) version.revision = rest.substr(dash + 1);
  return version;
}

}  // namespace

int compare_versions(const std::string& left, const std::string& right) {
  const Version a = parsed(left);
  const Version b = parsed(right);
  if (const int epoch = compare_part(a.epoch, b.epoch); epoch != 0) return epoch;
  if (const int upstream = compare_part(a.upstream, b.upstream); upstream != 0) return upstream;
  return compare_part(a.revision, b.revision);
}

}  // namespace cosigner::kit

#include "apt/source_file.hpp"

#include "apt/deb822.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::apt {
namespace {

constexpr const char* ours = "# Written by cosigner; changes here are put back by the next `cosigner setup`.\n";

/// A release field as a pattern that fits exactly this text: apt cuts the line at commas and reads the value as a shell pattern,
/// so everything with a meaning becomes the one-character wildcard.
std::string as_pattern(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '.' || c == '-' ||
                          c == '_' || c == '+' || c == '(' || c == ')';
    out += is_plain ? c : '?';
  }
  return out;
}

std::string pin_line(const PinTarget& target) {
  if (!target.host.empty()) return "origin " + target.host;
  std::vector<std::string> parts;
  if (!target.origin.empty()) parts.push_back("o=" + as_pattern(target.origin));
  if (!target.label.empty()) parts.push_back("l=" + as_pattern(target.label));
  if (!target.codename.empty()) parts.push_back("n=" + as_pattern(target.codename));
  return "release " + joined(parts, ",");
}

/// apt's own quoting of names in its lists folder (QuoteString with this set, then '/' becomes '_').
std::string list_name(std::string_view text) {
  static constexpr std::string_view quoted = "\\|{}[]<>\"^~_=!@#$%^&*";
  std::string out;
  for (const char c : text) {
    const bool must_quote = quoted.find(c) != std::string_view::npos || c <= ' ' || c > '~';
    if (must_quote) out += "%" + to_hex(std::string(1, c));
    else out += c == '/' ? '_' : c;
  }
  return out;
}

bool matches(std::string_view name, std::string_view pattern) {
  std::size_t at = 0, in = 0, star = std::string_view::npos, resume = 0;
  while (at < name.size()) {
    if (in < pattern.size() && (pattern[in] == '?' || pattern[in] == name[at])) {
      ++at;
      ++in;
    } else if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      resume = at;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (in < pattern.size() && pattern[in] == '*') ++in;
  return in == pattern.size();
}

}  // namespace

std::string to_source_file(const SourceEntry& entry) {
  const Paragraph paragraph{{{"Types", "deb"},
                             {"URIs", entry.uri},
                             {"Suites", entry.suite},
                             {"Components", entry.component},
                             {"Architectures", "amd64"},
                             {"Signed-By", entry.keyring_path + "," + entry.fingerprint}},
                            0};
  return "# " + entry.title + "\n" + ours + to_deb822(paragraph);
}

std::string to_preferences(const std::string& title, const PinTarget& target, const std::vector<std::string>& packages) {
  const std::string pin = pin_line(target);
  std::string out = "# " + title + ": nothing but what is named below\n" + ours;
  out += "Package: *\nPin: " + pin + "\nPin-Priority: -1\n";
  if (!packages.empty()) out += "\nPackage: " + joined(packages, " ") + "\nPin: " + pin + "\nPin-Priority: 990\n";
  return out;
}

std::string lists_prefix(std::string_view uri, std::string_view suite) {
  const std::size_t scheme = uri.find(':');
  std::string_view rest = scheme == std::string_view::npos ? uri : uri.substr(scheme + 1);
  if (rest.substr(0, 2) == "//") rest.remove_prefix(2);
  while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  return list_name(std::string(rest) + "/dists/" + std::string(suite) + "/");
}

std::string host_of(std::string_view uri) {
  const std::size_t start = uri.find("://");
  if (start == std::string_view::npos) return {};
  std::string_view rest = uri.substr(start + 3);
  rest = rest.substr(0, rest.find('/'));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  return lower(rest.substr(0, rest.find(':')));
}

bool matches_any(std::string_view name, const std::vector<std::string>& patterns) {
  for (const auto& pattern : patterns) {
    if (matches(name, pattern)) return true;
  }
  return false;
}

}  // namespace cosigner::apt

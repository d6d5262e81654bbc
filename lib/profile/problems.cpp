#include "profile/problems.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/untrusted.hpp"

namespace cosigner::profile {
namespace {

constexpr std::size_t longest_shown_key = 32;

bool is_token_like(std::string_view key) {
  // Base64, hex, JWTs: long runs, dots that split long parts, or digits mixed with both cases. No key of ours has a digit beside "fetchSha256",
  // "archiveSha256" and "driverSha256".
  if (key.size() > longest_shown_key) return true;
  const auto digits = std::count_if(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool has_foreign = std::any_of(key.begin(), key.end(), [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-');
  });
  return digits > 4 || (has_foreign && key.size() > 16);
}

}  // namespace

std::string shown_key(std::string_view key) {
  if (is_token_like(key)) return "(a key of " + std::to_string(key.size()) + " characters, not shown)";
  return shown(Untrusted(std::string(key)), longest_shown_key);
}

std::string dotted(std::string_view pointer) {
  std::vector<std::string> parts;
  for (const auto part : split(pointer, '/')) {
    if (!part.empty()) parts.push_back(shown_key(part));
  }
  return joined(parts, ".");
}

std::string text_of(const Problem& problem) {
  std::string text = problem.origin;
  if (problem.line != 0) text += " line " + std::to_string(problem.line);
  text += ": ";
  if (!problem.key.empty()) text += problem.key + ": ";
  return text + problem.rule;
}

Error to_error(std::string_view code, const std::vector<Problem>& problems) {
  const std::string count = problems.size() == 1 ? "one problem" : std::to_string(problems.size()) + " problems";
  Error error = make_error(code, count + " in what was given", "Correct what is listed and run the same command again.");
  for (const auto& problem : problems) error.context.push_back(text_of(problem));
  return error;
}

}  // namespace cosigner::profile

#include "container/revision.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cosigner::container {
namespace {

/// "3.10.1" → {3, 10, 1}; nothing for anything but one to four numbers.
std::optional<std::vector<unsigned long long>> numbers_of(std::string_view revision) {
  std::vector<unsigned long long> numbers;
  for (const std::string_view part : split(revision, '.')) {
    const auto number = parse_number(part);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  if (numbers.empty() || numbers.size() > 4) return std::nullopt;
  return numbers;
}

}  // namespace

std::optional<int> compare_revisions(std::string_view left, std::string_view right, const std::vector<std::string>& known) {
  if (left == right) return 0;
  const auto left_place = std::find(known.begin(), known.end(), left), right_place = std::find(known.begin(), known.end(), right);
  if (left_place != known.end() && right_place != known.end()) return left_place < right_place ? -1 : 1;
  auto first = numbers_of(left), second = numbers_of(right);
  if (!first || !second) return std::nullopt;
  first->resize(4);
  second->resize(4);
  if (*first == *second) return 0;
  return *first < *second ? -1 : 1;
}

bool is_downgrade(std::string_view current, std::string_view wanted, const std::vector<std::string>& known) {
  if (current.empty()) return false;
  const auto order = compare_revisions(wanted, current, known);
  return !order || *order < 0;
}

}  // namespace cosigner::container

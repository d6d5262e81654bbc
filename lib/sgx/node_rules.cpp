#include "sgx/node_rules.hpp"

#include <fnmatch.h>

#include "base/text.hpp"

namespace cosigner::sgx {
namespace {

struct Term {
  std::string key, sign, value;
};

/// As udev itself does it: fnmatch(3), whose patterns may be as hostile as they like (a file of rules is no secret place).
bool fits(std::string_view pattern, std::string_view text) { return fnmatch(std::string(pattern).c_str(), std::string(text).c_str(), 0) == 0; }

bool fits_one_of(std::string_view patterns, std::string_view text) {
  for (const std::string_view pattern : split(patterns, '|')) {
    if (fits(pattern, text)) return true;
  }
  return false;
}

/// One term off the front of the line; nothing when the rest is none.
std::optional<Term> take_term(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t,"), line.size()));
  const std::size_t sign = line.find_first_of("=!+-:");
  const std::size_t open = line.find('"');
  if (sign == std::string_view::npos || open == std::string_view::npos || sign > open) return std::nullopt;
  const std::size_t close = line.find('"', open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  Term term{std::string(trimmed(line.substr(0, sign))), std::string(trimmed(line.substr(sign, open - sign))), std::string(line.substr(open + 1, close - open - 1))};
  line.remove_prefix(close + 1);
  return term;
}

std::optional<std::uint32_t> octal(std::string_view text) {
  std::uint32_t bits = 0;
  if (text.empty() || text.size() > 5) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    bits = bits * 8 + static_cast<std::uint32_t>(c - '0');
  }
  return bits;
}

/// Nothing when it is no match but an assignment.
std::optional<bool> judge_match(const Term& term, std::string_view kernel_name) {
  if (term.sign != "==" && term.sign != "!=") return std::nullopt;
  const bool wanted = term.sign == "==";
  if (term.key == "KERNEL") return fits_one_of(term.value, kernel_name) == wanted;
  if (term.key == "SUBSYSTEM") return fits_one_of(term.value, "misc") == wanted;
  if (term.key == "ACTION") return fits_one_of(term.value, "add") == wanted || fits_one_of(term.value, "change") == wanted;
  return false;
}

class Evaluation {
 public:
  explicit Evaluation(std::string_view kernel_name) : kernel_name_(kernel_name) {}

  void line(std::string_view text) {
    text = trimmed(text);
    if (text.empty() || text.front() == '#') return;
    NodeRule found;
    bool is_final = false, names_device = false;
    while (const auto term = take_term(text)) {
      const auto match = judge_match(*term, kernel_name_);
      if (match == false) return;
      names_device = names_device || (match && term->key == "KERNEL");
      if (match) continue;
      if (term->key == "GROUP") found.group = term->value;
      if (term->key == "MODE") found.mode = octal(term->value);
      is_final = is_final || (term->sign == ":=" && (term->key == "GROUP" || term->key == "MODE"));
    }
    if (!names_device || is_final_) return;
    if (found.group) rule_.group = found.group;
    if (found.mode) rule_.mode = found.mode;
    is_final_ = is_final;
  }
  NodeRule rule() const {
    NodeRule out = rule_;
    if (out.group && !out.mode) out.mode = 0660;
    return out;
  }

 private:
  std::string_view kernel_name_;
  NodeRule rule_;
  bool is_final_ = false;
};

}  // namespace

NodeRule rule_of_node(const std::vector<std::string>& rule_files, std::string_view kernel_name) {
  Evaluation evaluation(kernel_name);
  for (const auto& text : rule_files) {
    std::string whole;
    for (const std::string_view line : lines_of(text)) {
      whole += line;
      if (!whole.empty() && whole.back() == '\\') {
        whole.pop_back();
        continue;
      }
      evaluation.line(whole);
      whole.clear();
    }
    evaluation.line(whole);
  }
  return evaluation.rule();
}

}  // namespace cosigner::sgx

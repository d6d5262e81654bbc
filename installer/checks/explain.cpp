// What an id stands for, from the shipped texts.
#include <algorithm>

#include "base/text.hpp"
#include "installer/checks/catalog.hpp"

namespace cosigner::checks {
namespace {

std::string line(const std::string& name, const std::string& value) {
  if (value.empty()) return {};
  return name + ":" + std::string(name.size() < 10 ? 11 - name.size() : 1, ' ') + value + "\n";
}

std::vector<std::string> rows_of(const std::string& check) {
  std::vector<std::string> out;
  for (const Trouble& trouble : catalogue()) {
    if (std::find(trouble.checks.begin(), trouble.checks.end(), check) != trouble.checks.end()) out.push_back(trouble.id);
  }
  return out;
}

std::string explain_check(const engine::Check& check) {
  std::string text =
      check.id + "  " + check.title + "\n" + line("about", about_check(check.id)) + line("depends on", check.parent);
  if (check.reach == engine::CheckReach::network) text += line("network", "yes, so --offline leaves it out");
  const auto rows = rows_of(check.id);
  text += line("finds", joined(rows, " "));
  for (const std::string& id : rows) {
    const Trouble* trouble = find_trouble(id);
    text += "  " + id + "  " + trouble->symptom + "\n      > " + trouble->remedy + "\n";
  }
  return text;
}

std::string explain_trouble(const Trouble& trouble) {
  std::string text = trouble.id + "  " + trouble.symptom + "\n" + line("cause", trouble.cause) + line("remedy", trouble.remedy) +
                     line("who", trouble.owner) + line("found by", joined(trouble.checks, " ")) +
                     line("not found", trouble.reason);
  for (const auto& fragments : trouble.quotes) text += line("words", joined(fragments, " … "));
  return text;
}

}  // namespace

std::string explain(const std::string& id) {
  for (const auto& check : all_checks()) {
    if (check.id == id) return explain_check(check);
  }
  const Trouble* trouble = find_trouble(id);
  return trouble == nullptr ? std::string() : explain_trouble(*trouble);
}

std::vector<std::string> explained_ids() {
  std::vector<std::string> out;
  for (const auto& check : all_checks()) out.push_back(check.id);
  for (const Trouble& trouble : catalogue()) out.push_back(trouble.id);
  return out;
}

}  // namespace cosigner::checks

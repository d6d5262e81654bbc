#include "sgx/cpuid_text.hpp"

#include <charconv>
#include <optional>
#include <string>

#include "base/text.hpp"

namespace cosigner::sgx {
namespace {

using host::CpuidDump;

constexpr std::size_t leaf_limit = 200'000;
constexpr std::size_t cpu_limit = 8192;

Error unreadable(const std::string& what) {
  return make_error("sgx.cpuid_unreadable", "the CPUID dump cannot be read: " + what, "Make it with `cpuid -r` (or `cpuid -1 -r`) and pass that output unchanged.");
}

std::optional<std::uint32_t> hex_number(std::string_view text) {
  if (text.substr(0, 2) == "0x" || text.substr(0, 2) == "0X") text.remove_prefix(2);
  if (text.empty() || text.size() > 8) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t start = std::string_view::npos;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool is_blank = i == text.size() || text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n' || text[i] == '>';
    if (is_blank && start != std::string_view::npos) {
      out.push_back(text.substr(start, i - start));
      start = std::string_view::npos;
    } else if (!is_blank && start == std::string_view::npos) {
      start = i;
    }
  }
  return out;
}

class Collector {
 public:
  void begin_cpu() {
    if (dumps_.empty() || !dumps_.back().leaves.empty()) dumps_.push_back({static_cast<int>(dumps_.size()), {}});
  }

  /// Without a subleaf number, repeats of a leaf count as subleaves in order.
  void add(std::uint32_t leaf, std::optional<std::uint32_t> subleaf, const host::CpuidRegisters& registers) {
    if (dumps_.empty()) begin_cpu();
    auto& leaves = dumps_.back().leaves;
    std::uint32_t number = subleaf.value_or(0);
    if (!subleaf && !leaves.empty() && leaves.back().leaf == leaf) number = leaves.back().subleaf + 1;
    leaves.push_back({leaf, number, registers});
    ++count_;
  }

  bool is_full() const { return count_ > leaf_limit || dumps_.size() > cpu_limit; }
  bool is_empty() const { return count_ == 0; }

  std::vector<CpuidDump> take() {
    while (!dumps_.empty() && dumps_.back().leaves.empty()) dumps_.pop_back();
    return std::move(dumps_);
  }

 private:
  std::vector<CpuidDump> dumps_;
  std::size_t count_ = 0;
};

/// "eax=0x…" into its register; true when it is one.
bool take_register(std::string_view word, host::CpuidRegisters& registers, int& seen) {
  const auto value = word.size() > 4 && word[3] == '=' ? hex_number(word.substr(4)) : std::nullopt;
  if (!value) return false;
  const std::string_view name = word.substr(0, 3);
  if (name == "eax") registers.eax = *value;
  else if (name == "ebx") registers.ebx = *value;
  else if (name == "ecx") registers.ecx = *value;
  else if (name == "edx") registers.edx = *value;
  else return false;
  ++seen;
  return true;
}

/// `cpuid -r`: leaf, subleaf and four registers are words, wherever a mail program broke the line.
void read_words(const std::vector<std::string_view>& words, Collector& into) {
  std::size_t i = 0;
  while (i < words.size() && !into.is_full()) {
    if (words[i] == "CPU" || words[i] == "CPU:") {
      into.begin_cpu();
      ++i;
      continue;
    }
    const bool has_leaf = i + 5 < words.size() && words[i].substr(0, 2) == "0x" && words[i + 1].substr(0, 2) == "0x" && words[i + 1].back() == ':';
    const auto leaf = has_leaf ? hex_number(words[i]) : std::nullopt;
    const auto subleaf = has_leaf ? hex_number(words[i + 1].substr(0, words[i + 1].size() - 1)) : std::nullopt;
    if (!leaf || !subleaf) {
      ++i;
      continue;
    }
    host::CpuidRegisters registers;
    int seen = 0;
    i += 2;
    while (i < words.size() && seen < 4 && take_register(words[i], registers, seen)) ++i;
    if (seen == 4) into.add(*leaf, *subleaf, registers);
  }
}

/// "CPUID 00000012: 00000063-00000001-00000000-00002F1F [SL 00]"
void read_aida_line(std::string_view line, Collector& into) {
  if (line.find("Logical CPU #") != std::string_view::npos) return into.begin_cpu();
  if (line.substr(0, 6) != "CPUID " || line.size() < 51 || line[14] != ':') return;
  const auto leaf = hex_number(line.substr(6, 8));
  const auto parts = split(line.substr(16, 35), '-');
  if (!leaf || parts.size() != 4) return;
  std::uint32_t values[4] = {};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto value = hex_number(parts[i]);
    if (!value || parts[i].size() != 8) return;
    values[i] = *value;
  }
  std::optional<std::uint32_t> subleaf;
  if (const auto at = line.find("[SL "); at != std::string_view::npos) subleaf = hex_number(line.substr(at + 4, line.find(']', at) - at - 4));
  into.add(*leaf, subleaf, {values[0], values[1], values[2], values[3]});
}

}  // namespace

Result<std::vector<CpuidDump>> parse_cpuid_text(std::string_view text) {
  if (text.size() > cpuid_text_limit) return unreadable("it has more than 8 MiB");
  Collector collector;
  for (const std::string_view line : lines_of(text)) {
    if (collector.is_full()) break;
    read_aida_line(trimmed(line), collector);
  }
  if (collector.is_empty()) {
    collector = Collector();
    read_words(words_of(text), collector);
  }
  if (collector.is_full()) return unreadable("it has more leaves than any machine");
  if (collector.is_empty()) return unreadable("it has no leaf in a known form");
  return collector.take();
}

}  // namespace cosigner::sgx

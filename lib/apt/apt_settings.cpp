#include "apt/apt_settings.hpp"

#include <optional>

#include "base/text.hpp"

namespace cosigner::apt {
namespace {

constexpr std::size_t depth_limit = 32;

/// Blanks out comments (`//`, `/* */`, a line that begins with '#'), keeping line feeds and what is quoted.
std::string without_comments(std::string_view text) {
  std::string out(text);
  bool quoted = false, line_start = true;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool starts_line = line_start;
    line_start = out[i] == '\n' || (line_start && (out[i] == ' ' || out[i] == '\t'));
    if (out[i] == '"') quoted = !quoted;
    if (out[i] == '\n') quoted = false;
    if (quoted) continue;
    const bool block = out.compare(i, 2, "/*") == 0;
    if (!block && out.compare(i, 2, "//") != 0 && !(starts_line && out[i] == '#')) continue;
    const std::size_t end = block ? out.find("*/", i + 2) : out.find('\n', i);
    const std::size_t stop = end == std::string::npos ? out.size() : end + (block ? 2 : 0);
    for (; i < stop; ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
    --i;
    line_start = !block;
  }
  return out;
}

class Reader {
 public:
  explicit Reader(std::string text) : text_(std::move(text)) {}

  std::vector<AptSetting> read() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (c == ';') end_statement();
      else if (c == '{') open_block();
      else if (c == '}') close_block();
      else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') ++at_;
      else words_.push_back(read_word());
      if (c == ';' || c == '{' || c == '}') ++at_;
    }
    end_statement();
    return std::move(settings_);
  }

 private:
  std::string read_word() {
    if (text_[at_] == '"') {
      const std::size_t end = text_.find_first_of("\"\n", at_ + 1);
      const std::size_t stop = end == std::string::npos ? text_.size() : end;
      std::string word = text_.substr(at_ + 1, stop - at_ - 1);
      at_ = stop < text_.size() && text_[stop] == '"' ? stop + 1 : stop;
      return word;
    }
    const std::size_t end = text_.find_first_of(" \t\r\n;{}\"", at_);
    const std::size_t stop = end == std::string::npos ? text_.size() : end;
    std::string word = text_.substr(at_, stop - at_);
    at_ = stop;
    return word;
  }

  std::string prefix() const {
    std::string out;
    for (const auto& part : blocks_) out += part + "::";
    return out;
  }

  void end_statement() {
    if (!words_.empty()) {
      const std::string value = words_.size() > 1 ? words_[1] : std::string();
      settings_.push_back({lower(prefix() + words_[0]), value, line_});
    }
    words_.clear();
  }

  void open_block() {
    const std::string name = words_.empty() ? std::string() : words_[0];
    if (words_.size() > 1) end_statement();
    words_.clear();
    if (blocks_.size() < depth_limit) blocks_.push_back(name);
  }

  void close_block() {
    end_statement();
    if (!blocks_.empty()) blocks_.pop_back();
  }

  std::string text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<std::string> words_;
  std::vector<std::string> blocks_;
  std::vector<AptSetting> settings_;
};

/// As apt reads a yes or no; nothing for anything else.
std::optional<bool> as_bool(std::string_view text) {
  const std::string word = lower(text);
  for (const char* yes : {"yes", "true", "with", "on", "enable"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"no", "false", "without", "off", "disable"}) {
    if (word == no) return false;
  }
  const auto number = parse_number(word);
  if (number) return *number != 0;
  return std::nullopt;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

struct Rule {
  std::string_view name;  // a leading "*" stands for "acquire::https::" and an optional host
  bool weak_value;
  std::string_view effect;
  bool stops;
};

constexpr Rule rules[] = {
    {"apt::get::allowunauthenticated", true, "packages without a valid signature are installed", true},
    {"apt::get::force-yes", true, "packages without a valid signature are installed", true},
    {"acquire::allowinsecurerepositories", true, "sources without a signature are accepted", true},
    {"acquire::allowweakrepositories", true, "sources with a weak signature are accepted", true},
    {"acquire::allowdowngradetoinsecurerepositories", true, "a source may lose its signature", true},
    {"apt::get::allow-downgrades", true, "packages may be replaced by older ones", true},
    {"*verify-peer", false, "the certificates of package servers are not checked", true},
    {"*verify-host", false, "the names in certificates of package servers are not checked", true},
    {"acquire::check-valid-until", false, "an index that is past its end is accepted", false},
    {"acquire::check-date", false, "an index from the future is accepted", false},
};

bool applies(const Rule& rule, std::string_view name) {
  if (rule.name.front() != '*') return rule.name == name;
  return name.substr(0, 16) == "acquire::https::" && ends_with(name, "::" + std::string(rule.name.substr(1)));
}

}  // namespace

std::vector<AptSetting> parse_apt_conf(std::string_view text) { return Reader(without_comments(text)).read(); }

std::vector<WeakSetting> weak_settings(const std::vector<AptSetting>& settings) {
  std::vector<WeakSetting> out;
  for (const auto& setting : settings) {
    for (const auto& rule : rules) {
      if (applies(rule, setting.name) && as_bool(setting.value) == rule.weak_value) out.push_back({setting, std::string(rule.effect), rule.stops});
    }
  }
  return out;
}

}  // namespace cosigner::apt

// `plan --diff`: what the files look like before and after, and the exact calls.
#include <algorithm>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "installer/ui/plan_view.hpp"

namespace cosigner::ui {
namespace {

constexpr std::size_t context_lines = 3;
constexpr std::size_t most_lines = 2000;  // the table below is lines times lines
constexpr std::size_t longest_line = 300;

struct Line {
  char mark;
  std::string_view text;
};

/// Longest common subsequence; both texts are configuration files of a few hundred lines.
std::vector<Line> compare(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> common((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      common[i * width + j] = a[i] == b[j] ? common[(i + 1) * width + j + 1] + 1 : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::vector<Line> lines;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      lines.push_back({' ', a[i++]});
      ++j;
    } else if (j == b.size() || (i < a.size() && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      lines.push_back({'-', a[i++]});
    } else {
      lines.push_back({'+', b[j++]});
    }
  }
  return lines;
}

bool is_near_change(const std::vector<Line>& lines, std::size_t at) {
  const std::size_t first = at > context_lines ? at - context_lines : 0;
  const std::size_t last = std::min(lines.size(), at + context_lines + 1);
  return std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.begin() + static_cast<std::ptrdiff_t>(last), [](const Line& line) { return line.mark != ' '; });
}

std::string file_difference(const engine::WriteFile& file, const CurrentFiles& current) {
  const auto found = current.find(file.path.text());
  const std::optional<std::string> before = found == current.end() ? std::nullopt : found->second;
  if (file.sensitive) return "  (content not shown)\n";
  const bool binary = file.content.find('\0') != std::string::npos || (before && before->find('\0') != std::string::npos);
  if (binary) return "  (binary, " + std::to_string(file.content.size()) + " bytes)\n";
  return line_difference(before.value_or(""), file.content);
}

}  // namespace

std::string line_difference(const std::string& before, const std::string& after) {
  const auto a = lines_of(before);
  const auto b = lines_of(after);
  if (a.size() > most_lines || b.size() > most_lines) return "  (too long to compare)\n";
  const auto lines = compare(a, b);
  std::string text;
  bool gap = false;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (!is_near_change(lines, at)) {
      gap = true;
      continue;
    }
    if (gap && !text.empty()) text += "  ...\n";
    gap = false;
    text += std::string(1, lines[at].mark) + " " + shown(Untrusted(std::string(lines[at].text)), longest_line) + "\n";
  }
  return text;
}

std::vector<Path> files_of(const PlanView& plan) {
  std::vector<Path> paths;
  for (const auto& stage : plan.stages) {
    for (const auto& step : stage.plan.steps) {
      const auto* file = std::get_if<engine::WriteFile>(&step.payload);
      if (file != nullptr && !file->sensitive) paths.push_back(file->path);
    }
  }
  return paths;
}

std::string plan_difference(const PlanView& plan, const CurrentFiles& current) {
  std::string text;
  for (const auto& stage : plan.stages) {
    for (const auto& step : stage.plan.steps) {
      text += stage.stage->id() + "/" + step.id + ": " + shown(Untrusted(engine::effect_of(step)), 2 * longest_line) + "\n";
      if (const auto* file = std::get_if<engine::WriteFile>(&step.payload)) text += file_difference(*file, current);
    }
  }
  return text;
}

}  // namespace cosigner::ui

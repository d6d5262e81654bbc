#include "installer/ui/prompts.hpp"

#include "base/text.hpp"
#include "installer/ui/wrapped.hpp"

namespace cosigner::ui {
namespace {

constexpr std::size_t longest_pem = 64 * 1024;

std::string option_list(const std::vector<std::string>& options) {
  std::string text;
  for (std::size_t at = 0; at < options.size(); ++at) text += "  " + std::to_string(at + 1) + "  " + options[at] + "\n";
  return text;
}

}  // namespace

void Prompts::show(const std::string& text) { terminal_.out(wrapped(text, terminal_.columns())); }

void Prompts::say(const std::string& line) { show(line + "\n"); }

Result<bool> Prompts::yes_no(const std::string& question, std::optional<bool> default_answer) {
  const std::string hint = !default_answer ? " [y/n] " : *default_answer ? " [Y/n] " : " [y/N] ";
  while (true) {
    show(question + hint);
    const std::string text = TRY(terminal_.read_line());
    const std::string answer = lower(trimmed(text));
    if (answer == "y" || answer == "yes") return true;
    if (answer == "n" || answer == "no") return false;
    if (answer.empty() && default_answer) return *default_answer;
    say("Please answer yes or no.");
  }
}

Result<std::size_t> Prompts::choice(const std::string& question, const std::vector<std::string>& options, std::optional<std::size_t> default_option) {
  const std::string hint = default_option ? " [" + std::to_string(*default_option + 1) + "] " : " ";
  while (true) {
    show(std::string(question).append("\n").append(option_list(options)).append("Your choice").append(hint));
    const std::string text = TRY(terminal_.read_line());
    const std::string_view answer = trimmed(text);
    if (answer.empty() && default_option) return *default_option;
    const auto number = parse_number(answer);
    if (number && *number >= 1 && *number <= options.size()) return static_cast<std::size_t>(*number - 1);
    say("Please enter a number from 1 to " + std::to_string(options.size()) + ".");
  }
}

Result<std::string> Prompts::line(const std::string& question, const std::string& default_text, const Rule& rule) {
  while (true) {
    show(std::string(question).append(default_text.empty() ? std::string(" ") : " [" + default_text + "] "));
    const std::string text = TRY(terminal_.read_line());
    const std::string answer = trimmed(text).empty() ? default_text : std::string(trimmed(text));
    const auto broken = rule ? rule(answer) : std::nullopt;
    if (!broken) return answer;
    say("That does not fit: it " + *broken + ".");
  }
}

Result<Secret> Prompts::secret(const std::string& question, bool mandatory) {
  while (true) {
    Secret secret = TRY(terminal_.read_hidden_line(wrapped(question + " (not shown) ", terminal_.columns())));
    if (!secret.empty() || !mandatory) return secret;
    say("Nothing was entered.");
  }
}

Result<Prompts::Pem> Prompts::pem(const std::string& question) {
  while (true) {
    say(question);
    show("Paste it with its BEGIN and END lines, or enter the path of a file: ");
    std::string line = TRY(terminal_.read_line());
    while (trimmed(line).empty()) line = TRY(terminal_.read_line());
    const std::string first(trimmed(line));
    if (first.front() == '/') return Pem{{}, first};
    if (first.rfind("-----BEGIN ", 0) != 0) {
      say("That is neither a BEGIN line nor a path that starts with \"/\".");
      continue;
    }
    std::string text = first + "\n";
    while (text.size() <= longest_pem) {
      line = TRY(terminal_.read_line());
      text += std::string(trimmed(line)) + "\n";
      if (trimmed(line).substr(0, 9) == "-----END ") return Pem{text, {}};
    }
    say("That is too long for a PEM text.");
  }
}

Result<bool> Prompts::typed_sentence(const std::string& question, const std::string& sentence) {
  while (true) {
    show(std::string(question).append("\nType \"").append(sentence).append("\" to confirm, or just press Enter to go back: "));
    const std::string text = TRY(terminal_.read_line());
    if (trimmed(text) == sentence) return true;
    if (trimmed(text).empty()) return false;
    say("That is not the sentence.");
  }
}

}  // namespace cosigner::ui

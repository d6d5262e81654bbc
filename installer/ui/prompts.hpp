// Questions to the person at the terminal. Every question is asked again until the answer fits; the end of the input or a signal is
// `run.cancelled`. Texts that may be foreign must be made safe by the caller.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "installer/ui/terminal.hpp"

namespace cosigner::ui {

/// Nothing when the text fits; otherwise the rule in one sentence.
using Rule = std::function<std::optional<std::string>(const std::string&)>;

class Prompts {
 public:
  explicit Prompts(Terminal& terminal) : terminal_(terminal) {}

  void say(const std::string& line);
  /// y/yes/n/no; empty takes the default where there is one.
  Result<bool> yes_no(const std::string& question, std::optional<bool> default_answer);
  /// Index of the chosen option; numbers from 1; empty takes the default where there is one.
  Result<std::size_t> choice(const std::string& question, const std::vector<std::string>& options, std::optional<std::size_t> default_option);
  /// One line, trimmed; empty takes the default (which may be empty).
  Result<std::string> line(const std::string& question, const std::string& default_text, const Rule& rule);
  /// Without echo. An empty line is a secret of no bytes unless `mandatory`.
  Result<Secret> secret(const std::string& question, bool mandatory);
  /// A pasted PEM text, read until its END line however slowly it comes, or the path of a file. `is_path` says which.
  struct Pem {
    std::string text;
    std::string path;
  };
  Result<Pem> pem(const std::string& question);
  /// True when exactly this sentence was typed; an empty line is false; anything else is asked again.
  Result<bool> typed_sentence(const std::string& question, const std::string& sentence);

 private:
  void show(const std::string& text);  // broken at words where the screen ends

  Terminal& terminal_;
};

}  // namespace cosigner::ui

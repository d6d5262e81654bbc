// A terminal of paper: answers are queued beforehand, everything said is kept. The end of the queue is the end of the input.
#pragma once

#include <deque>
#include <string>

#include "installer/ui/terminal.hpp"

namespace cosigner::kit {

class PaperTerminal : public ui::Terminal {
 public:
  bool interactive = true;
  bool redraw = false;
  bool colour = false;
  int width = 80;
  std::deque<std::string> answers;
  std::string piped;
  std::string said;    // standard output
  std::string erred;   // standard error
  bool output_closed = false;  // nobody reads what is said
  int hidden_reads = 0;
  int reads = 0;

  bool is_interactive() const override { return interactive; }
  bool can_redraw() const override { return redraw; }
  bool has_colour() const override { return colour; }
  int columns() const override { return width; }
  bool is_output_closed() const override { return output_closed; }
  void out(std::string_view text) override { said += text; }
  void err(std::string_view text) override { erred += text; }
  Result<std::string> read_line() override {
    ++reads;
    if (answers.empty()) return make_error("run.cancelled", "the input ended", "");
    std::string line = answers.front();
    answers.pop_front();
    return line;
  }
  Result<Secret> read_hidden_line(std::string_view question) override {
    said += question;
    ++hidden_reads;
    auto line = read_line();
    if (!line.ok()) return std::move(line).error();
    return Secret(std::move(line.value()));
  }
  Result<Secret> read_all(std::size_t) override { return Secret(std::string(piped)); }
};

}  // namespace cosigner::kit

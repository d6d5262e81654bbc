// The real terminal, on the descriptors 0, 1 and 2.
#pragma once

#include "base/cancel.hpp"
#include "installer/ui/terminal.hpp"

namespace cosigner::ui {

class PosixTerminal : public Terminal {
 public:
  /// `no_color`: the variable NO_COLOR was set to something. `term`: the value of TERM.
  PosixTerminal(const CancelToken& cancel, bool no_color, const std::string& term);

  bool is_interactive() const override { return input_ && output_; }
  bool can_redraw() const override { return output_ && !dumb_; }
  bool is_output_terminal() const override { return output_; }
  bool is_output_closed() const override { return output_closed_; }
  bool has_colour() const override { return output_ && !dumb_ && !no_color_; }
  int columns() const override;
  void out(std::string_view text) override;
  void err(std::string_view text) override;
  Result<std::string> read_line() override;
  Result<Secret> read_hidden_line(std::string_view question) override;
  Result<Secret> read_all(std::size_t limit) override;

 private:
  Result<std::string> take_line();
  Status wait_for_input();

  const CancelToken& cancel_;
  bool no_color_;
  bool dumb_;
  bool input_;
  bool output_;
  bool output_closed_ = false;
  std::string pending_;  // read but not yet asked for
};

}  // namespace cosigner::ui

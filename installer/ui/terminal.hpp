// The person's side of the program: lines out, lines in. A small port, so that prompts and renderers are tested with a terminal of paper.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace cosigner::ui {

class Terminal {
 public:
  virtual ~Terminal() = default;
  /// Somebody sits there: input and output are both a terminal.
  virtual bool is_interactive() const = 0;
  /// Output alone is a terminal that understands cursor movement.
  virtual bool can_redraw() const = 0;
  /// Output is a terminal, whatever it understands: text that is not ours must not reach it as it is.
  virtual bool is_output_terminal() const { return is_interactive() || can_redraw(); }
  /// Nobody reads the output any more (`cosigner logs -f | head`).
  virtual bool is_output_closed() const { return false; }
  virtual bool has_colour() const = 0;
  virtual int columns() const = 0;
  virtual void out(std::string_view text) = 0;
  virtual void err(std::string_view text) = 0;
  /// One line without its line feed. Fails with `run.cancelled` on a signal or at the end of the input.
  virtual Result<std::string> read_line() = 0;
  /// The same without echo. The question is shown once echo is off, so that what is pasted at once is neither shown nor lost; echo is
  /// restored on every way out.
  virtual Result<Secret> read_hidden_line(std::string_view question) = 0;
  /// Everything up to the end of the input, at most `limit` bytes (a token piped in). Fails with `usage.input_too_large`.
  virtual Result<Secret> read_all(std::size_t limit) = 0;
};

}  // namespace cosigner::ui

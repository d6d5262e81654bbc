// A container's log for people and programs. Its text is not ours: line by line it passes the renderer for untrusted text, so
// that it can neither steer a terminal nor pretend to be a line of ours; a line that has no end is cut.
#pragma once

#include <deque>
#include <string>

#include "base/untrusted.hpp"
#include "installer/ui/terminal.hpp"

namespace cosigner::ui {

/// The code of the error with which a reader that went away ends the reading.
inline constexpr const char* output_closed = "run.output_closed";

/// Pieces to lines. What is beyond `longest_line` of a line is dropped.
class LineCutter {
 public:
  static constexpr std::size_t longest_line = 8192;  // bytes; the engine itself cuts at 16 KiB

  /// Calls `line` for each line that is complete, without its end.
  template <class Taker>
  void take(std::string_view bytes, const Taker& line) {
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
      append(bytes.substr(0, end));
      line(flush());
      bytes.remove_prefix(end + 1);
    }
    append(bytes);
  }
  bool empty() const { return line_.empty(); }
  std::string flush();

 private:
  void append(std::string_view bytes);
  std::string line_;
  bool cut_ = false;
};

class LogView {
 public:
  /// `raw`: the bytes as they are; only where nobody's terminal reads them.
  LogView(Terminal& terminal, bool raw) : terminal_(terminal), raw_(raw) {}

  /// Fails with `run.output_closed`.
  Status take(const Untrusted& piece);
  /// A last line without line feed.
  void end();

 private:
  Terminal& terminal_;
  bool raw_;
  LineCutter lines_;
};

/// "cosigner.logs/1". Keeps the newest lines when the log is larger than a document may be, and says so.
class LogDocument {
 public:
  LogDocument(std::string container, std::string state) : container_(std::move(container)), state_(std::move(state)) {}
  Status take(const Untrusted& piece);
  std::string text();

 private:
  void keep(std::string line);

  std::string container_;
  std::string state_;
  LineCutter lines_;
  std::deque<std::string> kept_;
  std::size_t size_ = 0;
  bool dropped_ = false;
};

}  // namespace cosigner::ui

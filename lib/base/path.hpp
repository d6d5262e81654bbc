// A lexical, absolute path of the target machine. It touches no file system; the walker in `host/posix` opens it.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace cosigner {

class Path {
 public:
  Path() : text_("/") {}
  /// `text` must be absolute; empty, "." and doubled separators are folded away. ".." is kept and refused by `is_plain`.
  Path(std::string_view text);                          // NOLINT: implicit by design, paths are written as literals
  Path(const char* text) : Path(std::string_view(text)) {}   // NOLINT
  Path(const std::string& text) : Path(std::string_view(text)) {}  // NOLINT

  const std::string& text() const { return text_; }
  Path operator/(std::string_view name) const;
  Path parent() const;
  std::string name() const;
  /// True when this path is `ancestor` or lies beneath it.
  bool is_within(const Path& ancestor) const;
  /// No ".." component, no NUL: a path that means what it says.
  bool is_plain() const;

  friend auto operator<=>(const Path&, const Path&) = default;

 private:
  std::string text_;
};

}  // namespace cosigner

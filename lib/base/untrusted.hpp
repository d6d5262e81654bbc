// Text that is not ours: gateway, registry, apt, certificates, image labels, container logs, file names, DMI, answer keys.
//
// It has no stream operator. Each sink has one renderer, which escapes control, C1 and bidirectional characters and
// broken UTF-8, cuts the length and keeps one line (threats N6). A JSON sink quotes by itself, so it needs only the cut.
#pragma once

#include <string>
#include <string_view>

namespace cosigner {

class Untrusted {
 public:
  Untrusted() = default;
  explicit Untrusted(std::string text) : text_(std::move(text)) {}

  /// For parsing and comparing only; never for output.
  std::string_view raw() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const Untrusted&, const Untrusted&) = default;

 private:
  std::string text_;
};

/// One safe line for terminal, plain log or message text; longer texts are cut and end in "…".
std::string shown(const Untrusted& text, std::size_t limit = 200);
/// The same for Markdown: characters with a meaning there are escaped too.
std::string shown_in_markdown(const Untrusted& text, std::size_t limit = 200);
/// Escaped lines of a longer text (container logs on a terminal): line feeds are kept, everything else as in `shown`.
std::string shown_lines(const Untrusted& text, std::size_t limit);

}  // namespace cosigner

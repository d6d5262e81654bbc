#include "base/untrusted.hpp"

#include <cstdint>

namespace cosigner {
namespace {

struct Decoded {
  std::uint32_t code_point = 0;
  std::size_t length = 0;  // 0: not valid UTF-8 at this place
};

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

Decoded decode(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = sequence_length(lead);
  if (length == 0 || at + length > text.size()) return {};
  if (length == 1) return {lead, 1};
  std::uint32_t code = lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0u) != 0x80u) return {};
    code = (code << 6) | (next & 0x3Fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return {};
  return {code, length};
}

/// Characters that move the cursor, change direction or cannot be seen (Unicode: Cc, bidi controls, zero width, tags).
bool is_deceptive(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF ||
         (c >= 0xFFF0 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

void append_escape(std::string& out, std::uint32_t code, bool byte) {
  static constexpr char digits[] = "0123456789abcdef";
  out += byte ? "\\x" : "\\u{";
  const int first = byte ? 4 : (code > 0xFFFF ? 20 : 12);
  for (int shift = first; shift >= 0; shift -= 4) out += digits[(code >> shift) & 0xFu];
  if (!byte) out += '}';
}

enum class LineFeeds { escaped, kept };

std::string escaped(std::string_view text, std::size_t limit, std::string_view also, LineFeeds feeds) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (out.size() >= limit) return out + "…";
    const Decoded next = decode(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (next.length == 0) {
      append_escape(out, byte, true);
    } else if (byte == '\n' && feeds == LineFeeds::kept) {
      out += '\n';
    } else if (is_deceptive(next.code_point)) {
      append_escape(out, next.code_point, next.code_point < 0x100);
    } else {
      if (next.length == 1 && also.find(text[at]) != std::string_view::npos) out += '\\';
      out.append(text.substr(at, next.length));
    }
    at += next.length == 0 ? 1 : next.length;
  }
  return out;
}

}  // namespace

std::string shown(const Untrusted& text, std::size_t limit) { return escaped(text.raw(), limit, "", LineFeeds::escaped); }

std::string shown_in_markdown(const Untrusted& text, std::size_t limit) {
  return escaped(text.raw(), limit, "\\`*_{}[]<>()#+-!|&~", LineFeeds::escaped);
}

std::string shown_lines(const Untrusted& text, std::size_t limit) {
  return escaped(text.raw(), limit, "", LineFeeds::kept);
}

}  // namespace cosigner

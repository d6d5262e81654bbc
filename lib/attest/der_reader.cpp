#include "attest/der_reader.hpp"

namespace cosigner::attest {
namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

}  // namespace

std::optional<std::string_view> DerReader::take(std::uint8_t tag) {
  if (rest_.size() < 2 || byte_at(rest_, 0) != tag) return std::nullopt;
  const std::uint8_t first = byte_at(rest_, 1);
  std::size_t length = first, head = 2;
  if (first >= 0x80) {  // long form: one or two bytes of length are more than the extension needs
    const std::size_t count = first & 0x7Fu;
    if (count < 1 || count > 2 || rest_.size() < 2 + count) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = (length << 8) | byte_at(rest_, 2 + i);
    head = 2 + count;
    if (length < (count == 1 ? 0x80u : 0x100u)) return std::nullopt;
  }
  if (length > rest_.size() - head) return std::nullopt;
  const std::string_view content = rest_.substr(head, length);
  rest_.remove_prefix(head + length);
  return content;
}

std::optional<std::uint32_t> der_number(std::string_view content, std::uint32_t maximum) {
  if (content.empty() || content.size() > 5 || byte_at(content, 0) >= 0x80) return std::nullopt;  // below zero
  if (content.size() > 1 && byte_at(content, 0) == 0 && byte_at(content, 1) < 0x80) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < content.size(); ++i) value = (value << 8) | byte_at(content, i);
  if (value > maximum) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

std::optional<bool> der_boolean(std::string_view content) {
  if (content.size() != 1) return std::nullopt;
  if (byte_at(content, 0) == 0xFF) return true;
  if (byte_at(content, 0) == 0x00) return false;
  return std::nullopt;
}

}  // namespace cosigner::attest

// Takes fields off the front of a byte buffer, each bounded before it is touched. Integers are little-endian, as everywhere in a
// quote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cosigner::attest {

/// Little-endian value of at most eight bytes.
inline std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  /// The next `count` bytes; nothing, and nothing taken, when fewer are left.
  std::optional<std::string_view> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;  // compared with what is left, so that no sum can wrap
    const std::string_view field = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return field;
  }
  std::optional<std::uint16_t> u16() {
    const auto field = take(2);
    if (!field) return std::nullopt;
    return static_cast<std::uint16_t>(little_endian(*field));
  }
  std::optional<std::uint32_t> u32() {
    const auto field = take(4);
    if (!field) return std::nullopt;
    return static_cast<std::uint32_t>(little_endian(*field));
  }
  /// What a size field announces: u32 (or u16) and then as many bytes.
  std::optional<std::string_view> sized_by_u32() {
    const auto size = u32();
    return size ? take(*size) : std::nullopt;
  }
  std::optional<std::string_view> sized_by_u16() {
    const auto size = u16();
    return size ? take(*size) : std::nullopt;
  }
  bool is_at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace cosigner::attest

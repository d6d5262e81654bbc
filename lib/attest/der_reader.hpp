// A reader for the small DER values of Intel's SGX extension, the one place where OpenSSL has no template for us. Definite
// lengths in their shortest form only; every length is bounded before it is used.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cosigner::attest {

namespace der_tag {
constexpr std::uint8_t boolean = 0x01, integer = 0x02, octet_string = 0x04, object_id = 0x06, enumerated = 0x0A, sequence = 0x30;
}

class DerReader {
 public:
  explicit DerReader(std::string_view der) : rest_(der) {}

  /// The content of the next value when it has this tag; nothing otherwise.
  std::optional<std::string_view> take(std::uint8_t tag);
  bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// Content of an INTEGER or ENUMERATED in its shortest form, between 0 and `maximum`.
std::optional<std::uint32_t> der_number(std::string_view content, std::uint32_t maximum);
std::optional<bool> der_boolean(std::string_view content);

}  // namespace cosigner::attest

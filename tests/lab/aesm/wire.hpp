// Protobuf by hand, as far as the AESM messages need it: varints and length-delimited fields.
// A second, independent reading of the format, so that the product's encoder is not tested against itself.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lab::aesm {

struct Field {
  std::uint32_t number = 0;
  std::uint64_t value = 0;  // wire type 0
  std::string_view bytes;   // wire type 2
  bool is_bytes = false;
};

// All fields of one message in order; nothing when the bytes are not a message of these two wire types.
std::optional<std::vector<Field>> parse_fields(std::string_view message);

std::optional<Field> find_field(const std::vector<Field>& fields, std::uint32_t number);

void put_number(std::string& out, std::uint32_t field, std::uint64_t value);
void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes);

}  // namespace lab::aesm

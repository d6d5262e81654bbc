#include "wire.hpp"

namespace lab::aesm {
namespace {

std::optional<std::uint64_t> take_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>((value & 0x7fU) | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<char>(value));
}

}  // namespace

std::optional<std::vector<Field>> parse_fields(std::string_view message) {
  std::vector<Field> fields;
  while (!message.empty()) {
    const auto tag = take_varint(message);
    if (!tag || *tag >> 3U == 0 || *tag >> 3U > 1000) return std::nullopt;
    Field field;
    field.number = static_cast<std::uint32_t>(*tag >> 3U);
    const auto value = take_varint(message);
    if (!value) return std::nullopt;
    if ((*tag & 7U) == 2) {
      if (*value > message.size()) return std::nullopt;
      field.is_bytes = true;
      field.bytes = message.substr(0, static_cast<std::size_t>(*value));
      message.remove_prefix(static_cast<std::size_t>(*value));
    } else if ((*tag & 7U) == 0) {
      field.value = *value;
    } else {
      return std::nullopt;
    }
    fields.push_back(field);
  }
  return fields;
}

std::optional<Field> find_field(const std::vector<Field>& fields, std::uint32_t number) {
  for (const auto& field : fields) {
    if (field.number == number) return field;
  }
  return std::nullopt;
}

void put_number(std::string& out, std::uint32_t field, std::uint64_t value) {
  put_varint(out, static_cast<std::uint64_t>(field) << 3U);
  put_varint(out, value);
}

void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_varint(out, (static_cast<std::uint64_t>(field) << 3U) | 2U);
  put_varint(out, bytes.size());
  out.append(bytes);
}

}  // namespace lab::aesm

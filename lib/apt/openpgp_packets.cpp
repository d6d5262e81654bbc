#include "apt/openpgp_packets.hpp"

#include <optional>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::apt {
namespace {

Error unreadable(std::string what) {
  return make_error("apt.key_unreadable", "the OpenPGP data cannot be read: " + std::move(what),
                    "Fetch the file again from its publisher, or give another key address in the profile.");
}

/// Length of a new-format packet (RFC 4880, 4.2.2); nothing for partial lengths.
std::optional<std::uint32_t> new_length(ByteReader& in) {
  const std::uint32_t first = in.number(1);
  if (first < 192) return first;
  if (first < 224) return ((first - 192) << 8) + in.number(1) + 192;
  if (first == 255) return in.number(4);
  return std::nullopt;
}

/// Length of an old-format packet (4.2.1); nothing for an indeterminate one.
std::optional<std::uint32_t> old_length(ByteReader& in, std::uint32_t header) {
  switch (header & 3u) {
    case 0: return in.number(1);
    case 1: return in.number(2);
    case 2: return in.number(4);
    default: return std::nullopt;
  }
}

std::uint32_t crc24(std::string_view bytes) {  // RFC 4880, 6.1
  std::uint32_t crc = 0xB704CE;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(byte)) << 16;
    for (int bit = 0; bit < 8; ++bit) {
      crc <<= 1;
      if ((crc & 0x1000000u) != 0) crc ^= 0x1864CFB;
    }
  }
  return crc & 0xFFFFFFu;
}

/// One block's lines after the BEGIN line: headers, an empty line, base64, perhaps "=checksum".
Result<std::string> decode_block(const std::vector<std::string_view>& lines) {
  std::size_t at = 0;
  while (at < lines.size() && !trimmed(lines[at]).empty()) ++at;
  if (at == lines.size()) return unreadable("an armoured block has no empty line after its headers");
  std::string text;
  std::string checksum;
  for (++at; at < lines.size(); ++at) {
    const std::string_view line = trimmed(lines[at]);
    if (line.empty()) continue;
    if (!checksum.empty()) return unreadable("text after the checksum of an armoured block");
    if (line.front() == '=' && line.size() == 5) checksum = line.substr(1);
    else text += line;
  }
  const auto bytes = from_base64(text);
  if (!bytes) return unreadable("an armoured block is not base64");
  if (!checksum.empty() && from_base64(checksum) != big_endian(crc24(*bytes), 3)) return unreadable("the checksum of an armoured block does not match");
  return *bytes;
}

}  // namespace

std::uint32_t ByteReader::number(std::size_t count) {
  std::uint32_t value = 0;
  for (const char byte : bytes(count)) value = (value << 8) | static_cast<unsigned char>(byte);
  return value;
}

std::string_view ByteReader::bytes(std::size_t count) {
  if (!ok_ || count > rest_.size()) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::string_view ByteReader::integer() {
  const std::uint32_t bits = number(2);
  return bytes((bits + 7) / 8);
}

std::string big_endian(std::uint32_t number, std::size_t bytes) {
  std::string out;
  for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
  return out;
}

Result<std::vector<Packet>> parse_packets(std::string_view bytes) {
  if (bytes.size() > openpgp_size_limit) return unreadable("more than " + std::to_string(openpgp_size_limit) + " bytes");
  std::vector<Packet> packets;
  ByteReader in(bytes);
  while (!in.at_end()) {
    const std::uint32_t header = in.number(1);
    if ((header & 0x80u) == 0) return unreadable("a packet header is missing");
    const bool is_new = (header & 0x40u) != 0;
    const auto length = is_new ? new_length(in) : old_length(in, header);
    if (!length) return unreadable("a packet of unknown length");
    const std::string_view body = in.bytes(*length);
    if (!in.ok()) return unreadable("a packet is cut short");
    if (packets.size() == openpgp_packet_limit) return unreadable("more than " + std::to_string(openpgp_packet_limit) + " packets");
    packets.push_back({static_cast<int>(is_new ? header & 0x3Fu : (header >> 2) & 0x0Fu), std::string(body)});
  }
  return packets;
}

Result<std::string> without_armour(std::string_view bytes, std::string_view kind) {
  if (bytes.size() > openpgp_size_limit) return unreadable("more than " + std::to_string(openpgp_size_limit) + " bytes");
  if (!bytes.empty() && (static_cast<unsigned char>(bytes.front()) & 0x80u) != 0) return std::string(bytes);
  const std::string begin = "-----BEGIN PGP " + std::string(kind) + "-----";
  const std::string end = "-----END PGP " + std::string(kind) + "-----";
  std::string out;
  bool inside = false;
  std::vector<std::string_view> block;
  for (const std::string_view raw : lines_of(bytes)) {
    const std::string_view line = trimmed(raw);
    if (inside && line == end) {
      out += TRY(decode_block(block));
      inside = false;
    } else if (inside) {
      block.push_back(raw);
    } else if (line == begin) {
      inside = true;
      block.clear();
    }
  }
  if (inside) return unreadable("an armoured block has no end line");
  if (out.empty()) return unreadable("neither binary packets nor a block \"" + std::string(kind) + "\"");
  return out;
}

std::string to_packet(const Packet& packet) {
  const bool is_long = packet.body.size() > 0xFFFF;
  const auto header = static_cast<std::uint32_t>(0x80 | (packet.tag << 2) | (is_long ? 2 : 1));
  return big_endian(header, 1) + big_endian(static_cast<std::uint32_t>(packet.body.size()), is_long ? 4 : 2) + packet.body;
}

std::string to_armour(std::string_view bytes, std::string_view kind) {
  const std::string text = to_base64(bytes);
  std::string out = "-----BEGIN PGP " + std::string(kind) + "-----\n\n";
  for (std::size_t at = 0; at < text.size(); at += 64) out += text.substr(at, 64) + "\n";
  return out + "=" + to_base64(big_endian(crc24(bytes), 3)) + "\n-----END PGP " + std::string(kind) + "-----\n";
}

}  // namespace cosigner::apt

// OpenPGP (RFC 4880) cut into packets, and ASCII armour taken off. Pure; the bytes are hostile: every length is checked before use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cosigner::apt {

inline constexpr std::size_t openpgp_size_limit = 256 * 1024;  // Intel's key file has 1.7 KB, Docker's 3.8 KB
inline constexpr std::size_t openpgp_packet_limit = 256;

struct Packet {
  int tag = 0;
  std::string body;
};

namespace packet_tag {
inline constexpr int signature = 2;
inline constexpr int public_key = 6;
inline constexpr int trust = 12;
inline constexpr int user_id = 13;
inline constexpr int public_subkey = 14;
inline constexpr int user_attribute = 17;
}  // namespace packet_tag

/// Old and new packet headers; partial and indeterminate lengths, which no key file has, are refused.
/// Fails with `apt.key_unreadable`.
Result<std::vector<Packet>> parse_packets(std::string_view bytes);

/// Binary bytes as they are; one or several armoured blocks of the wanted kind ("PUBLIC KEY BLOCK", "SIGNATURE") decoded and joined.
/// A checksum line is optional and held to when there. Fails with `apt.key_unreadable`.
Result<std::string> without_armour(std::string_view bytes, std::string_view kind);

/// Old-format header with a length of two or four bytes, as gpg writes it.
std::string to_packet(const Packet& packet);

/// One armoured block with checksum.
std::string to_armour(std::string_view bytes, std::string_view kind);

/// Reads big-endian numbers and multi-precision integers from the front; `ok` turns false at the first lack of bytes and stays so.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  std::uint32_t number(std::size_t bytes);
  std::string_view bytes(std::size_t count);
  std::string_view integer();  // MPI: a bit count, then the bytes
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

/// `bytes` (1 to 4) big-endian bytes of a number.
std::string big_endian(std::uint32_t number, std::size_t bytes);

}  // namespace cosigner::apt

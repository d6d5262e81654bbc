#include "apt/openpgp_signature.hpp"

#include "apt/openpgp_packets.hpp"
#include "base/crypto.hpp"

namespace cosigner::apt {
namespace {

std::string hash_name_of(std::uint32_t algorithm) {  // RFC 4880, 9.4
  switch (algorithm) {
    case 2: return "SHA1";
    case 8: return "SHA256";
    case 9: return "SHA384";
    case 10: return "SHA512";
    default: return {};
  }
}

std::uint32_t number_of(std::string_view bytes) {
  ByteReader in(bytes);
  return in.number(bytes.size() < 4 ? bytes.size() : 4);
}

/// Subpackets that say something about trust count only in the hashed area; an embedded signature carries its own proof.
void take_subpacket(Signature& into, std::uint32_t type, std::string_view value, bool hashed) {
  const std::uint32_t kind = type & 0x7Fu;
  if (kind == 32) into.embedded = value;
  if (!hashed) return;
  switch (kind) {
    case 2: into.created = Time(std::chrono::seconds(number_of(value))); break;
    case 3: into.valid_seconds = number_of(value); break;
    case 9: into.key_valid_seconds = number_of(value); break;
    case 27: into.key_flags = value.empty() ? 0u : static_cast<unsigned char>(value.front()); break;
    // Exportable, primary user id, issuer and its fingerprint, preferences, features, embedded: nothing to decide here.
    case 4: case 7: case 11: case 16: case 20: case 21: case 22: case 23: case 24: case 25: case 26: case 28: case 29: case 30: case 32: case 33: case 34: break;
    default: into.has_unknown_critical = into.has_unknown_critical || (type & 0x80u) != 0;
  }
}

bool take_subpackets(Signature& into, std::string_view area, bool hashed) {
  ByteReader in(area);
  while (!in.at_end() && in.ok()) {
    std::uint32_t length = in.number(1);
    if (length >= 192 && length < 255) length = ((length - 192) << 8) + in.number(1) + 192;
    else if (length == 255) length = in.number(4);
    if (length == 0) return false;
    const std::string_view all = in.bytes(length);
    if (!in.ok()) return false;
    take_subpacket(into, static_cast<unsigned char>(all.front()), all.substr(1), hashed);
  }
  return in.ok();
}

}  // namespace

std::optional<Signature> parse_signature(std::string_view body) {
  ByteReader in(body);
  const std::uint32_t version = in.number(1);
  Signature out;
  out.type = static_cast<int>(in.number(1));
  const std::uint32_t algorithm = in.number(1);
  out.hash_name = hash_name_of(in.number(1));
  const std::string_view hashed = in.bytes(in.number(2));
  if (!in.ok() || version != 4 || (algorithm != 1 && algorithm != 3)) return std::nullopt;  // RSA, RSA for signing only
  out.hashed_header = body.substr(0, 6 + hashed.size());
  const std::string_view unhashed = in.bytes(in.number(2));
  out.digest_start = in.bytes(2);
  out.rsa_value = in.integer();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  if (!take_subpackets(out, hashed, true) || !take_subpackets(out, unhashed, false)) return std::nullopt;
  return out;
}

bool is_made_by(const Signature& signature, const RsaKey& key, std::string_view data, bool allow_sha1) {
  if (signature.hash_name.empty() || signature.has_unknown_critical) return false;
  if (signature.hash_name == "SHA1" && !allow_sha1) return false;
  if (signature.rsa_value.empty() || signature.rsa_value.size() > key.modulus.size()) return false;
  std::string message(data);
  message += signature.hashed_header;
  message += "\x04\xFF";
  message += big_endian(static_cast<std::uint32_t>(signature.hashed_header.size()), 4);
  const std::string digest = digest_of(signature.hash_name, message);
  if (digest.substr(0, 2) != signature.digest_start) return false;
  // An integer's leading zero bytes are not written; the check wants the full length of the modulus.
  const std::string value = std::string(key.modulus.size() - signature.rsa_value.size(), '\0') + signature.rsa_value;
  return verify_rsa_digest(key.modulus, key.exponent, signature.hash_name, digest, value);
}

bool is_current(const Signature& signature, Time now) {
  if (signature.created > now + std::chrono::hours(24)) return false;
  if (!signature.valid_seconds || *signature.valid_seconds == 0) return true;
  return now < signature.created + std::chrono::seconds(*signature.valid_seconds);
}

}  // namespace cosigner::apt

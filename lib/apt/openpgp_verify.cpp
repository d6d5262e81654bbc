// Signatures over an index: detached (Release.gpg) and clear-signed (InRelease).
#include "apt/openpgp.hpp"
#include "base/text.hpp"

namespace cosigner::apt {
namespace {

constexpr std::string_view message_begin = "-----BEGIN PGP SIGNED MESSAGE-----";
constexpr std::string_view signature_begin = "-----BEGIN PGP SIGNATURE-----";
constexpr std::string_view signature_end = "-----END PGP SIGNATURE-----";
constexpr std::size_t text_limit = 8 * 1024 * 1024;

Error invalid(const PublicKey& key, std::string what) {
  return make_error("apt.index_signature_invalid", "the index is not signed by the key " + key.fingerprint + ": " + std::move(what),
                    "Do not use this source; fetch it again, and ask its publisher when that does not help.");
}

Error unsigned_index(std::string what) {
  return make_error("apt.index_unsigned", "the index is not signed: " + std::move(what),
                    "Use a source that its publisher signs; an unsigned one is never accepted.");
}

bool is_signed_by(const PublicKey& key, const Signature& signature, std::string_view data, Time now) {
  if (signature.type != signature_type::binary_document && signature.type != signature_type::text_document) return false;
  if (!is_current(signature, now)) return false;
  if (is_made_by(signature, key.rsa, data, false)) return true;
  for (const SigningSubkey& subkey : key.subkeys) {
    const bool is_ended = subkey.expires && *subkey.expires <= now;
    if (!is_ended && is_made_by(signature, subkey.rsa, data, false)) return true;
  }
  return false;
}

Status verify(const PublicKey& key, std::string_view data, std::string_view signature_bytes, Time now) {
  if (!key.usable || key.revoked) return invalid(key, "the key cannot sign");
  if (key.is_expired(now)) return invalid(key, "the key expired on " + to_date(*key.expires));
  auto bytes = without_armour(signature_bytes, "SIGNATURE");
  if (!bytes) return invalid(key, "the signature is unreadable");
  const auto packets = parse_packets(*bytes);
  if (!packets || packets->size() > 16) return invalid(key, "the signature is unreadable");
  for (const Packet& packet : *packets) {
    if (packet.tag != packet_tag::signature) continue;
    const auto signature = parse_signature(packet.body);
    if (signature && is_signed_by(key, *signature, data, now)) return {};
  }
  return invalid(key, "no signature of this key fits the text");
}

std::string_view without_trailing_blanks(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

struct ClearSigned {
  std::string text;       // as written, dash escapes removed
  std::string canonical;  // as hashed: CRLF between lines, no blanks at line ends, nothing after the last line
  std::string signature;
};

Result<ClearSigned> cut_clearsigned(std::string_view text) {
  if (text.size() > text_limit) return unsigned_index("it has more than 8 MiB");
  const auto lines = lines_of(text);
  if (lines.empty() || trimmed(lines.front()) != message_begin) return unsigned_index("it does not begin as a signed message");
  std::size_t at = 1;
  while (at < lines.size() && !trimmed(lines[at]).empty()) {  // "Hash: SHA256" lines
    if (lines[at].substr(0, 6) != "Hash: ") return unsigned_index("it has an unknown message header");
    ++at;
  }
  ClearSigned out;
  bool first = true;
  for (++at; at < lines.size() && trimmed(lines[at]) != signature_begin; ++at) {
    std::string_view line = lines[at];
    if (line.substr(0, 2) == "- ") line.remove_prefix(2);
    else if (!line.empty() && line.front() == '-') return unsigned_index("a line begins with an unescaped dash");
    if (!first) out.canonical += "\r\n";
    first = false;
    out.canonical += without_trailing_blanks(line);
    out.text += std::string(without_trailing_blanks(line)) + "\n";
  }
  if (at >= lines.size()) return unsigned_index("the signature is missing");
  for (; at < lines.size(); ++at) {
    out.signature += std::string(lines[at]) + "\n";
    if (trimmed(lines[at]) == signature_end) break;
  }
  for (++at; at < lines.size(); ++at) {
    if (!trimmed(lines[at]).empty()) return unsigned_index("there is text after the signature");
  }
  return out;
}

}  // namespace

Status verify_detached(const PublicKey& key, std::string_view data, std::string_view signature, Time now) {
  return verify(key, data, signature, now);
}

Result<std::string> verify_clearsigned(const PublicKey& key, std::string_view text, Time now) {
  ClearSigned parts = TRY(cut_clearsigned(text));
  const Status status = verify(key, parts.canonical, parts.signature, now);
  if (!status) return status.error();
  return std::move(parts.text);
}

}  // namespace cosigner::apt

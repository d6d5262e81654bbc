// Keys: fingerprint, self-signatures, subkeys.
#include <algorithm>

#include "apt/openpgp.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace cosigner::apt {
namespace {

/// How a key enters a digest: 0x99, two bytes of length, the packet's body (RFC 4880, 5.2.4).
std::string hashed_key(std::string_view body) {
  return "\x99" + big_endian(static_cast<std::uint32_t>(body.size()), 2) + std::string(body);
}

std::string hashed_user_id(std::string_view body) {
  return "\xB4" + big_endian(static_cast<std::uint32_t>(body.size()), 4) + std::string(body);
}

std::string upper_hex(std::string_view bytes) {
  std::string text = to_hex(bytes);
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  return text;
}

struct KeyBody {
  Time created{};
  std::optional<RsaKey> rsa;  // nothing: another algorithm
};

/// Nothing when it is not a version 4 key.
std::optional<KeyBody> parse_key_body(std::string_view body) {
  if (body.size() > 0xFFFF) return std::nullopt;
  ByteReader in(body);
  const std::uint32_t version = in.number(1);
  KeyBody out;
  out.created = Time(std::chrono::seconds(in.number(4)));
  const std::uint32_t algorithm = in.number(1);
  if (!in.ok() || version != 4) return std::nullopt;
  if (algorithm != 1 && algorithm != 3) return out;
  RsaKey rsa;
  rsa.modulus = in.integer();
  rsa.exponent = in.integer();
  if (!in.ok() || !in.at_end() || rsa.modulus.size() < 256 || rsa.modulus.size() > 2048 || rsa.exponent.size() > 8) return out;
  out.rsa = std::move(rsa);
  return out;
}

std::optional<Time> end_of(Time created, const Signature& signature) {
  if (!signature.key_valid_seconds || *signature.key_valid_seconds == 0) return std::nullopt;
  return created + std::chrono::seconds(*signature.key_valid_seconds);
}

/// A subkey while its signatures are read.
struct Subkey {
  Packet packet;
  std::optional<KeyBody> body;
  std::optional<Signature> binding;
  Packet binding_packet;
  bool revoked = false;
};

/// Reads the packets that follow one primary key.
class KeyBuilder {
 public:
  KeyBuilder(const Packet& primary, const KeyBody& body) : primary_(primary) {
    key_.fingerprint = upper_hex(digest_of("SHA1", hashed_key(primary.body)));
    key_.created = body.created;
    if (body.rsa) {
      key_.rsa = *body.rsa;
      key_.bits = static_cast<int>(body.rsa->modulus.size() * 8);
    }
    is_rsa_ = body.rsa.has_value();
  }

  void take(const Packet& packet) {
    switch (packet.tag) {
      case packet_tag::user_id: end_subkey(); user_id_ = packet; break;
      case packet_tag::user_attribute: end_subkey(); user_id_.reset(); break;
      case packet_tag::public_subkey: end_subkey(); subkey_.emplace(); subkey_->packet = packet; subkey_->body = parse_key_body(packet.body); break;
      case packet_tag::signature: take_signature(packet); break;
      default: break;  // trust packets and what later standards add
    }
  }

  PublicKey finish() {
    end_subkey();
    key_.usable = is_rsa_ && best_.has_value();
    if (best_) {
      key_.expires = end_of(key_.created, *best_);
      key_.user_id = Untrusted(best_user_id_.body);
      key_.canonical = {primary_, best_user_id_, best_packet_};
    }
    for (const auto& packet : subkey_packets_) key_.canonical.push_back(packet);
    return std::move(key_);
  }

 private:
  void take_signature(const Packet& packet) {
    const auto signature = parse_signature(packet.body);
    if (!signature || !is_rsa_) return;
    if (subkey_) take_subkey_signature(packet, *signature);
    else take_own_signature(packet, *signature);
  }

  void take_own_signature(const Packet& packet, const Signature& signature) {
    const std::string key_data = hashed_key(primary_.body);
    if (signature.type == signature_type::key_revocation && is_made_by(signature, key_.rsa, key_data, true)) key_.revoked = true;
    const bool certifies = signature.type >= signature_type::certification_first && signature.type <= signature_type::certification_last;
    if (!certifies || !user_id_ || !is_made_by(signature, key_.rsa, key_data + hashed_user_id(user_id_->body), true)) return;
    if (best_ && best_->created > signature.created) return;
    best_ = signature;
    best_packet_ = packet;
    best_user_id_ = *user_id_;
  }

  void take_subkey_signature(const Packet& packet, const Signature& signature) {
    const std::string data = hashed_key(primary_.body) + hashed_key(subkey_->packet.body);
    const bool binds = signature.type == signature_type::subkey_binding;
    if ((!binds && signature.type != signature_type::subkey_revocation) || !is_made_by(signature, key_.rsa, data, true)) return;
    if (!binds) {
      subkey_->revoked = true;
    } else if (!subkey_->binding || subkey_->binding->created <= signature.created) {
      subkey_->binding = signature;
      subkey_->binding_packet = packet;
    }
  }

  /// Keeps a subkey that may sign and says itself that it belongs to this key (or a stranger's key could be bound to it).
  void end_subkey() {
    const std::optional<Subkey> done = std::move(subkey_);
    subkey_.reset();
    if (!done || done->revoked || !done->binding || !done->body || !done->body->rsa) return;
    if ((done->binding->key_flags.value_or(0) & 0x02u) == 0) return;
    const std::string data = hashed_key(primary_.body) + hashed_key(done->packet.body);
    const auto back = parse_signature(done->binding->embedded);
    if (!back || back->type != signature_type::primary_binding || !is_made_by(*back, *done->body->rsa, data, true)) return;
    key_.subkeys.push_back({*done->body->rsa, done->body->created, end_of(done->body->created, *done->binding)});
    subkey_packets_.push_back(done->packet);
    subkey_packets_.push_back(done->binding_packet);
  }

  Packet primary_;
  PublicKey key_;
  bool is_rsa_ = false;
  std::optional<Packet> user_id_;
  std::optional<Subkey> subkey_;
  std::optional<Signature> best_;
  Packet best_packet_;
  Packet best_user_id_;
  std::vector<Packet> subkey_packets_;
};

Error unreadable(std::string what) {
  return make_error("apt.key_unreadable", "the key file cannot be read: " + std::move(what),
                    "Fetch the file again from its publisher, or give another key address in the profile.");
}

}  // namespace

Result<std::vector<PublicKey>> read_public_keys(std::string_view file) {
  const std::string bytes = TRY(without_armour(file, "PUBLIC KEY BLOCK"));
  const std::vector<Packet> packets = TRY(parse_packets(bytes));
  std::vector<PublicKey> keys;
  std::optional<KeyBuilder> current;
  for (const Packet& packet : packets) {
    if (packet.tag != packet_tag::public_key) {
      if (!current) return unreadable("it does not begin with a public key");
      current->take(packet);
      continue;
    }
    if (current) keys.push_back(current->finish());
    const auto body = parse_key_body(packet.body);
    if (!body) return unreadable("a key is not of version 4");
    current.emplace(packet, *body);
  }
  if (!current) return unreadable("it holds no key");
  keys.push_back(current->finish());
  return keys;
}

std::string to_keyring(const PublicKey& key) {
  std::string out;
  for (const Packet& packet : key.canonical) out += to_packet(packet);
  return out;
}

}  // namespace cosigner::apt

// A key file: packets and armour are rendered to the same packets again, and a keyring made of one key holds that key alone.
#include "apt/openpgp.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

/// Old headers can carry tags below 16; every packet that a keyring needs is one.
void require_same_packets(const std::vector<apt::Packet>& packets) {
  std::string bytes;
  std::vector<apt::Packet> expected;
  for (const auto& packet : packets) {
    if (packet.tag >= 16) continue;
    bytes += to_packet(packet);
    expected.push_back(packet);
  }
  const auto again = apt::parse_packets(bytes);
  if (bytes.size() > apt::openpgp_size_limit) return;
  require(again.ok() && again->size() == expected.size(), "rendered packets are refused");
  for (std::size_t at = 0; at < expected.size(); ++at) {
    require((*again)[at].tag == expected[at].tag && (*again)[at].body == expected[at].body,
            "a packet changes when it is rendered");
  }
}

void require_same_key(const apt::PublicKey& key) {
  require(key.fingerprint.size() == 40, "a fingerprint of another length");
  require_plain(shown(key.user_id), "a user id");
  if (!key.usable) return;
  const std::string ring = to_keyring(key);
  const auto again = apt::read_public_keys(ring);
  require(again.ok() && again->size() == 1, "a keyring of one key is refused");
  require(again->front().fingerprint == key.fingerprint && again->front().usable, "a keyring holds another key");
  require(again->front().expires == key.expires && again->front().subkeys.size() == key.subkeys.size(),
          "a keyring says other things");
  require(to_keyring(again->front()) == ring, "a keyring changes when it is made again");
}

}  // namespace

FUZZ_TARGET(openpgp_keys) {
  const auto bytes = apt::without_armour(input, "PUBLIC KEY BLOCK");
  if (bytes) {
    const auto plain = apt::without_armour(apt::to_armour(*bytes, "PUBLIC KEY BLOCK"), "PUBLIC KEY BLOCK");
    if (bytes->size() < apt::openpgp_size_limit / 2) require(plain.ok() && *plain == *bytes, "armour changes what it holds");
  }
  const auto packets = apt::parse_packets(bytes ? std::string_view(*bytes) : input);
  if (packets)
    require_same_packets(*packets);
  else
    require_plain(packets.error());
  for (const auto& packet : packets ? *packets : std::vector<apt::Packet>()) (void)apt::parse_signature(packet.body);

  const auto keys = apt::read_public_keys(input);
  if (!keys) return require_plain(keys.error());
  require(!keys->empty() && keys->size() <= apt::openpgp_packet_limit, "a key file without keys");
  for (const auto& key : *keys) require_same_key(key);
}

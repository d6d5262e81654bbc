#include "apt/key_offer.hpp"

#include <catch2/catch.hpp>

#include "apt/key_choice.hpp"
#include "unit/apt/fixtures.hpp"

using namespace cosigner;
using namespace cosigner::apt;
using namespace cosigner::apt::tests;

namespace {

PublicKey key_of(const std::string& file) {
  auto keys = read_public_keys(fixture(file));
  REQUIRE(keys.ok());
  return keys->front();
}

std::vector<std::string> all_of(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) out.push_back(fingerprint_of_fixture(name));
  return out;
}

/// The key of revoked.asc as it was before its owner revoked it.
std::string before_revocation() {
  std::string out;
  const auto packets = parse_packets(*without_armour(fixture("revoked.asc"), "PUBLIC KEY BLOCK"));
  REQUIRE(packets.ok());
  for (const auto& packet : *packets) {
    const auto signature = packet.tag == packet_tag::signature ? parse_signature(packet.body) : std::nullopt;
    if (!signature || signature->type != signature_type::key_revocation) out += to_packet(packet);
  }
  return out;
}

}  // namespace

TEST_CASE("what a key file means for an installed key is told by creation, end and the list of accepted ones") {
  struct Case {
    const char *installed, *offered;
    std::vector<std::string> accepted;
    KeyNews news;
  };
  const std::vector<std::string> both = {"good", "next"};
  for (const auto& [installed, offered, accepted, news] : std::vector<Case>{{"good.asc", "good.asc", both, KeyNews::same},
                                                                            {"good.asc", "good.gpg", both, KeyNews::same},
                                                                            {"good.asc", "next.asc", both, KeyNews::successor},
                                                                            {"good.asc", "prolonged.asc", both, KeyNews::successor},
                                                                            {"good.asc", "other.asc", {"good", "other"}, KeyNews::successor},  // of the same second, without an end
                                                                            {"next.asc", "good.asc", both, KeyNews::older},
                                                                            {"next.asc", "prolonged.asc", both, KeyNews::older},
                                                                            {"prolonged.asc", "good.asc", both, KeyNews::older},
                                                                            {"other.asc", "good.asc", {"good", "other"}, KeyNews::older},
                                                                            {"good.asc", "other.asc", both, KeyNews::unaccepted},
                                                                            {"good.asc", "next.asc", {"good"}, KeyNews::unaccepted},
                                                                            {"good.asc", "ended.asc", {"good", "ended"}, KeyNews::unusable},
                                                                            {"good.asc", "revoked.asc", {"good", "revoked"}, KeyNews::unusable},
                                                                            {"good.asc", "good-then-next.asc", both, KeyNews::unusable},
                                                                            {"good.asc", "Release", both, KeyNews::unusable}}) {
    INFO(installed << " " << offered);
    const KeyOffer offer = judge_offer(key_of(installed), fixture(offered), all_of(accepted), now);
    CHECK(offer.news == news);
    CHECK(offer.why.empty() == (news == KeyNews::same));
    CHECK(offer.key.has_value() == (news == KeyNews::same || news == KeyNews::successor || news == KeyNews::older));
  }
}

TEST_CASE("a key that begins in the future is not taken yet") {
  CHECK(judge_offer(key_of("good.asc"), fixture("next.asc"), all_of({"good", "next"}), day("2026-10-01")).news == KeyNews::unusable);
  CHECK(judge_offer(key_of("good.asc"), fixture("next.asc"), all_of({"good", "next"}), day("2026-10-15")).news == KeyNews::successor);
}

TEST_CASE("the installed key revoked by its owner is withdrawn, whatever the list says") {
  const auto installed = read_public_keys(before_revocation());
  REQUIRE(installed.ok());
  REQUIRE_FALSE(installed->front().revoked);
  CHECK(judge_offer(installed->front(), fixture("revoked.asc"), all_of({"revoked"}), now).news == KeyNews::withdrawn);
  CHECK(judge_offer(installed->front(), fixture("revoked.asc"), {}, now).news == KeyNews::withdrawn);
}

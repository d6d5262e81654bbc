// 208 small changes of captured evidence, read in place.
#include <catch2/catch.hpp>
#include <cstdio>
#include <map>

#include "unit/attest/mutation.hpp"

using namespace attest_test;

namespace {

/// Where the file leaves a choice, this is ours, with its reason.
const std::map<std::string, std::string> choices = {
    {"trailing-garbage", "verified"},             // bytes after the signature data are signed by nobody and reach nothing
    {"pck-chain-without-root", "chain_invalid"},  // exactly three certificates, as Intel demands
    {"pck-chain-reversed", "chain_invalid"},      // leaf, CA, root, in this order
    {"tcb-signature-upper-case", "verified"},     // one number, two spellings of its digits
};

}  // namespace

TEST_CASE("every listed change of captured evidence is refused or harmless, as its file says") {
  const auto data = real_data();
  if (!data) return;
  const std::string vectors = *data + "/vectors";
  std::map<std::string, EvidenceFolder> bases;
  std::size_t passed = 0;
  const auto mutations = read_json(*data + "/mutations.json")["mutations"];
  for (const auto& each : mutations) {
    const std::string name = each["name"], base = each["base"], expect = each["expect"];
    INFO(base << ": " << name << ": " << each["why"]);
    if (bases.find(base) == bases.end()) bases[base] = read_evidence(vectors + "/" + base);
    const EvidenceFolder changed = mutated(bases[base], each["ops"], vectors);
    const auto result = verify(changed);
    bool good = false;
    if (expect == "accept")
      good = result.is_verified() &&
             name_of(result.verified->evaluation.status) == changed.expected["tcb_status"].get<std::string>();
    if (expect == "reject") good = !result.is_verified();
    if (expect == "either") good = choices.count(name) == 1 && outcome_of(result) == choices.at(name);
    INFO(outcome_of(result) << ": " << result.refusal_rule);
    CHECK(good);
    passed += good ? 1 : 0;
  }
  CHECK(mutations.size() == 208);
  std::printf("mutations: %zu of %zu\n", passed, mutations.size());
}

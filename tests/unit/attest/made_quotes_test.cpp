// Good evidence of every version and kind: what the refusals of refusals_test.cpp start from.
#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/attest/evidence_folder.hpp"
#include "unit/attest/made_evidence.hpp"

using namespace attest_test;

TEST_CASE("good made evidence is verified and accepted, for every version and kind of quote") {
  struct Kind {
    int version;
    attest::Tee tee;
    attest::BodyKind body;
  };
  using attest::BodyKind;
  using attest::Tee;
  for (const Kind& kind : {Kind{3, Tee::sgx, BodyKind::sgx}, Kind{4, Tee::sgx, BodyKind::sgx}, Kind{5, Tee::sgx, BodyKind::sgx},
                           Kind{4, Tee::tdx, BodyKind::td_10}, Kind{5, Tee::tdx, BodyKind::td_10},
                           Kind{5, Tee::tdx, BodyKind::td_15}, Kind{5, Tee::tdx, BodyKind::td_15_extended}}) {
    INFO("version " << kind.version << ", body " << static_cast<int>(kind.body));
    Wishes wishes;
    wishes.version = kind.version;
    wishes.tee = kind.tee;
    wishes.body_kind = kind.body;
    const auto result = verify(make(wishes));
    INFO(result.refusal_rule);
    REQUIRE(result.is_verified());
    CHECK(result.is_accepted());
    CHECK(result.is_custom_root);
    CHECK(result.verified->quote_version == kind.version);
    CHECK(to_iso(result.verified->window.from) == to_iso(noon - 8 * day));
    CHECK(to_iso(result.verified->window.until) == to_iso(noon + 20 * day));
    CHECK(std::all_of(result.steps.begin(), result.steps.end(), [](const attest::Step& step) {
      return step.result != attest::StepResult::fail && step.evidence != "not reached";
    }));
  }
}

TEST_CASE(
    "a quote without a chain takes it from the collateral, for certification data of types 1, 2 and 3, which may not be longer "
    "than their types") {
  for (const auto& [type, size] : {std::pair{1, 36}, {2, 276}, {3, 404}}) {
    INFO("type " << type);
    Wishes wishes;
    wishes.certification_type = type;
    wishes.certification_data = std::string(static_cast<std::size_t>(size), 'x');
    MadeEvidence good = make(wishes);
    CHECK(verify(good).is_accepted());
    good.collateral.pck_chain.reset();
    CHECK(outcome_of(verify(good)) == "collateral_unavailable");
    for (const int wrong : {0, size + 1}) {
      wishes.certification_data = std::string(static_cast<std::size_t>(wrong), 'x');
      CHECK(outcome_of(verify(make(wishes))) == "malformed_quote");
    }
  }
}

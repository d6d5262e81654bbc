#include "attest/show.hpp"
#include "attest/verify.hpp"
#include "installer/cli/attest_evidence.hpp"
#include "installer/cli/attest_live.hpp"
#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"

namespace cosigner::cli {
namespace {

const Path seen_collateral_file = "/var/lib/cosigner/attestation/seen-collateral.json";

/// What only counts at the present time: with --at neither floor nor memory applies (contracts, section 4.2).
struct Present {
  std::optional<Time> clock_floor;
  std::optional<attest::Marks> seen;
};

/// The memory is root's; whoever may not read it judges without it, and is told. One that is there and does not read is an error:
/// it must not be taken for an empty one.
Result<Present> look_at_present(const Invocation& invocation, Environment& environment) {
  Present out;
  out.clock_floor = environment.build_date.empty() ? std::nullopt : parse_time(environment.build_date);
  const auto memory = environment.host.files().read(seen_collateral_file);
  if (!memory.ok()) {
    if (environment.is_root()) return memory.error();
    say_notes(invocation, environment, {"the memory of newer collateral can be read by root only; it is left out"});
    return out;
  }
  if (!*memory) return out;
  out.seen = TRY(attest::read_memory_text(**memory));
  const Time newest = newest_signed_date(*out.seen);
  if (!out.clock_floor || *out.clock_floor < newest) out.clock_floor = newest;
  if (attest::is_far_ahead(environment.host.clock().now(), newest))
    say_notes(invocation, environment, {"the clock is more than a year ahead of all collateral that was seen"});
  return out;
}

Result<attest::Attestation> verified(const Invocation& invocation, Environment& environment) {
  const EvidenceGiven given = TRY(read_evidence(invocation, environment));
  Present present;
  if (!given.at) present = TRY(look_at_present(invocation, environment));
  const attest::TrustRoot& root = given.root ? *given.root : attest::intel_root();
  const Time at = given.at ? *given.at : environment.host.clock().now();
  return attest::verify(
      given.quote, given.collateral,
      {at, root, given.policy, given.report_data, {}, present.clock_floor, present.seen ? &*present.seen : nullptr});
}

report::ExitCode run_verify(const Invocation& invocation, Environment& environment) {
  const auto result = verified(invocation, environment);
  if (!result.ok()) return say_error(invocation, environment, result.error());
  if (invocation.json)
    environment.terminal.out(to_json_document(*result) + "\n");
  else if (!invocation.quiet || !result->is_accepted())
    environment.terminal.out(to_people_text(*result));
  return result->is_accepted() ? report::ExitCode::ok : report::ExitCode::attestation_refused;
}

report::ExitCode run_show(const Invocation& invocation, Environment& environment) {
  const auto quote = read_quote(invocation.word(1), environment);
  if (!quote.ok()) return say_error(invocation, environment, quote.error());
  const auto text = invocation.json ? attest::unverified_document(*quote) : attest::unverified_text(*quote);
  if (!text.ok()) return say_error(invocation, environment, text.error());
  environment.terminal.out(*text + (invocation.json ? "\n" : ""));
  return report::ExitCode::ok;
}

/// An option that the action would pass over is refused: whoever gave it believes that it counts.
std::string foreign_option(const std::string& what, const Invocation& invocation) {
  const AttestFlags& flags = invocation.attest;
  const bool verifies = what == "verify", asks = what == "cosigner", writes = asks || what == "collateral";
  const std::pair<const char*, bool> wrong[] = {
      {"--collateral", !verifies && !flags.collateral.empty()}, {"--at", !verifies && !flags.at.empty()},
      {"--public-key", !verifies && !flags.public_key.empty()}, {"--policy", !verifies && !flags.policy.empty()},
      {"--root-ca", !verifies && !flags.root_ca.empty()},       {"--nonce", !verifies && !asks && !flags.nonce.empty()},
      {"--out", !writes && !invocation.out_file.empty()}};
  for (const auto& [name, is_foreign] : wrong) {
    if (is_foreign) return name;
  }
  return {};
}

}  // namespace

report::ExitCode run_attest(const Invocation& invocation, Environment& environment) {
  const std::string what = invocation.word(0);
  if (const std::string option = foreign_option(what, invocation); !option.empty())
    return say_error(invocation, environment,
                     make_error("usage.wrong", option + " is of no use here", "Run `cosigner help attest` for what there is."));
  if (what == "verify" && invocation.words.size() == 2) return run_verify(invocation, environment);
  if (what == "show" && invocation.words.size() == 2) return run_show(invocation, environment);
  if (what == "cosigner" && invocation.words.size() == 1) return run_attest_cosigner(invocation, environment);
  if (what == "collateral" && invocation.word(1) == "fetch" && invocation.words.size() <= 3)
    return run_attest_collateral(invocation, environment);
  if (what == "host" && invocation.words.size() == 1) return run_attest_host(invocation, environment);
  return say_error(invocation, environment,
                   make_error("usage.wrong", "attest needs to know what to do", "Run `cosigner help attest` for what there is."));
}

}  // namespace cosigner::cli

// TCB info: what is cut out as signed is what a JSON parser sees under that name, and its levels fall.
#include "attest/tcb_info.hpp"

#include <nlohmann/json.hpp>
#include <tuple>

#include "attest/evaluation.hpp"
#include "attest/signed_json.hpp"
#include "base/json.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void judge_cut(std::string_view text) {
  const auto cut = attest::cut_signed_json(text, "tcbInfo", attest::Refusal::tcb_info_invalid);
  if (!cut) return require_plain(cut.error());
  require(cut->signature.size() == 64 && cut->inner.front() == '{' && cut->inner.back() == '}',
          "what is cut is no signed object");
  require(cut->inner.data() >= text.data() && cut->inner.data() + cut->inner.size() <= text.data() + text.size(),
          "cut outside of the text");
  const auto whole = parse_json(text), inner = parse_json(cut->inner);
  if (whole.ok() && inner.ok()) require((*whole)["tcbInfo"] == *inner, "a parser sees another object than was cut out");
}

void judge_levels(std::string_view inner) {
  const auto info = attest::read_tcb_info(inner);
  if (!info) return require_plain(info.error());
  require(!info->levels.empty(), "TCB info without a level");
  for (std::size_t i = 0; i < info->levels.size(); ++i) {
    const attest::PlatformLevel& level = info->levels[i];
    const std::string versions(level.tdx.begin(), level.tdx.end());
    const auto* found =
        attest::find_platform_level(*info, level.sgx, level.pcesvn, info->tee == attest::Tee::tdx ? versions : "");
    require(found != nullptr && found <= &level, "a level that its own versions do not reach");
    for (const std::string& advisory : level.verdict.advisories) require_plain(advisory, "an advisory");
    if (i == 0) continue;
    const attest::PlatformLevel& above = info->levels[i - 1];
    require(std::tie(above.sgx, above.tdx, above.pcesvn) > std::tie(level.sgx, level.tdx, level.pcesvn),
            "levels that do not fall");
  }
}

}  // namespace

FUZZ_TARGET(tcb_info) {
  if (take_choice(input, 2) == 0) return judge_cut(input);
  judge_levels(input);
}

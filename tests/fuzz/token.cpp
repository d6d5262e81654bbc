// The pairing token: no byte of it is in an error, and what is shown of a good one is its user and its last six characters.
#include "pairing/token.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

const Time now{std::chrono::seconds(1795688251)};  // 2026-11-26T10:17:31Z

void require_silent_on_parts(const Error& error, std::string_view token) {
  require_plain(error);
  for (const auto part : split(token, '.')) {
    require_silent(error, part);
    if (const auto text = from_base64url(part)) require_silent(error, *text);
  }
}

void judge(const std::string& token) {
  const auto facts = pairing::parse_token(Secret(std::string(token)));
  if (!facts) return require_silent_on_parts(facts.error(), token);
  require(token.size() <= pairing::token_size_limit, "a token over the limit");
  require(pairing::is_guid(facts->user_id) && facts->user_id == lower(facts->user_id), "a user that is no GUID in lower case");
  require(facts->tail.size() <= 6, "a tail of more than six characters");
  require_plain(facts->shown() + pairing::token_warning(*facts, now), "what is shown of a token");
  const auto checked = pairing::check_token(Secret(std::string(token)), now);
  if (!checked) require_silent_on_parts(checked.error(), token);
  require(checked.ok() == !(facts->expires && *facts->expires <= now), "an end that is not held to");
}

}  // namespace

FUZZ_TARGET(token) {
  judge(std::string(input));
  // The same bytes as the three parts before their encoding, one a line: header, payload, signature.
  const auto lines = split(input, '\n');
  if (lines.size() < 3) return;
  judge(to_base64url(lines[0]) + "." + to_base64url(lines[1]) + "." + to_base64url(lines[2]));
}

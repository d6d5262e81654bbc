#include "pairing/token.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace cosigner::pairing {
namespace {

using nlohmann::json;

constexpr std::size_t claims_depth = 8;

Error malformed(const std::string& rule) {
  return make_error("pairing.token_malformed", "this is not a pairing token: " + rule,
                    "Copy the whole pairing token from the Console again, as one line.");
}

Result<json> parse_part(std::string_view part, const std::string& name) {
  std::optional<std::string> text = from_base64url(part);
  if (part.empty() || !text) return malformed("its " + name + " is not base64url");
  Result<json> value = parse_json(*text, JsonLimits{token_size_limit, claims_depth, false});
  wipe_text(*text);
  if (!value.ok() || !value->is_object()) return malformed("its " + name + " is not a JSON object");
  return value;
}

std::optional<Time> time_claim(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!(seconds > 0) || seconds > 32503680000.0) return std::nullopt;  // later than the year 3000: not a time in seconds
  return Time(std::chrono::seconds(static_cast<long long>(seconds)));
}

Result<std::string> user_of(const json& claims) {
  const auto found = claims.find("userId");
  if (found == claims.end() || !found->is_string()) return malformed("it has no claim userId");
  const std::string user = found->get<std::string>();
  if (!is_guid(user)) return malformed("its claim userId is not a GUID");
  return lower(user);
}

struct SignatureSize {
  std::string_view algorithm;
  std::size_t bytes;
  bool or_more;  // RSA: as long as the key, which has 2048 bits or more
};

constexpr std::array<SignatureSize, 13> signature_sizes = {{{"HS256", 32, false},
                                                            {"HS384", 48, false},
                                                            {"HS512", 64, false},
                                                            {"ES256", 64, false},
                                                            {"ES384", 96, false},
                                                            {"ES512", 132, false},
                                                            {"EdDSA", 64, false},
                                                            {"RS256", 256, true},
                                                            {"RS384", 256, true},
                                                            {"RS512", 256, true},
                                                            {"PS256", 256, true},
                                                            {"PS384", 256, true},
                                                            {"PS512", 256, true}}};
constexpr std::size_t rsa_granularity = 32;  // keys are multiples of 256 bits; what is between was cut

Status check_signature(const json& header, std::string_view part) {
  const auto bytes = from_base64url(part);
  if (part.empty() || !bytes) return malformed("its signature is not base64url; it was perhaps cut short when it was copied");
  const auto algorithm = header.find("alg");
  if (algorithm == header.end() || !algorithm->is_string()) return {};
  for (const auto& size : signature_sizes) {
    if (size.algorithm != algorithm->get_ref<const std::string&>()) continue;
    const bool fits =
        size.or_more ? bytes->size() >= size.bytes && bytes->size() % rsa_granularity == 0 : bytes->size() == size.bytes;
    if (fits) return {};
    return malformed("its signature has " + std::to_string(bytes->size()) + " bytes, and " + std::string(size.algorithm) +
                     " makes " + std::to_string(size.bytes) + (size.or_more ? " or more" : "") +
                     "; it was perhaps cut short when it was copied");
  }
  return {};
}

}  // namespace

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !digit) return false;
  }
  return true;
}

std::string TokenFacts::shown() const { return "user " + user_id + ", token …" + tail; }

Result<TokenFacts> parse_token(const Secret& token) {
  if (token.empty()) return malformed("it is empty");
  if (token.size() > token_size_limit) return malformed("it is longer than " + std::to_string(token_size_limit) + " bytes");
  const std::vector<std::string_view> parts = split(token.reveal("reading the claims"), '.');
  if (parts.size() != 3) return malformed("its parts between dots are " + std::to_string(parts.size()) + ", not 3");
  const json header = TRY(parse_part(parts[0], "header"));
  const json claims = TRY(parse_part(parts[1], "payload"));
  TRY(check_signature(header, parts[2]));
  TokenFacts facts;
  facts.user_id = TRY(user_of(claims));
  facts.tail = token.tail(6);
  facts.issued = time_claim(claims, "iat");
  facts.expires = time_claim(claims, "exp");
  return facts;
}

Result<TokenFacts> check_token(const Secret& token, Time now) {
  TokenFacts facts = TRY(parse_token(token));
  if (facts.expires && *facts.expires <= now) {
    return make_error("pairing.token_expired",
                      "the pairing token of " + facts.shown() + " ended at " + to_people_time(*facts.expires) + "; it is " +
                          to_people_time(now) + " now",
                      fresh_token_remedy);
  }
  return facts;
}

std::string token_warning(const TokenFacts& token, Time now) {
  if (!token.issued || now - *token.issued < token_warning_age) return {};
  const Time end = token.expires.value_or(*token.issued + token_lifetime);
  if (end <= now)
    return "the pairing token is older than one hour (made at " + to_people_time(*token.issued) + "): the gateway may refuse it";
  return "the pairing token is about to end: at " + to_people_time(end) + ", in " +
         to_people_duration(std::chrono::duration_cast<std::chrono::milliseconds>(end - now));
}

}  // namespace cosigner::pairing

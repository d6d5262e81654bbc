// A quote: every field lies in the buffer and has its size, bytes behind it change nothing, and no quote of a fuzzer's is
// genuine.
#include "attest/quote.hpp"

#include "attest/show.hpp"
#include "attest/verify.hpp"
#include "base/text.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

const Time noon{std::chrono::seconds(1781481600)};  // 2026-06-15T00:00:00Z

void require_within(std::string_view buffer, std::string_view field, std::size_t size) {
  require(field.size() == size, "a field has another size than the format");
  require(field.data() >= buffer.data() && field.data() + field.size() <= buffer.data() + buffer.size(),
          "a field outside of the buffer");
}

void judge_fields(std::string_view input, const attest::Quote& quote) {
  require(quote.version >= 3 && quote.version <= 5, "a version that is not supported");
  require((quote.tee == attest::Tee::sgx) == (quote.body_kind == attest::BodyKind::sgx), "a body of another kind than its TEE");
  for (const std::string_view field : {quote.signature, quote.attestation_key, quote.qe_report_signature})
    require_within(input, field, 64);
  require_within(input, quote.qe_report, attest::sgx_report_size);
  require_within(input, quote.signed_bytes, static_cast<std::size_t>(quote.body.data() - input.data()) + quote.body.size());
  require_within(input, quote.certification_data, quote.certification_data.size());
  require(!quote.certification_data.empty(), "a quote without certification data");
}

void judge_shown(std::string_view input, bool parses) {
  const auto text = attest::unverified_text(input);
  require(text.ok() == parses && attest::unverified_document(input).ok() == parses, "what is shown is not what parses");
  if (!text) return require_plain(text.error());
  require(text->rfind("NOT VERIFIED", 0) == 0, "a quote is shown as if it were verified");
  for (const std::string_view line : lines_of(*text)) require_plain(line, "what is shown of a quote");
}

}  // namespace

FUZZ_TARGET(quote) {
  const auto quote = attest::parse_quote(input);
  judge_shown(input, quote.ok());
  if (quote.ok()) {
    judge_fields(input, *quote);
    const std::string padded = std::string(input) + std::string(70, '\0');
    const auto again = attest::parse_quote(padded);
    require(!again.ok() ? padded.size() > attest::quote_size_limit : again->certification_data == quote->certification_data,
            "bytes behind a quote change it");
  }
  const attest::Policy policy;
  const attest::Attestation judged = attest::verify(input, {}, {noon, attest::intel_root(), policy, {}, {}, {}, nullptr});
  require(!judged.is_verified() && judged.refusal.has_value(), "a quote without collateral is verified");
  const std::string people = to_people_text(judged);
  for (const std::string_view line : lines_of(people)) require_plain(line, "a refusal");
}

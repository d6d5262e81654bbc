#include "attest/quote_request.hpp"

#include "attest/pem.hpp"
#include "attest/quote.hpp"
#include "attest/verify.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::attest {
namespace {

constexpr const char* key_flag = "--print-pubkey";

constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----", end = "-----END PUBLIC KEY-----";

}  // namespace

Result<std::string> find_public_key(std::string_view printed) {
  const Error missing = make_error("attest.key_missing", "the co-signer printed no public key, or more than one",
                                   "Look at the co-signer's log; an image of another kind does not print one.");
  const std::size_t first = printed.find(begin), last = printed.find(end);
  if (first == std::string_view::npos || last == std::string_view::npos || last < first) return missing;
  if (printed.find(begin, first + 1) != std::string_view::npos) return missing;
  const auto blocks = read_pem(printed.substr(first, last + end.size() - first), "PUBLIC KEY");
  if (!blocks || blocks->size() != 1) return missing;
  return blocks->front();
}

Result<std::string> find_quote(std::string_view printed) {
  std::string found;
  for (const std::string_view line : lines_of(printed)) {
    auto bytes = from_base64(trimmed(line));
    if (!bytes || !parse_quote(*bytes).ok()) continue;
    if (found.empty())
      found = std::move(*bytes);
    else if (found != *bytes)
      found = "";
    if (found.empty()) break;
  }
  if (!found.empty()) return found;
  return make_error(
      "attest.quote_missing", "the co-signer printed no quote, or more than one",
      "Check that devices and quote provider work (`cosigner doctor`), and that the image is one that hands out quotes.");
}

Result<AskedQuote> ask_for_quote(const Executable& executable, const std::string& quote_flag, std::string_view nonce) {
  AskedQuote out;
  out.nonce = std::string(nonce);
  const Untrusted key = TRY(executable({key_flag}));
  out.public_key = TRY(find_public_key(key.raw()));
  const std::string wanted = bound_report_data(nonce, out.public_key);
  const Untrusted quote = TRY(executable({quote_flag, to_hex(wanted)}));
  out.quote = TRY(find_quote(quote.raw()));
  return out;
}

}  // namespace cosigner::attest

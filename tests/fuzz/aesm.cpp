// Answers of the SGX service daemon: a frame, a message, and its own error codes.
#include "sgx/aesm.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

std::string framed(std::string_view message) {
  std::string out;
  for (std::size_t i = 0; i < 4; ++i) out += static_cast<char>(static_cast<unsigned char>(message.size() >> (8 * i)));
  return out + std::string(message);
}

void require_refusal(const Error& error) {
  require_plain(error);
  require(error.code == "sgx.aesm_malformed" || error.code == "sgx.aesm_error", "an unknown refusal");
  require(!error.remedy.empty(), "a refusal without a remedy");
}

void judge(std::string_view answer) {
  const auto count = sgx::read_key_count(answer);
  const auto ids = sgx::read_key_ids(answer);
  const Status quote = sgx::read_init_quote(answer);
  if (count)
    require(*count <= 64, "more keys than any daemon has");
  else
    require_refusal(count.error());
  if (!ids) require_refusal(ids.error());
  for (const auto& id : ids ? *ids : std::vector<sgx::KeyId>()) {
    require(id.bytes.size() == 256, "a key id of another length");
    require(sgx::ask_init_quote(id.bytes).size() > 256, "a question without its key");
  }
  if (!quote) require_refusal(quote.error());
  if (answer.size() > sgx::aesm_answer_limit + 4) require(!count && !ids && !quote, "an answer over the limit is taken");
}

}  // namespace

FUZZ_TARGET(aesm) {
  judge(input);
  judge(framed(input));
}

// A signed index (threats M1, M3): whatever is done to message, armour and packets, no text is accepted that the key did not
// sign.
#include "apt/openpgp.hpp"
#include "fuzz/harness/fixtures.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

constexpr std::string_view separator = "\n=====\n";  // between a text and its detached signature

void require_known(const std::string& text) {
  require(signed_texts().count(text) == 1, "a text that was never signed is accepted");
}

void judge_detached(std::string_view text, std::string_view signature) {
  const Status status = verify_detached(fixture_key(), text, signature, fixture_time);
  if (status) return require_known(std::string(text));
  require_plain(status.error());
}

}  // namespace

FUZZ_TARGET(signed_index) {
  const auto text = verify_clearsigned(fixture_key(), input, fixture_time);
  if (text)
    require_known(*text);
  else
    require_plain(text.error());

  static const std::string release = fixture("openpgp/Release");
  judge_detached(release, input);
  const std::size_t cut = input.find(separator);
  if (cut != std::string_view::npos) judge_detached(input.substr(0, cut), input.substr(cut + separator.size()));
}

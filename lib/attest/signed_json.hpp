// The signed JSON of Intel's provisioning service: {"tcbInfo":{…},"signature":"…"} and {"enclaveIdentity":{…},"signature":"…"}
// (facts of DCAP, section 3).
//
// What is signed are the bytes of the inner object as they were sent. They are cut out of the text by a scanner that knows
// strings and escapes, never printed again, and the signature is checked before a JSON parser sees them: a parser is only ever
// given Intel's own text.
#pragma once

#include <string>
#include <string_view>

#include "attest/p256.hpp"
#include "attest/refusal.hpp"

namespace cosigner::attest {

struct SignedJson {
  std::string_view inner;  // from its { to the matching }, into the text that was cut
  std::string signature;   // 64, r||s
};

/// The outer object has these two members, in either order, each once, and nothing else; white space between them and one NUL
/// byte at the end are passed over. Limits: 1 MiB, 32 levels. Fails with `refusal`.
Result<SignedJson> cut_signed_json(std::string_view text, std::string_view member, Refusal refusal);

/// The inner bytes, when the signer signed them. Fails with `refusal`.
Result<std::string_view> authentic_json(std::string_view text, std::string_view member, const P256Key& signer, Refusal refusal);

}  // namespace cosigner::attest

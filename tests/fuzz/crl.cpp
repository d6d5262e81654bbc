// A revocation list: its three forms read alike, and every entry is found again.
#include "attest/crl.hpp"

#include <algorithm>

#include "attest/pem.hpp"
#include "attest/x509_fields.hpp"
#include "base/encoding.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void require_same(const attest::Crl& one, const Result<attest::Crl>& other) {
  require(other.ok(), "a list does not read in another form");
  require(one.signed_content == other->signed_content && one.revoked == other->revoked && one.number == other->number &&
              one.issuer == other->issuer && one.next_update == other->next_update,
          "a list says something else in another form");
}

}  // namespace

FUZZ_TARGET(crl) {
  const auto list = attest::read_crl(input, "list");
  if (!list) return require_plain(list.error());
  require(std::is_sorted(list->revoked.begin(), list->revoked.end()), "entries that a search would miss");
  attest::Certificate certificate;
  for (const std::string& serial : list->revoked) {
    certificate.serial = serial;
    require(list->lists(certificate), "an entry that is not found");
  }
  if (input.front() != 0x30) return;  // not the DER itself
  const std::string der(attest::read_signed_frame(input) ? input : attest::without_last_nul(input));
  require_same(*list, attest::read_crl(to_hex(der), "list"));
  if (der.size() < 40000)
    require_same(*list, attest::read_crl("-----BEGIN X509 CRL-----\n" + to_base64(der) + "\n-----END X509 CRL-----\n", "list"));
}

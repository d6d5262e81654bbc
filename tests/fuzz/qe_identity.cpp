// QE identity: members have their sizes, levels fall, and a report that its masks leave alone fits.
#include "attest/qe_identity.hpp"

#include "attest/evaluation.hpp"
#include "attest/signed_json.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void judge(const attest::QeIdentity& identity) {
  require(identity.mrsigner.size() == 32 && identity.miscselect.size() == 4 && identity.attributes.size() == 16,
          "a member of another size");
  require(!identity.levels.empty(), "an identity without a level");
  for (std::size_t i = 1; i < identity.levels.size(); ++i)
    require(identity.levels[i - 1].isvsvn > identity.levels[i].isvsvn, "levels that do not fall");
  for (const auto& level : identity.levels)
    require(attest::find_enclave_level(identity.levels, level.isvsvn) == &level, "a level that its own version does not find");
  attest::SgxReport report;
  report.miscselect = identity.miscselect;
  report.attributes = identity.attributes;
  report.mrsigner = identity.mrsigner;
  report.isvprodid = identity.isvprodid;
  require(check_qe_mrsigner(report, identity).ok() && check_qe_isvprodid(report, identity).ok(),
          "a report of this very enclave is refused");
  require(check_qe_attributes(report, identity).ok() ==
              attest::is_masked(identity.attributes, identity.attributes_mask, identity.attributes),
          "attributes are held to something else than mask and value");
  report.mrsigner[31] = static_cast<char>(report.mrsigner[31] ^ 1);
  require(!check_qe_mrsigner(report, identity).ok(), "another signer's report is taken");
}

}  // namespace

FUZZ_TARGET(qe_identity) {
  if (take_choice(input, 2) == 0) {
    const auto cut = attest::cut_signed_json(input, "enclaveIdentity", attest::Refusal::qe_identity_invalid);
    if (!cut) return require_plain(cut.error());
    input = cut->inner;
  }
  const auto identity = attest::read_qe_identity(input);
  if (!identity) return require_plain(identity.error());
  judge(*identity);
}

#include "attest/qe_identity.hpp"

#include <nlohmann/json.hpp>

#include "attest/json_members.hpp"
#include "base/json.hpp"

namespace cosigner::attest {
namespace {

using nlohmann::json;

Error invalid(std::string rule) { return refused(Refusal::qe_identity_invalid, "QE identity: " + std::move(rule)); }
Error mismatch(std::string rule) { return refused(Refusal::qe_identity_mismatch, "QE report: " + std::move(rule)); }

Status read_head(const json& inner, QeIdentity& out) {
  if (number_member(inner, "version", 255) != 2u) return invalid("its version is not 2");
  const auto id = text_member(inner, "id");
  const auto issued = time_member(inner, "issueDate"), next = time_member(inner, "nextUpdate");
  const auto evaluation = number_member(inner, "tcbEvaluationDataNumber", 0x7FFFFFFF);
  if (!id) return invalid("it has no id");
  if (!issued || !next) return invalid("its dates do not read");
  if (!evaluation) return invalid("its evaluation number does not read");
  out.id = *id;
  out.window = {*issued, *next};
  out.evaluation_number = *evaluation;
  return {};
}

Status read_measurements(const json& inner, QeIdentity& out) {
  const auto miscselect = bytes_member(inner, "miscselect", 4), miscselect_mask = bytes_member(inner, "miscselectMask", 4);
  const auto attributes = bytes_member(inner, "attributes", 16), attributes_mask = bytes_member(inner, "attributesMask", 16);
  const auto mrsigner = bytes_member(inner, "mrsigner", 32);
  const auto isvprodid = number_member(inner, "isvprodid", 65535);
  if (!miscselect || !miscselect_mask || !attributes || !attributes_mask)
    return invalid("its MISCSELECT or ATTRIBUTES does not read");
  if (!mrsigner || !isvprodid) return invalid("its MRSIGNER or ISVPRODID does not read");
  out.miscselect = *miscselect;
  out.miscselect_mask = *miscselect_mask;
  out.attributes = *attributes;
  out.attributes_mask = *attributes_mask;
  out.mrsigner = *mrsigner;
  out.isvprodid = static_cast<std::uint16_t>(*isvprodid);
  return {};
}

}  // namespace

Result<QeIdentity> read_qe_identity(std::string_view inner) {
  const auto parsed = parse_json(inner);
  if (!parsed.ok()) return invalid("it is not sound JSON (" + parsed.error().code + ")");
  QeIdentity out;
  TRY(read_head(*parsed, out));
  TRY(read_measurements(*parsed, out));
  auto levels = read_enclave_levels(*parsed, 65535);
  if (!levels) return invalid("its levels do not read, or are not in falling order");
  out.levels = std::move(*levels);
  return out;
}

bool is_masked(std::string_view value, std::string_view mask, std::string_view wanted) {
  if (value.size() != mask.size() || value.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (static_cast<char>(value[i] & mask[i]) != wanted[i]) return false;
  }
  return true;
}

Status check_qe_miscselect(const SgxReport& report, const QeIdentity& identity) {
  if (!is_masked(report.miscselect, identity.miscselect_mask, identity.miscselect))
    return mismatch("its MISCSELECT is not that of the quoting enclave");
  return {};
}

Status check_qe_attributes(const SgxReport& report, const QeIdentity& identity) {
  if (!is_masked(report.attributes, identity.attributes_mask, identity.attributes))
    return mismatch("its ATTRIBUTES are not those of the quoting enclave");
  return {};
}

Status check_qe_mrsigner(const SgxReport& report, const QeIdentity& identity) {
  if (report.mrsigner != identity.mrsigner) return mismatch("its MRSIGNER is not the quoting enclave's signer");
  return {};
}

Status check_qe_isvprodid(const SgxReport& report, const QeIdentity& identity) {
  if (report.isvprodid != identity.isvprodid) return mismatch("its ISVPRODID is not that of the quoting enclave");
  return {};
}

}  // namespace cosigner::attest

#include "attest/quote_signature.hpp"

#include "attest/byte_reader.hpp"

namespace cosigner::attest {
namespace {

constexpr std::uint16_t type_leaf_only = 4, type_qe_report = 6;

Error malformed(std::string rule) { return refused(Refusal::malformed_quote, std::move(rule)); }
Error unsupported(std::string rule) { return refused(Refusal::unsupported_quote, std::move(rule)); }

/// Section 1.5; a chain is limited by what holds it. Types 1 to 3 are not used for anything, so that less is no harm (Intel's own
/// sample of type 1 lacks the PCEID); more would be something else under a wrong type.
std::size_t size_limit(CertificationKind kind) {
  constexpr std::size_t tail = 16 + 2 + 2;  // CPUSVN, PCESVN, PCEID
  if (kind == CertificationKind::ppid_clear) return 16 + tail;
  if (kind == CertificationKind::ppid_rsa2048) return 256 + tail;
  if (kind == CertificationKind::ppid_rsa3072) return 384 + tail;
  return quote_size_limit;
}

Result<CertificationKind> kind_of(std::uint16_t type) {
  if (type >= 1 && type <= 3) return static_cast<CertificationKind>(type);
  if (type == 5) return CertificationKind::pck_chain;
  if (type == type_leaf_only) return unsupported("certification data type 4 (a leaf without its chain)");
  return unsupported("the certification data type is not 1, 2, 3 or 5 where the chain belongs");
}

/// Authentication data and certification data, which end exactly where the enclosing record ends.
Status read_certification(ByteReader& reader, Quote& quote) {
  const auto auth_data = reader.sized_by_u16();
  if (!auth_data) return malformed("ends within the QE authentication data");
  const auto type = reader.u16();
  if (!type) return malformed("ends before the certification data");
  quote.certification_kind = TRY(kind_of(*type));
  const auto data = reader.sized_by_u32();
  if (!data) return malformed("the certification data is longer than what holds it");
  if (!reader.is_at_end()) return malformed("the certification data is shorter than what holds it");
  if (data->empty()) return malformed("the certification data is empty");
  if (data->size() > size_limit(quote.certification_kind))
    return malformed("the certification data is longer than its type allows");
  quote.qe_auth_data = *auth_data;
  quote.certification_data = *data;
  return {};
}

Status read_qe_report(ByteReader& reader, Quote& quote) {
  const auto report = reader.take(sgx_report_size);
  const auto signature = reader.take(64);
  if (!report || !signature) return malformed("ends within the QE report and its signature");
  quote.qe_report = *report;
  quote.qe_report_signature = *signature;
  return read_certification(reader, quote);
}

/// From version 4 on, everything about the QE lies in an outer record of type 6.
Status read_outer_record(ByteReader& reader, Quote& quote) {
  const auto type = reader.u16();
  if (!type) return malformed("ends before the outer certification data");
  if (*type != type_qe_report) return unsupported("the outer certification data is not of type 6");
  const auto data = reader.sized_by_u32();
  if (!data) return malformed("the outer certification data is longer than the signature data");
  if (!reader.is_at_end()) return malformed("the outer certification data is shorter than the signature data");
  ByteReader inner(*data);
  return read_qe_report(inner, quote);
}

}  // namespace

Status read_signature_data(std::string_view data, Quote& quote) {
  ByteReader reader(data);
  const auto signature = reader.take(64);
  const auto key = reader.take(64);
  if (!signature || !key) return malformed("ends within signature and attestation key");
  quote.signature = *signature;
  quote.attestation_key = *key;
  return quote.version == 3 ? read_qe_report(reader, quote) : read_outer_record(reader, quote);
}

}  // namespace cosigner::attest

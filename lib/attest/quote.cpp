// Header and body of a quote (facts of DCAP, sections 1.1 to 1.4); the signature data is in quote_signature.cpp.
#include "attest/quote.hpp"

#include "attest/byte_reader.hpp"
#include "attest/quote_signature.hpp"

namespace cosigner::attest {
namespace {

constexpr std::size_t header_size = 48;
constexpr std::uint16_t ecdsa_p256 = 2;
constexpr std::uint32_t tee_type_sgx = 0x00, tee_type_tdx = 0x81;
constexpr std::string_view intel_vendor_id("\x93\x9A\x72\x33\xF7\x9C\x4C\xA9\x94\x0A\x0D\xB3\x95\x7F\x06\x07", 16);

constexpr std::size_t td_10_size = 584, td_15_size = 648, td_15_extended_size = 885;

struct BodyRow {
  std::uint16_t type;  // version 5 only
  std::uint32_t size;
  BodyKind kind;
  Tee tee;
};
constexpr BodyRow body_rows[] = {
    {1, sgx_report_size, BodyKind::sgx, Tee::sgx},
    {2, td_10_size, BodyKind::td_10, Tee::tdx},
    {3, td_15_size, BodyKind::td_15, Tee::tdx},
    {4, td_15_extended_size, BodyKind::td_15_extended, Tee::tdx},
};

Error unsupported(std::string rule) { return refused(Refusal::unsupported_quote, std::move(rule)); }
Error malformed(std::string rule) { return refused(Refusal::malformed_quote, std::move(rule)); }

Status read_header(ByteReader& reader, Quote& quote) {
  const auto header = reader.take(header_size);
  if (!header) return malformed("shorter than the 48 bytes of a quote header");
  ByteReader fields(*header);
  quote.version = *fields.u16();
  const std::uint16_t key_type = *fields.u16();
  const std::uint32_t tee_type = *fields.u32();
  fields.take(4);  // SVNs of QE and PCE: informative, report and certificate count
  if (quote.version < 3 || quote.version > 5) return unsupported("the version is not 3, 4 or 5");
  if (key_type != ecdsa_p256) return unsupported("the attestation key type is not 2 (ECDSA P-256)");
  if (tee_type != tee_type_sgx && tee_type != tee_type_tdx) return unsupported("the TEE type is neither SGX nor TDX");
  if (quote.version == 3 && tee_type != tee_type_sgx) return unsupported("version 3 is for SGX only");
  if (*fields.take(intel_vendor_id.size()) != intel_vendor_id) return unsupported("the QE vendor is not Intel");
  quote.tee = tee_type == tee_type_sgx ? Tee::sgx : Tee::tdx;
  return {};
}

const BodyRow* find_body_row(std::uint16_t type) {
  for (const BodyRow& row : body_rows) {
    if (row.type == type) return &row;
  }
  return nullptr;
}

/// Versions 3 and 4 name no body type: it follows from the TEE type. Version 5 names type and size.
Result<const BodyRow*> read_body_row(ByteReader& reader, const Quote& quote) {
  if (quote.version != 5) return find_body_row(quote.tee == Tee::sgx ? 1 : 2);
  const auto type = reader.u16();
  const auto size = reader.u32();
  if (!type || !size) return malformed("ends within body type and size");
  const BodyRow* row = find_body_row(*type);
  if (row == nullptr) return unsupported("the body type is not 1 to 4");
  if (*size != row->size) return malformed("the body size does not fit the body type");
  if (row->tee != quote.tee) return malformed("the body type does not fit the TEE type");
  return row;
}

}  // namespace

Result<Quote> parse_quote(std::string_view bytes) {
  if (bytes.size() > quote_size_limit) return malformed("longer than any quote");
  Quote quote;
  ByteReader reader(bytes);
  TRY(read_header(reader, quote));
  const BodyRow* row = TRY(read_body_row(reader, quote));
  const auto body = reader.take(row->size);
  if (!body) return malformed("ends within the report body");
  quote.body_kind = row->kind;
  quote.body = *body;
  quote.signed_bytes = bytes.substr(0, bytes.size() - reader.rest().size());
  const auto signature_data = reader.sized_by_u32();
  if (!signature_data) return malformed("ends within the signature data");
  TRY(read_signature_data(*signature_data, quote));
  return quote;
}

std::string_view name_of(Tee tee) { return tee == Tee::sgx ? "SGX" : "TDX"; }

}  // namespace cosigner::attest

#include "attest/pck_extension.hpp"

#include <set>
#include <utility>

#include "attest/der_reader.hpp"

namespace cosigner::attest {
namespace {

constexpr std::string_view arc("\x2A\x86\x48\x86\xF8\x4D\x01\x0D\x01", 9);
constexpr std::uint8_t pcesvn_entry = 17, cpusvn_entry = 18;

Error invalid(std::string rule) { return refused(Refusal::chain_invalid, "PCK leaf: SGX extension: " + std::move(rule)); }

/// One (OID, value) pair: the last number of the OID, and what follows the OID.
struct Pair {
  std::uint8_t member = 0;
  DerReader value{std::string_view()};
};

/// `parent`: what the OID has between Intel's arc and its last number. Looked up by the whole OID: .2.1 and .2.10 share a
/// beginning.
std::optional<Pair> read_pair(std::string_view content, std::string_view parent) {
  DerReader reader(content);
  const auto oid = reader.take(der_tag::object_id);
  const std::string prefix = std::string(arc) + std::string(parent);
  if (!oid || oid->size() != prefix.size() + 1 || oid->substr(0, prefix.size()) != prefix) return std::nullopt;
  const auto member = static_cast<std::uint8_t>(oid->back());
  if (member == 0 || member >= 0x80) return std::nullopt;  // a number of more bytes
  return Pair{member, reader};
}

/// Every pair of a SEQUENCE, each member once, handed to `use`; false when something does not read.
template <class Use>
bool read_pairs(std::string_view sequence, std::string_view parent, Use&& use) {
  DerReader reader(sequence);
  std::set<std::uint8_t> seen;
  while (!reader.is_at_end()) {
    const auto content = reader.take(der_tag::sequence);
    auto pair = content ? read_pair(*content, parent) : std::nullopt;
    if (!pair || !seen.insert(pair->member).second || !use(*pair)) return false;
  }
  return true;
}

template <class Number>
bool read_number(DerReader& value, std::uint8_t tag, Number& out, std::uint32_t maximum) {
  const auto content = value.take(tag);
  const auto number = content ? der_number(*content, maximum) : std::nullopt;
  if (!number || !value.is_at_end()) return false;
  out = static_cast<Number>(*number);
  return true;
}

bool read_octets(DerReader& value, std::string& out, std::size_t size) {
  const auto content = value.take(der_tag::octet_string);
  if (!content || content->size() != size || !value.is_at_end()) return false;
  out = std::string(*content);
  return true;
}

bool read_flag(DerReader& value, std::optional<bool>& out) {
  const auto content = value.take(der_tag::boolean);
  out = content ? der_boolean(*content) : std::nullopt;
  return out.has_value() && value.is_at_end();
}

bool read_tcb(DerReader& value, PckExtension& out) {
  const auto sequence = value.take(der_tag::sequence);
  if (!sequence || !value.is_at_end()) return false;
  int count = 0;
  const bool reads = read_pairs(*sequence, "\x02", [&](Pair& pair) {
    ++count;
    if (pair.member <= 16) return read_number(pair.value, der_tag::integer, out.components[pair.member - 1u], 255);
    if (pair.member == pcesvn_entry) return read_number(pair.value, der_tag::integer, out.pcesvn, 65535);
    return pair.member == cpusvn_entry && read_octets(pair.value, out.cpusvn, 16);
  });
  return reads && count == 18;  // members are 1 to 18 and none is there twice: all of them
}

bool read_configuration(DerReader& value, PckExtension& out) {
  const auto sequence = value.take(der_tag::sequence);
  if (!sequence || !value.is_at_end()) return false;
  return read_pairs(*sequence, "\x07", [&](Pair& pair) {
    if (pair.member == 1) return read_flag(pair.value, out.dynamic_platform);
    if (pair.member == 2) return read_flag(pair.value, out.cached_keys);
    if (pair.member == 3) return read_flag(pair.value, out.smt_enabled);
    return true;
  });
}

bool read_member(Pair& pair, PckExtension& out) {
  switch (pair.member) {
    case 1: return read_octets(pair.value, out.ppid, 16);
    case 2: return read_tcb(pair.value, out);
    case 3: return read_octets(pair.value, out.pceid, 2);
    case 4: return read_octets(pair.value, out.fmspc, 6);
    case 5: return read_number(pair.value, der_tag::enumerated, out.sgx_type, 2);
    case 6: return read_octets(pair.value, out.platform_instance.emplace(), 16);
    case 7: return read_configuration(pair.value, out);
    default: return true;
  }
}

}  // namespace

Result<PckExtension> read_pck_extension(std::string_view der) {
  DerReader reader(der);
  const auto sequence = reader.take(der_tag::sequence);
  if (!sequence || !reader.is_at_end()) return invalid("it is not one SEQUENCE");
  PckExtension out;
  unsigned demanded = 0;  // .1 to .5 as bits
  const bool reads = read_pairs(*sequence, "", [&](Pair& pair) {
    if (pair.member <= 5) demanded |= 1u << pair.member;
    return read_member(pair, out);
  });
  if (!reads) return invalid("a member does not read or is there twice");
  if (demanded != 0x3Eu) return invalid("PPID, TCB, PCEID, FMSPC or SGX type is missing");
  return out;
}

}  // namespace cosigner::attest

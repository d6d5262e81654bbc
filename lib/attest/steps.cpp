#include "attest/steps.hpp"

#include <cstdint>
#include <cstdlib>
#include <iterator>

namespace cosigner::attest {
namespace {

struct Row {
  std::string_view id, title;
};
constexpr Row catalog[] = {
    {"N4", "the clock is not behind a time already seen"},
    {"1", "the quote reads: version, key type, TEE, vendor, every length"},
    {"2.1", "PCK chain: leaf, PCK CA and root are there, in this order"},
    {"2.2", "PCK chain: the root is the pinned one"},
    {"2.3", "PCK chain: the CA is issued by the root, in its role"},
    {"2.4", "PCK chain: the leaf is issued by the CA, in its role, with a sound SGX extension"},
    {"2.5", "PCK chain: dates"},
    {"3.1", "root CRL: issued and signed by the root"},
    {"3.2", "root CRL: dates"},
    {"3.3", "root CRL: neither PCK CA nor TCB signer is listed"},
    {"3.4", "PCK CRL: issued and signed by the leaf's CA"},
    {"3.5", "PCK CRL: dates"},
    {"3.6", "PCK CRL: the leaf is not listed"},
    {"4.1", "TCB signing chain: signer and pinned root are there"},
    {"4.2", "TCB signing chain: the signer is issued by the root, in its role"},
    {"4.3", "TCB signing chain: dates"},
    {"5.1", "TCB info: signed by the TCB signer, byte for byte"},
    {"5.2", "TCB info: sound, version 2 or 3"},
    {"5.3", "TCB info: dates"},
    {"5.4", "TCB info: of this TEE, FMSPC and PCEID, comparison rule 0"},
    {"6.1", "QE identity: signed by the TCB signer, byte for byte"},
    {"6.2", "QE identity: sound, version 2"},
    {"6.3", "QE identity: dates"},
    {"6.4", "QE identity: of this TEE's quoting enclave"},
    {"N5", "the collateral is not older than what was already seen"},
    {"7", "QE report: signed by the PCK key"},
    {"8.1", "QE report: names the attestation key"},
    {"8.2", "QE report: the rest of its report data is zero"},
    {"9.1", "QE report: MISCSELECT as in the QE identity"},
    {"9.2", "QE report: ATTRIBUTES as in the QE identity"},
    {"9.3", "QE report: MRSIGNER as in the QE identity"},
    {"9.4", "QE report: ISVPRODID as in the QE identity"},
    {"10.1", "quote: the attestation key is a point of the curve"},
    {"10.2", "quote: signed by the attestation key"},
    {"11.1", "TCB: levels of platform, quoting enclave and TDX module"},
    {"11.2", "TCB: status after convergence, advisories, date"},
    {"11.3", "TCB: validity of this result"},
    {"A1", "report data: made of the nonce and the co-signer's key"},
    {"A2", "platform: the one that was pinned"},
    {"12", "policy"},
};

/// An id of at most four characters as a number: a verification looks up some fifty of them.
constexpr std::uint32_t packed(std::string_view id) {
  std::uint32_t value = 0;
  for (const char c : id) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

std::size_t index_of(std::string_view id) {
  const std::uint32_t wanted = packed(id);
  for (std::size_t i = 0; i < std::size(catalog); ++i) {
    if (packed(catalog[i].id) == wanted) return i;
  }
  std::abort();  // an id that is not in the catalog is a slip of this room's code
}

}  // namespace

std::string_view name_of(StepResult result) {
  if (result == StepResult::pass) return "pass";
  return result == StepResult::fail ? "fail" : "skip";
}

Steps::Steps() {
  for (const Row& row : catalog) steps_.push_back({row.id, row.title, StepResult::skip, "not reached"});
}

Step& Steps::find(std::string_view id) { return steps_[index_of(id)]; }

void Steps::pass(std::string_view id, std::string evidence) {
  Step& step = find(id);
  step.result = StepResult::pass;
  step.evidence = std::move(evidence);
}

void Steps::skip(std::string_view id, std::string reason) {
  Step& step = find(id);
  step.result = StepResult::skip;
  step.evidence = std::move(reason);
}

void Steps::fail(std::string_view id, const Error& error) {
  Step& step = find(id);
  step.result = StepResult::fail;
  step.evidence = error.message;
}

}  // namespace cosigner::attest

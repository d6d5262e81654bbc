#include "sgx/cpuid_facts.hpp"

#include <limits>

namespace cosigner::sgx {
namespace {

using host::CpuidDump;
using host::CpuidRegisters;

constexpr std::uint32_t feature_leaf = 7;
constexpr std::uint32_t sgx_leaf = 0x12;
constexpr std::uint32_t last_section = 0x12 + 64;  // more sections than any machine has

std::optional<CpuidRegisters> find(const CpuidDump& dump, std::uint32_t leaf, std::uint32_t subleaf) {
  for (const auto& entry : dump.leaves) {
    if (entry.leaf == leaf && entry.subleaf == subleaf) return entry.registers;
  }
  return std::nullopt;
}

bool bit(std::uint32_t value, unsigned number) { return ((value >> number) & 1u) != 0; }

std::string text_of(std::initializer_list<std::uint32_t> registers) {
  std::string out;
  for (const std::uint32_t value : registers) {
    for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(static_cast<unsigned char>(value >> shift));
  }
  return out;
}

std::optional<Untrusted> brand_of(const CpuidDump& dump) {
  std::string text;
  for (std::uint32_t leaf = 0x80000002; leaf <= 0x80000004; ++leaf) {
    const auto found = find(dump, leaf, 0);
    if (!found) return std::nullopt;
    text += text_of({found->eax, found->ebx, found->ecx, found->edx});
  }
  text = text.substr(0, text.find('\0'));
  const std::size_t start = text.find_first_not_of(' ');
  if (start == std::string::npos) return std::nullopt;
  return Untrusted(text.substr(start, text.find_last_not_of(' ') - start + 1));
}

void take_identity(CpuidFacts& facts, const CpuidDump& dump) {
  if (const auto leaf = find(dump, 0, 0)) {
    facts.vendor = Untrusted(text_of({leaf->ebx, leaf->edx, leaf->ecx}));
    facts.max_basic_leaf = leaf->eax;
  }
  if (const auto leaf = find(dump, 1, 0)) {
    facts.signature = leaf->eax;
    facts.hypervisor = bit(leaf->ecx, 31);
  }
  facts.brand = brand_of(dump);
}

/// A leaf above the highest one gives the data of the highest: what it seems to say is then not about SGX.
bool is_beyond(const CpuidFacts& facts, std::uint32_t leaf) { return facts.max_basic_leaf && *facts.max_basic_leaf < leaf; }

void take_offer(CpuidFacts& facts, const CpuidDump& dump) {
  if (is_beyond(facts, feature_leaf)) {
    facts.offered = false;
    facts.flc = false;
    return;
  }
  const auto leaf = find(dump, feature_leaf, 0);
  if (!leaf) return;
  facts.offered = bit(leaf->ebx, 2);
  facts.flc = bit(leaf->ecx, 30);
}

void clear_features(CpuidFacts& facts) {
  facts.sgx1 = facts.sgx2 = facts.enclv = facts.oversub = facts.everifyreport2 = false;
  facts.eupdatesvn = facts.edeccssa = facts.exinfo = facts.kss = false;
  facts.epc = std::vector<EpcSection>{};
  facts.epc_bytes = 0;
}

void take_features(CpuidFacts& facts, const CpuidDump& dump) {
  if (const auto leaf = find(dump, sgx_leaf, 0)) {
    facts.sgx1 = bit(leaf->eax, 0);
    facts.sgx2 = bit(leaf->eax, 1);
    facts.enclv = bit(leaf->eax, 5);
    facts.oversub = bit(leaf->eax, 6);
    facts.everifyreport2 = bit(leaf->eax, 7);
    facts.eupdatesvn = bit(leaf->eax, 10);
    facts.edeccssa = bit(leaf->eax, 11);
    facts.exinfo = bit(leaf->ebx, 0);
    if (leaf->edx != 0) {
      facts.max_enclave_log2_32 = leaf->edx & 0xFFu;
      facts.max_enclave_log2_64 = (leaf->edx >> 8) & 0xFFu;
    }
  }
  if (const auto leaf = find(dump, sgx_leaf, 1)) facts.kss = bit(leaf->eax, 7);
}

void take_epc(CpuidFacts& facts, const CpuidDump& dump) {
  std::vector<EpcSection> sections;
  std::uint64_t sum = 0;
  for (std::uint32_t subleaf = 2; subleaf < last_section; ++subleaf) {
    const auto leaf = find(dump, sgx_leaf, subleaf);
    if (!leaf && subleaf == 2) return;  // not recorded
    if (!leaf || (leaf->eax & 0xFu) == 0) break;
    if ((leaf->eax & 0xFu) != 1) continue;  // a kind that is not known yet
    const EpcSection section{(static_cast<std::uint64_t>(leaf->ebx & 0xFFFFFu) << 32) + (leaf->eax & 0xFFFFF000u),
                             (static_cast<std::uint64_t>(leaf->edx & 0xFFFFFu) << 32) + (leaf->ecx & 0xFFFFF000u), leaf->ecx & 0xFu};
    if (section.size > std::numeric_limits<std::uint64_t>::max() - sum) break;
    sum += section.size;
    if (section.size > 0) sections.push_back(section);
  }
  facts.epc = std::move(sections);
  facts.epc_bytes = sum;
}

Verdict verdict_of(const CpuidFacts& facts) {
  if (!facts.vendor || !facts.max_basic_leaf) return Verdict::unknown;
  if (facts.vendor->raw() != "GenuineIntel") return Verdict::not_intel;
  if (!facts.offered) return Verdict::unknown;
  if (!*facts.offered) return Verdict::not_offered;
  if (is_beyond(facts, sgx_leaf)) return Verdict::off_in_firmware;
  if (!facts.sgx1) return Verdict::unknown;
  return *facts.sgx1 ? Verdict::on : Verdict::off_in_firmware;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::on: return "on";
    case Verdict::off_in_firmware: return "off_in_firmware";
    case Verdict::not_offered: return "not_offered";
    case Verdict::not_intel: return "not_intel";
    case Verdict::unknown: return "unknown";
  }
  return "unknown";
}

CpuidFacts judge_cpuid(const CpuidDump& dump) {
  CpuidFacts facts;
  take_identity(facts, dump);
  take_offer(facts, dump);
  const bool is_other_vendor = facts.vendor && facts.vendor->raw() != "GenuineIntel";
  if (is_other_vendor || facts.offered == false || is_beyond(facts, sgx_leaf)) {
    clear_features(facts);
  } else {
    take_features(facts, dump);
    take_epc(facts, dump);
  }
  facts.verdict = verdict_of(facts);
  return facts;
}

bool do_agree(const std::vector<CpuidDump>& dumps) {
  for (const auto& dump : dumps) {
    const CpuidFacts first = judge_cpuid(dumps.front());
    const CpuidFacts other = judge_cpuid(dump);
    if (other.verdict != first.verdict || other.flc != first.flc || other.sgx1 != first.sgx1 || other.sgx2 != first.sgx2 ||
        other.epc_bytes != first.epc_bytes || other.signature != first.signature) {
      return false;
    }
  }
  return true;
}

}  // namespace cosigner::sgx

// What CPUID says about SGX (Intel SDM volume 3D), without the known misreadings (facts, section 1). Pure.
//
// Nothing is guessed: what was not recorded is absent, not false and not zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/untrusted.hpp"
#include "host/devices.hpp"

namespace cosigner::sgx {

enum class Verdict {
  on,
  off_in_firmware,  // offered, but leaf 0x12 is empty: firmware or hypervisor keeps it off
  not_offered,      // Intel, without the SGX bit (or a hypervisor hides it)
  not_intel,
  unknown,          // not enough was recorded
};

std::string_view name_of(Verdict verdict);  // as in `doctor --json`

/// One range of enclave memory. Property: 1 confidential and integrity protected, 2 confidential only; others exist (3 on Sapphire Rapids).
struct EpcSection {
  std::uint64_t base = 0;
  std::uint64_t size = 0;  // bytes
  unsigned property = 0;
  friend bool operator==(const EpcSection&, const EpcSection&) = default;
};

struct CpuidFacts {
  std::optional<Untrusted> vendor;
  std::optional<std::uint32_t> signature;  // leaf 1 EAX
  std::optional<std::uint32_t> max_basic_leaf;
  std::optional<Untrusted> brand;
  std::optional<bool> hypervisor;

  Verdict verdict = Verdict::unknown;
  std::optional<bool> offered, flc;
  std::optional<bool> sgx1, sgx2, enclv, oversub, everifyreport2, eupdatesvn, edeccssa, exinfo, kss;
  std::optional<unsigned> max_enclave_log2_32, max_enclave_log2_64;
  std::optional<std::vector<EpcSection>> epc;
  std::optional<std::uint64_t> epc_bytes;  // sum of all sections: two sockets have two
};

/// Of one logical CPU.
CpuidFacts judge_cpuid(const host::CpuidDump& dump);

/// True when all logical CPUs say the same about SGX.
bool do_agree(const std::vector<host::CpuidDump>& dumps);

}  // namespace cosigner::sgx

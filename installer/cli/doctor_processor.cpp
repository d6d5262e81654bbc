#include "installer/cli/doctor_processor.hpp"

namespace cosigner::cli {
namespace {

ui::Fact fact(const std::optional<bool>& flag) { return flag ? ui::Fact(*flag) : ui::Fact(); }
ui::Fact fact(const std::optional<unsigned>& number) {
  return number ? ui::Fact(static_cast<std::uint64_t>(*number)) : ui::Fact();
}
ui::Fact fact(const std::optional<Untrusted>& text, std::size_t limit) {
  return text ? ui::Fact(shown(*text, limit)) : ui::Fact();
}

std::string hex(std::uint32_t number) {
  std::string out;
  do out.insert(out.begin(), "0123456789abcdef"[number & 15]);
  while ((number >>= 4) != 0);
  return out;
}

}  // namespace

void put_processor(const sgx::CpuidFacts& facts, ui::DoctorView& view) {
  view.cpu = {{"vendor", fact(facts.vendor, 16)},
              {"signature", facts.signature ? ui::Fact(hex(*facts.signature)) : ui::Fact()},
              {"max_basic_leaf", fact(facts.max_basic_leaf)},
              {"brand", fact(facts.brand, 64)},
              {"hypervisor", fact(facts.hypervisor)}};
  view.sgx = {{"verdict", std::string(sgx::name_of(facts.verdict))},
              {"offered", fact(facts.offered)},
              {"flc", fact(facts.flc)},
              {"sgx1", fact(facts.sgx1)},
              {"sgx2", fact(facts.sgx2)},
              {"enclv", fact(facts.enclv)},
              {"oversub", fact(facts.oversub)},
              {"everifyreport2", fact(facts.everifyreport2)},
              {"eupdatesvn", fact(facts.eupdatesvn)},
              {"edeccssa", fact(facts.edeccssa)},
              {"exinfo", fact(facts.exinfo)},
              {"kss", fact(facts.kss)},
              {"max_enclave_log2_32", fact(facts.max_enclave_log2_32)},
              {"max_enclave_log2_64", fact(facts.max_enclave_log2_64)}};
  view.epc_bytes = facts.epc_bytes;
  if (!facts.epc) return;
  view.epc.emplace();
  for (const auto& section : *facts.epc) view.epc->push_back({section.base, section.size, section.property});
}

}  // namespace cosigner::cli

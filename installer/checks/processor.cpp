#include "installer/checks/processor.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/place.hpp"
#include "sgx/cpuid_text.hpp"

namespace cosigner::checks {
namespace {

using sgx::CpuidFacts;
using sgx::Verdict;

bool is_simulated(const profile::Settings& settings) {
  return settings.profile.simulation && !settings.profile.simulation_cpuid.empty();
}

std::string source(const profile::Settings& settings) {
  return is_simulated(settings) ? "SIMULATION (" + settings.profile.simulation_cpuid + "): " : "";
}

/// Judges the first logical CPU, or says why it cannot.
template <class Judge>
Observation judge(const host::HostView& host, const profile::Settings& settings, Judge&& say) {
  const auto dumps = read_cpuid(host, settings);
  if (!dumps) return unknown(dumps.error().message);
  if (dumps->empty()) return unknown("CPUID could not be read");
  Observation seen = say(sgx::judge_cpuid(dumps->front()));
  seen.evidence.insert(0, source(settings));
  return seen;
}

std::string name_of_cpu(const CpuidFacts& facts) {
  return facts.brand ? shown(*facts.brand, 64) : facts.vendor ? shown(*facts.vendor, 16) : "the processor";
}

Observation with_rows(Observation seen, std::vector<std::string> rows) {
  seen.rows = std::move(rows);
  return seen;
}

/// Why the SGX bit is clear: the processor, or the hypervisor over it. Dumps may carry a leaf 0x12 that lies above the highest
/// leaf.
std::vector<std::string> rows_of_absence(const CpuidFacts& facts) {
  if (facts.hypervisor == true) return {"A11"};
  if (facts.max_basic_leaf && *facts.max_basic_leaf < 0x12) return {"A1", "A10"};
  return {"A1"};
}

constexpr const char* other_machine =
    "Use a machine or a cloud instance whose processor has SGX with launch control, e.g. an Ice Lake Xeon or newer.";
constexpr const char* switch_on =
    "Set SGX to Enabled in the firmware and give it memory (PRMRR), or ask the cloud provider for an instance with SGX.";

}  // namespace

Result<std::vector<host::CpuidDump>> read_cpuid(const host::HostView& host, const profile::Settings& settings) {
  if (!is_simulated(settings)) return host.devices().cpuid();
  const auto text = TRY(host.files().read(settings.profile.simulation_cpuid, sgx::cpuid_text_limit));
  if (!text)
    return make_error("sgx.cpuid_unreadable",
                      "the simulation's CPUID dump " + settings.profile.simulation_cpuid + " is not there",
                      "Put the dump there, or take it out of the profile.");
  return sgx::parse_cpuid_text(*text);
}

Observation look_at_vendor(const host::HostView& host, const profile::Settings& settings) {
  return judge(host, settings, [](const CpuidFacts& facts) -> Observation {
    if (!facts.vendor) return unknown("leaf 0 was not recorded");
    if (facts.verdict == Verdict::not_intel)
      return {Outcome::fail, name_of_cpu(facts) + " is of " + shown(*facts.vendor, 16), other_machine, "", "hardware.not_intel",
              {"A1"}};
    return {Outcome::pass, name_of_cpu(facts), "", "", ""};
  });
}

Observation look_at_sgx(const host::HostView& host, const profile::Settings& settings) {
  return judge(host, settings, [&host](const CpuidFacts& facts) -> Observation {
    const std::string where = facts.hypervisor == true ? "the virtual machine" : "the processor";
    switch (facts.verdict) {
      case Verdict::on:
        return {Outcome::pass, std::string("SGX1") + (facts.sgx2 == true ? " and SGX2" : "") + (facts.kss == true ? ", KSS" : ""),
                "", "", ""};
      case Verdict::off_in_firmware:
        return {Outcome::fail,
                where + " offers SGX, but it is switched off: firmware or hypervisor keeps it so",
                facts.hypervisor == true ? sgx_of_host_remedy(host) : switch_on,
                "",
                "hardware.sgx_off_in_firmware",
                {facts.hypervisor == true ? "A11" : "A2"}};
      case Verdict::not_offered:
        return {Outcome::fail,
                where + " (" + name_of_cpu(facts) + ") does not offer SGX",
                facts.hypervisor == true ? sgx_of_host_remedy(host) : other_machine,
                "",
                "hardware.sgx_not_offered",
                rows_of_absence(facts)};
      case Verdict::not_intel:
        return {Outcome::fail, name_of_cpu(facts) + " is not Intel's", other_machine, "", "hardware.not_intel", {"A1"}};
      case Verdict::unknown: break;
    }
    return unknown("CPUID does not say enough");
  });
}

Observation look_at_agreement(const host::HostView& host, const profile::Settings& settings) {
  const auto dumps = read_cpuid(host, settings);
  if (!dumps) return unknown(dumps.error().message);
  const std::string count = source(settings) + std::to_string(dumps->size()) + " logical CPUs";
  if (sgx::do_agree(*dumps)) return {Outcome::pass, count + " agree", "", "", ""};
  return {Outcome::warn, count + " differ in what they say about SGX",
          "Update the firmware, and check that all processors of the machine are of one kind.", "", ""};
}

Observation look_at_launch_control(const host::HostView& host, const profile::Settings& settings) {
  return judge(host, settings, [](const CpuidFacts& facts) -> Observation {
    if (!facts.flc) return unknown("leaf 7 was not recorded");
    if (*facts.flc) return {Outcome::pass, "leaf 7, ECX bit 30 is set", "", "", ""};
    return {Outcome::fail,
            "leaf 7, ECX bit 30 is not set: the kernel's driver and DCAP need it",
            other_machine,
            "",
            "hardware.launch_control_missing",
            {"A8", "B18", "D23"}};
  });
}

Observation look_at_epc(const host::HostView& host, const profile::Settings& settings) {
  const auto& floor = settings.profile.hardware;
  return judge(host, settings, [&](const CpuidFacts& facts) -> Observation {
    if (!facts.epc_bytes) return unknown("the enclave memory was not recorded");
    const std::string size = to_people_size(*facts.epc_bytes) + " of enclave memory in " + std::to_string(facts.epc->size()) +
                             (facts.epc->size() == 1 ? " section" : " sections");
    if (*facts.epc_bytes < floor.min_epc)
      return {Outcome::fail, size + ", at least " + to_people_size(floor.min_epc) + " are needed", switch_on, "",
              "hardware.epc_too_small"};
    if (*facts.epc_bytes < floor.warn_epc)
      return {Outcome::warn, size + ", below the advised " + to_people_size(floor.warn_epc),
              "Give SGX more memory in the firmware, or take a larger instance.", "", ""};
    // Decoders that know property 1 alone call such a machine's enclave memory 0 or misconfigured.
    const bool is_unusual =
        std::any_of(facts.epc->begin(), facts.epc->end(), [](const auto& section) { return section.property != 1; });
    return with_rows({Outcome::pass, size, "", "", ""}, is_unusual ? std::vector<std::string>{"A9"} : std::vector<std::string>{});
  });
}

}  // namespace cosigner::checks

// Every quote of the catalogue, put where its log is.
#include "base/text.hpp"
#include "installer/checks/texts.hpp"
#include "unit/checks/breakages.hpp"

namespace cosigner::checks {
namespace {

void put_line(SoundMachine& m, const std::string& log, const std::string& line) {
  auto& model = m.host.model;
  if (log == "kernel") *model.kernel_log += line + "\n";
  if (log == "aesm") model.unit_logs["aesmd.service"] += line + "\n";
  if (log == "cosigner") model.container_logs["cosigner"] += line + "\n";
  if (log == "dpkg") m.put("/var/log/apt/term.log", "Log started: x\n" + line + "\n");
  if (log != "registration") return;
  m.put("/proc/cpuinfo", "physical id : 0\nmicrocode : 0x1\nflags : aes\n\nphysical id : 1\nmicrocode : 0x1\n");
  m.put("/var/log/mpa_registration.log", line + "\n");
}

std::string check_of(const std::string& log) {
  if (log == "kernel") return "kernel.log";
  if (log == "aesm") return "aesm.log";
  if (log == "cosigner") return "cosigner.log";
  return log == "dpkg" ? "apt.log" : "platform.registered";
}

}  // namespace

std::vector<Breakage> log_breakages() {
  std::vector<Breakage> out;
  for (const Trouble& trouble : catalogue()) {
    for (const auto& log : trouble.logs) {
      for (const auto& fragments : trouble.quotes) {
        const std::string line = joined(fragments, " 17 ");
        const auto outcome = log == "registration" ? report::Outcome::fail
                             : trouble.is_harmless ? report::Outcome::pass
                                                   : report::Outcome::warn;
        out.push_back({trouble.id + " in the log " + log + ": " + line,
                       [=](SoundMachine& m) { put_line(m, log, "words before, " + line + " and after"); },
                       check_of(log),
                       outcome,
                       {trouble.id},
                       {}});
      }
    }
  }
  return out;
}

const std::vector<Broken>& broken_machines() {
  static const std::vector<Broken> all = [] {
    std::vector<Broken> out;
    for (const auto& more : {hardware_breakages(), package_breakages(), daemon_breakages(), cosigner_breakages()}) {
      for (const Breakage& breakage : more) {
        SoundMachine machine;
        breakage.break_it(machine);
        out.push_back({breakage, machine.look()});
      }
    }
    return out;
  }();
  return all;
}

}  // namespace cosigner::checks

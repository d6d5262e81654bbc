#include "installer/cli/doctor_options.hpp"

#include <CLI/CLI.hpp>

namespace cosigner::cli {

void add_doctor_options(CLI::App& app, DoctorOptions& out) {
  app.add_option("--report", out.report_file, "write one Markdown page for a ticket to a new file, without identifying values")
      ->type_name("FILE");
  app.add_option("--cpuid", out.cpuid_file, "judge this CPUID dump (cpuid -r, AIDA64) and nothing of this machine")
      ->type_name("FILE");
  app.add_option("--user", out.user, "may this user open the SGX devices?")->type_name("USER");
  app.add_flag("--offline", out.offline, "no network, and nothing that makes the SGX daemon act");
  app.add_flag("--strict", out.strict, "what could not be looked at counts as failed");
  app.add_option("--only", out.only, "these checks, or groups of them (cpu), and what they depend on")->type_name("ID");
  app.add_option("--explain", out.explain, "what a check or a row of the catalogue is about")->type_name("ID");
  app.add_option("--match", out.match_file, "find known troubles in a log; - is standard input")->type_name("FILE");
  app.add_option("--capture", out.capture_file, "write what the checks read to a new file")->type_name("FILE");
  app.add_option("--replay", out.replay_file, "run the checks on a captured file instead of this machine")->type_name("FILE");
}

void add_egress_options(CLI::App& app, EgressOptions& out) {
  app.add_option("--format", out.format, "text, csv, json or nftables")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "csv", "json", "nftables"}));
  app.add_flag("--prove", out.prove, "connect to each");
}

}  // namespace cosigner::cli

#include "host/remembering_host.hpp"
#include "installer/checks/catalog.hpp"
#include "installer/cli/prepare.hpp"
#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "installer/ui/doctor_view.hpp"
#include "installer/ui/egress_view.hpp"

namespace cosigner::cli {
namespace {

std::vector<ui::EgressLine> lines_of(const host::HostView& host, const profile::Settings& settings, bool with_addresses) {
  std::vector<ui::EgressLine> out;
  for (const auto& row : checks::egress_rows(host, settings)) {
    ui::EgressLine line{row.host, row.port, row.protocol, row.when, row.owner, row.reason, {}};
    if (with_addresses && !row.check.empty()) line.addresses = host.network().resolve(row.host).value_or({});
    out.push_back(std::move(line));
  }
  return out;
}

report::ExitCode prove(const Invocation& invocation, Environment& environment, const host::HostView& host,
                       const profile::Settings& settings) {
  engine::CheckChoice choice;
  choice.only = {"net"};
  ui::DoctorView view;
  view.verbose = true;
  view.quiet = invocation.quiet;
  for (auto& checked : engine::run_checks(checks::all_checks(), host, settings, choice))
    view.findings.push_back(std::move(checked.finding));
  environment.terminal.out(ui::doctor_text(view));
  return ui::count_of(view.findings).fail == 0 ? report::ExitCode::ok : report::ExitCode::network_failed;
}

Result<report::ExitCode> egress_or_error(const Invocation& invocation, Environment& environment) {
  const Prepared prepared = TRY(prepare(invocation, environment, false));
  const host::RememberingHost host(environment.host);
  if (invocation.egress.prove) return prove(invocation, environment, host, prepared.settings);
  const std::string format = invocation.json ? "json" : invocation.egress.format;
  const auto lines = lines_of(host, prepared.settings, format == "nftables");
  const auto notes = checks::egress_notes();
  environment.terminal.out(format == "csv"        ? ui::egress_csv(lines)
                           : format == "json"     ? ui::egress_document(lines, notes)
                           : format == "nftables" ? ui::egress_nftables(lines)
                                                  : ui::egress_text(lines, notes));
  return report::ExitCode::ok;
}

}  // namespace

report::ExitCode run_egress(const Invocation& invocation, Environment& environment) {
  const auto code = egress_or_error(invocation, environment);
  return code.ok() ? *code : say_error(invocation, environment, code.error());
}

}  // namespace cosigner::cli

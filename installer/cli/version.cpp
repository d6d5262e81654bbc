#include "installer/cli/verbs.hpp"
#include "installer/ui/error_document.hpp"

namespace cosigner::cli {

report::ExitCode run_version(const Invocation& invocation, Environment& environment) {
  if (invocation.json) {
    environment.terminal.out(ui::version_document(COSIGNER_VERSION, environment.build_date, environment.libraries));
    return report::ExitCode::ok;
  }
  std::string text = std::string("cosigner ") + COSIGNER_VERSION + (environment.build_date.empty() ? std::string() : ", built " + environment.build_date) + "\n";
  if (invocation.verbose) {
    for (const auto& [name, version] : environment.libraries) text.append("  ").append(name).append(" ").append(version).append("\n");
  }
  environment.terminal.out(text);
  return report::ExitCode::ok;
}

}  // namespace cosigner::cli

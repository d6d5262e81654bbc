// logs [N] [CONTAINER] [-f] [--raw]: what a container of ours printed, by the engine and never from the container's folder
// (threats C1).
//
// The original writes a file; here it is standard output, so that no path of root's is written for a caller (threats L6).
#include "installer/cli/prepare.hpp"
#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "installer/ui/log_view.hpp"

#include "base/text.hpp"

namespace cosigner::cli {
namespace {

constexpr int usual_lines = 3000;  // as the original's
constexpr unsigned long long most_lines = 1'000'000;
constexpr int signal_terminate = 15;

struct Wanted {
  int lines = usual_lines;
  std::string container;
};

Error wrong(const char* message, const char* remedy) { return make_error("usage.wrong", message, remedy); }

Result<Wanted> read_words(const Invocation& invocation, const profile::CosignerContract& contract) {
  Wanted wanted{usual_lines, invocation.log_container};
  const auto number = parse_number(invocation.log_lines);
  if (number && *number > most_lines) return wrong("at most 1000000 lines are shown", "Run `cosigner logs 1000000`.");
  if (number) wanted.lines = static_cast<int>(*number);
  if (!number && !invocation.log_lines.empty()) {
    if (!wanted.container.empty())
      return wrong("the number of lines comes first, and is a number", "Run `cosigner logs 500 cosigner`.");
    wanted.container = invocation.log_lines;
  }
  if (wanted.container.empty()) wanted.container = contract.container_name;
  if (wanted.container == contract.container_name || wanted.container == contract.init_name) return wanted;
  return make_error("usage.container_unknown", "only the co-signer's own containers are shown",
                    "Use one of: " + contract.container_name + ", " + contract.init_name + ".");
}

Status check_form(const Invocation& invocation, const Environment& environment) {
  if (invocation.raw && invocation.json) return wrong("--raw and --json exclude each other", "Leave one of them away.");
  if (invocation.follow && invocation.json)
    return wrong("a log that is followed has no end, so it is no document", "Leave -f or --json away.");
  if (invocation.raw && environment.terminal.is_output_terminal()) {
    return make_error("usage.raw_on_terminal", "--raw gives what the container printed as it is, which could steer this terminal",
                      "Send it into a file or a pipe, or leave --raw away.");
  }
  return {};
}

Result<host::Container> find_wanted(const host::HostView& host, const Wanted& wanted, const profile::CosignerContract& contract) {
  auto found = TRY(host.containers().container(wanted.container));
  if (found) return std::move(*found);
  if (wanted.container == contract.init_name) {
    return make_error("engine.container_missing",
                      "there is no container " + wanted.container + ": it lives only while something is enrolled or changed",
                      "Run `cosigner logs`.");
  }
  return make_error("engine.container_missing", "there is no container " + wanted.container,
                    "Run `sudo cosigner start`; what it logged before is in " + contract.data_dir + "/log.");
}

Status show_log(const Invocation& invocation, Environment& environment) {
  TRY(check_form(invocation, environment));
  const Prepared prepared = TRY(prepare(invocation, environment, false));
  const profile::CosignerContract& contract = prepared.settings.profile.cosigner;
  const Wanted wanted = TRY(read_words(invocation, contract));
  TRY(require_root(invocation, environment));
  const host::HostView& host = environment.host;
  if (!TRY(host.files().stat(journal_file))) return nothing_set_up();
  const host::Container container = TRY(find_wanted(host, wanted, contract));
  if (invocation.json) {
    ui::LogDocument document(wanted.container, container.state);
    TRY(host.containers().read_log(wanted.container, wanted.lines, false,
                                   [&](const Untrusted& piece) { return document.take(piece); }));
    environment.terminal.out(document.text());
    return {};
  }
  ui::LogView view(environment.terminal, invocation.raw);
  Status ended = host.containers().read_log(wanted.container, wanted.lines, invocation.follow,
                                                  [&](const Untrusted& piece) { return view.take(piece); });
  view.end();
  return ended;
}

}  // namespace

report::ExitCode run_logs(const Invocation& invocation, Environment& environment) {
  const Status shown = show_log(invocation, environment);
  if (shown.ok() || shown.error().code == ui::output_closed) return report::ExitCode::ok;
  // Ctrl-C is how a followed log ends: nothing is to be said about it.
  if (shown.error().code == "run.cancelled")
    return environment.cancel.signal() == signal_terminate ? report::ExitCode::terminated : report::ExitCode::interrupted;
  return say_error(invocation, environment, shown.error());
}

}  // namespace cosigner::cli

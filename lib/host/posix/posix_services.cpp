#include "host/posix/posix_services.hpp"

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/child.hpp"
#include "host/posix/posix_files.hpp"
#include "host/posix/unit_states.hpp"

namespace cosigner::host {
namespace {

constexpr std::chrono::minutes longest_job{10};  // an engine's start takes more than a minute under emulation
constexpr std::chrono::seconds log_limit{10};
constexpr int exit_not_loaded = 5;  // systemctl(1), "Exit status"
constexpr std::size_t shown_length = 300;

std::string word_of(UnitVerb verb) {
  switch (verb) {
    case UnitVerb::enable: return "enable";
    case UnitVerb::disable: return "disable";
    case UnitVerb::start: return "start";
    case UnitVerb::stop: return "stop";
    case UnitVerb::restart: return "restart";
    case UnitVerb::reload: return "reload";
    case UnitVerb::unmask: return "unmask";
    case UnitVerb::daemon_reload: return "daemon-reload";
  }
  return {};
}

Error refused_name(const std::string& unit) {
  return make_error("services.not_found", shown(Untrusted(unit), 60) + " is no name of a unit",
                    "Correct the unit's name in the profile.");
}

Error describe_job_failure(const ChildResult& result, const std::string& verb, const std::string& unit) {
  const std::string said = shown(Untrusted(std::string(trimmed(result.err))), shown_length);
  const bool absent = result.exit_code == exit_not_loaded || result.err.find("not found") != std::string::npos ||
                      result.err.find("does not exist") != std::string::npos;
  if (absent)
    return make_error("services.not_found", "there is no unit " + unit + ": " + said,
                      "Install what brings the unit and run again.");
  return make_error("services.failed", "systemd could not " + verb + " " + unit + ": " + said,
                    unit.empty() ? "Look at `journalctl -b`." : "Look at `journalctl -u " + unit + "`.");
}

}  // namespace

Status PosixServices::require_systemd() const {
  TRY(walker_.usable());
  if (walker_.is_whole_machine() && TRY(PosixFiles(walker_).stat(Path("/run/systemd/system")))) return {};
  return make_error("services.unavailable", "systemd does not run here",
                    "Run on a machine that systemd has started, without --root.");
}

Result<std::map<std::string, UnitState>> PosixServices::states(const std::vector<std::string>& units) const {
  TRY(require_systemd());
  if (units.empty()) return std::map<std::string, UnitState>();
  ChildRequest request;
  request.argv = {"/usr/bin/systemctl", "show", "-p", "Id,LoadState,ActiveState,UnitFileState,NeedDaemonReload", "--"};
  for (const std::string& unit : units) {
    if (!is_unit_name(unit)) return refused_name(unit);
    request.argv.push_back(unit);
  }
  const ChildResult answer = TRY(run_child(request, cancel_));
  if (answer.exit_code != 0) return describe_job_failure(answer, "show", joined(units, " "));
  return parse_unit_states(answer.out, units);
}

Result<std::optional<Untrusted>> PosixServices::log(const std::string& unit, int lines) const {
  TRY(require_systemd());
  if (!is_unit_name(unit)) return refused_name(unit);
  ChildRequest request;
  request.argv = {"/usr/bin/journalctl",
                  "--boot",
                  "--quiet",
                  "--no-pager",
                  "--output=cat",
                  "--lines=" + std::to_string(lines),
                  "--unit",
                  unit};
  request.deadline = log_limit;
  const ChildResult answer = TRY(run_child(request, cancel_));
  // Without the right to read the system's journal the answer is empty, and the other stream says so.
  if (answer.exit_code != 0 || (answer.out.empty() && !answer.err.empty())) return std::optional<Untrusted>();
  return std::optional(Untrusted(answer.out));
}

Status PosixServices::run(UnitVerb verb, const std::string& unit) {
  TRY(require_systemd());
  const bool all = verb == UnitVerb::daemon_reload;
  if (!all && !is_unit_name(unit)) return refused_name(unit);
  ChildRequest request;
  request.argv = {"/usr/bin/systemctl", "--no-ask-password", "--quiet", word_of(verb)};
  if (!all) request.argv.insert(request.argv.end(), {"--", unit});
  request.deadline = longest_job;
  const ChildResult result = TRY(run_child(request, cancel_));
  if (result.exit_code != 0) return describe_job_failure(result, word_of(verb), unit);
  return {};
}

}  // namespace cosigner::host

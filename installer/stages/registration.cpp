#include "installer/stages/registration.hpp"

#include "base/text.hpp"
#include "host/platform_id.hpp"
#include "installer/stages/download_request.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using report::Outcome;
using sgx::RegistrationState;

const Path log_path = "/var/log/mpa_registration.log";
constexpr std::size_t log_part = 64 * 1024;
constexpr std::size_t id_limit = 256 * 1024;  // with a manifest of several sockets some 30 KB
constexpr const char* registered = "platform.registered";
constexpr const char* started_in = "registration.started";  // the boot in which the tool was started by us
constexpr const char* id_failed_in = "platform_id.failed";      // the boot in which the tool gave none
constexpr const char* retrieval_tool = "/opt/intel/sgx-pck-id-retrieval-tool/PCKIDRetrievalTool";
constexpr const char* title = "A machine with several sockets is registered";
constexpr const char* id_title = "A retrieved platform id is whole";
constexpr host::FileAttributes id_attributes{{0600}, {}};

bool is_needed(const RegistrationFacts& facts) { return facts.machine.is_bare_metal() && facts.machine.sockets > 1; }
bool is_known_registered(const state::Ledger& ledger) { return !ledger.value(registered).empty(); }

Result<std::vector<std::string>> missing_of(const host::HostView& host, const std::vector<std::string>& names) {
  const auto installed = TRY(host.packages().installed());
  std::vector<std::string> out;
  for (const auto& name : names) {
    const auto found = installed.find(name);
    if (found == installed.end() || found->second.status == "config-files" || found->second.status == "not-installed") out.push_back(name);
  }
  return out;
}

Result<Untrusted> end_of_log(const host::FilesView& files) {
  const auto stat = TRY(files.stat(log_path));
  if (!stat || stat->kind != host::FileKind::regular) return Untrusted();
  return Untrusted(TRY(files.read_part(log_path, stat->size > log_part ? stat->size - log_part : 0, log_part)).value_or(std::string()));
}

Status probe_status(const host::HostView& host, const engine::StageContext& context, RegistrationFacts& facts) {
  facts.is_uefi = TRY(host.files().stat("/sys/firmware/efi")).has_value();
  if (!facts.is_uefi) return {};
  facts.missing = TRY(missing_of(host, context.settings.profile.packages.registration));
  if (!facts.missing.empty()) return {};
  const Untrusted log = TRY(end_of_log(host.files()));
  if (is_known_registered(context.ledger)) {
    facts.status = sgx::judge_registration(Untrusted(), log);
    if (facts.status.state != RegistrationState::failed) facts.status.state = RegistrationState::registered;
    return {};
  }
  const auto states = TRY(host.services().states({registration_unit}));
  if (const auto unit = states.find(registration_unit); unit != states.end()) facts.unit = unit->second;
  facts.status = sgx::judge_registration(TRY(host.devices().registration_status()).value_or(Untrusted()), log);
  return {};
}

/// Digest and shape alone leave this function: what the file holds names the platform.
Status probe_platform_id(const host::HostView& host, const engine::StageContext& context, RegistrationFacts& facts) {
  facts.has_id_failed = context.ledger.value(id_failed_in) == host.clock().boot_id();
  facts.missing_for_id = TRY(missing_of(host, context.settings.profile.packages.pck_retrieval));
  facts.id_file = TRY(host.files().stat(platform_id_path));
  if (!facts.id_file || facts.id_file->kind != host::FileKind::regular) return {};
  facts.id_digest = TRY(host.files().sha256(platform_id_path)).value_or(std::string());
  const std::string text = TRY(host.files().read(platform_id_path, id_limit)).value_or(std::string());
  const std::string_view first = trimmed(std::string_view(text).substr(0, text.find(',')));
  facts.is_id_whole = host::is_platform_id(text);
  facts.is_id_empty = first.find_first_not_of('0') == std::string_view::npos;
  return {};
}

report::Finding finding(Outcome outcome, std::string evidence, std::string remedy = {}, std::string row = {}) {
  report::Finding out{"platform.registered", title, outcome, std::move(evidence), std::move(remedy), {}, {}};
  if (!row.empty()) out.rows.push_back(std::move(row));
  return out;
}

Step install_step(const char* id, const std::vector<std::string>& names, const char* why, const std::optional<host::PackageOrigin>& origin, const engine::StageContext& context) {
  host::InstallRequest request;
  request.origin = origin;
  request.names = names;
  request.options = apt_network_options(context.settings);
  return {id, engine::InstallPackages{request}, why, "Remove the packages that were not here before.", Disruption::none, false, "created"};
}

void judge_pending(const RegistrationFacts& facts, engine::StagePlan& plan) {
  const std::string sockets = std::to_string(facts.machine.sockets) + " sockets; ";
  const auto& status = facts.status;
  if (status.state == RegistrationState::unknown) {
    plan.findings.push_back(finding(Outcome::fail, sockets + "nothing says that this machine was registered with Intel",
                                    "Run `sudo mpa_manage -get_registration_status`, and look at /var/log/mpa_registration.log.", "E6"));
    return;
  }
  const std::string code = status.code ? " (error code " + std::to_string(*status.code) + ")" : "";
  const bool waits = status.state == RegistrationState::in_progress;
  plan.findings.push_back(finding(waits ? Outcome::warn : Outcome::fail, sockets + "registration: " + status.cause + code, status.remedy, status.row));
}

void plan_unit(const RegistrationFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (!facts.unit.found) {
    plan.findings.push_back(finding(Outcome::fail, std::string("the package brought no unit ") + registration_unit, "Reinstall sgx-ra-service, and read `journalctl -b`."));
    return;
  }
  if (facts.unit.is_masked())
    plan.steps.push_back({"registration-unmask", engine::UnitAction{host::UnitVerb::unmask, registration_unit}, "The unit is masked and cannot start.", "Mask it again.", Disruption::none, true, ""});
  if (!facts.unit.is_enabled())
    plan.steps.push_back({"registration-enable", engine::UnitAction{host::UnitVerb::enable, registration_unit}, "Firmware may ask for registration anew at any start of the machine.", "Disable it.", Disruption::none, true, "created"});
  if (facts.status.state == RegistrationState::registered) {
    plan.steps.push_back({"registration-done", engine::Remember{registered, "yes"}, "Later runs need not ask Intel's tool.", "Forgotten with the journal.", Disruption::none, true, ""});
    return;
  }
  if (!context.ledger.value(started_in).empty()) return judge_pending(facts, plan);
  plan.steps.push_back({"registration-start", engine::Custom{register_step, {{"subject", registration_unit}}}, "The machine has several sockets and must be registered once, by the owner of the hardware.",
                        "None: Intel knows the platform then.", Disruption::none, true, ""});
}

void plan_platform_registration(const RegistrationFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (!is_needed(facts) || !facts.is_uefi) return;
  if (!is_known_registered(context.ledger)) return plan_unit(facts, context, plan);
  if (facts.status.state == RegistrationState::failed) return judge_pending(facts, plan);
  plan.findings.push_back(finding(Outcome::pass, std::to_string(facts.machine.sockets) + " sockets, registered"));
}

void plan_platform_id(const RegistrationFacts& facts, engine::StagePlan& plan) {
  if (!facts.wants_platform_id) return;
  if (!facts.is_id_whole && facts.has_id_failed) {
    plan.findings.push_back({"platform.retrieval", id_title, Outcome::fail, "Intel's tool gave no platform id in this start of the machine; an own PCCS cannot be told of the platform",
                             std::string("Run `sudo ") + retrieval_tool + " -f " + platform_id_path.text() + "`, mend what it says, and run `cosigner setup` again.", {}, {}, {"E8"}});
    return;
  }
  if (!facts.is_id_whole) {
    plan.steps.push_back({"platform-id", engine::Custom{platform_id_step, {{"subject", platform_id_path.text()}}}, "An own PCCS is told of this platform by these values; they are the platform's identity, and stay root's.",
                          "Remove " + platform_id_path.text() + ".", Disruption::none, true, ""});
    return;
  }
  if (!(facts.id_file->attributes == id_attributes))
    plan.steps.push_back({"platform-id-mode", engine::SetAttributes{platform_id_path, id_attributes}, "The platform's identity is for root alone.", "Nothing to undo.", Disruption::none, true, ""});
  const std::string what = platform_id_path.text() + ": " + std::to_string(facts.id_file->size) + " bytes, SHA-256 " + facts.id_digest.substr(0, 8) + "… (the values themselves are never shown)";
  if (facts.is_id_empty) {
    plan.findings.push_back({"platform.retrieval", id_title, Outcome::warn, what + ", and the encrypted platform id is all zero", "Remove " + platform_id_path.text() + ", and run `cosigner setup` again.", {}, {}, {"E8"}});
    return;
  }
  plan.findings.push_back({"platform.retrieval", id_title, Outcome::pass, what, {}, {}, {}});
}

}  // namespace

Result<RegistrationFacts> probe_registration(const host::HostView& host, const engine::StageContext& context) {
  RegistrationFacts facts;
  facts.machine = probe_machine_kind(host, context.settings);
  if (is_needed(facts)) TRY(probe_status(host, context, facts));
  facts.wants_platform_id = facts.machine.is_bare_metal() && context.settings.answers.quote_provider == "pccs";
  if (facts.wants_platform_id) TRY(probe_platform_id(host, context, facts));
  return facts;
}

void judge_registration(const RegistrationFacts& facts, engine::StagePlan& plan) {
  if (facts.machine.is_virtual == true) return plan.findings.push_back(finding(Outcome::pass, "a virtual machine: its host is registered by the owner of the hardware, not it"));
  if (!facts.machine.is_virtual || facts.machine.sockets == 0) {
    report::Finding unknown = finding(Outcome::unknown, "");
    unknown.because = facts.machine.is_virtual ? "the kernel names no sockets" : "CPUID does not say whether this is a virtual machine";
    return plan.findings.push_back(std::move(unknown));
  }
  if (!is_needed(facts)) return plan.findings.push_back(finding(Outcome::pass, "one socket: no registration is needed"));
  if (facts.is_uefi) return;
  plan.findings.push_back(finding(Outcome::fail, std::to_string(facts.machine.sockets) + " sockets, but the machine is not booted by UEFI, without which it cannot register",
                                  "Set the boot mode to UEFI in the firmware, where the system was installed for it.", "F1"));
}

void plan_registration_packages(const RegistrationFacts& facts, const std::optional<host::PackageOrigin>& origin, const engine::StageContext& context, engine::StagePlan& plan) {
  const std::size_t before = plan.steps.size();
  if (!facts.missing.empty())
    plan.steps.push_back(install_step("registration-packages", facts.missing, "Bare metal with several sockets is registered with Intel once.", origin, context));
  if (!facts.missing_for_id.empty())
    plan.steps.push_back(install_step("platform-id-packages", facts.missing_for_id, "An own PCCS is told of this platform by the values that Intel's tool retrieves.", origin, context));
  if (plan.steps.size() > before) plan.continues = true;
}

void plan_registration(const RegistrationFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  plan_platform_registration(facts, context, plan);
  plan_platform_id(facts, plan);
}

Result<engine::Remembered> apply_registration(const engine::Custom& step, host::Host& host) {
  if (step.name == platform_id_step) {
    const auto retrieved = host.change_kernel().retrieve_platform_id(platform_id_path);
    if (retrieved) return engine::Remembered{};
    if (retrieved.error().code != "kernel.failed") return retrieved.error();
    return engine::Remembered{{id_failed_in, host.clock().boot_id()}};
  }
  // The unit fails whenever registration does; why, the next look reads from the tool itself.
  const auto started = host.change_services().run(host::UnitVerb::restart, registration_unit);
  if (!started && started.error().code != "services.failed") return started.error();
  return engine::Remembered{{started_in, host.clock().boot_id()}};
}

}  // namespace cosigner::stages

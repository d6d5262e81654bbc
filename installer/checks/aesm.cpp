// The daemon as a program of this machine.
#include "installer/checks/aesm.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "installer/checks/aesm_container.hpp"
#include "installer/checks/device_looks.hpp"
#include "installer/checks/log_look.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"
#include "installer/checks/units.hpp"
#include "sgx/aesmd_conf.hpp"
#include "sgx/device_nodes.hpp"

namespace cosigner::checks {
namespace {

constexpr const char* daemon_user = "aesmd";
constexpr const char* program_folder = "/opt/intel/sgx-aesm-service/aesm";
constexpr const char* conf_path = "/etc/aesmd.conf";
constexpr int log_lines = 400;

bool is_dev_noexec(const host::HostView& host) {
  const auto mount = host.files().mount_of("/dev/sgx_enclave");
  return mount && std::find(mount->options.begin(), mount->options.end(), "noexec") != mount->options.end();
}

std::string unit_text(const host::HostView& host, const std::string& unit) {
  for (const char* folder : {"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}) {
    std::string text = text_of(host, Path(folder) / unit);
    if (!text.empty()) return text;
  }
  return {};
}

}  // namespace

Result<host::UnitState> unit_of(const host::HostView& host, const profile::Settings& settings, const std::string& name) {
  const auto states =
      TRY(host.services().states({settings.profile.aesm_unit, engine_unit, "ssh.service", "unattended-upgrades.service"}));
  const auto found = states.find(name);
  return found == states.end() ? host::UnitState{} : found->second;
}

Observation look_at_aesm_account(const host::HostView& host, const profile::Settings&) {
  const auto user = host.accounts().user(daemon_user);
  if (!user) return unknown(user.error().message);
  if (!*user)
    return failed("there is no user aesmd: the unit ends with 217/USER", remedy("reinstall_packages", "sgx-aesm-service"),
                  {"D5"});
  const auto& nodes = sgx::provision_nodes();
  for (const auto& node : nodes) {
    const auto may = may_use(host, **user, Path(node.path));
    if (may == false)
      return failed("the user aesmd may not use " + std::string(node.path), remedy("user_into_group", "sgx_prv aesmd"), {"B10"});
  }
  return passed("the user aesmd is there");
}

Observation look_at_aesm_program(const host::HostView& host, const profile::Settings&) {
  if (const auto blind = hidden(host, Path(program_folder) / "aesm_service")) return *blind;
  if (is_there(host, Path(program_folder) / "aesm_service")) return passed(std::string(program_folder) + "/aesm_service");
  return failed(std::string(program_folder) + "/aesm_service is not there: the unit ends with 200/CHDIR",
                remedy("reinstall_packages", "sgx-aesm-service"), {"D6"});
}

Observation look_at_aesm_unit(const host::HostView& host, const profile::Settings& settings) {
  const std::string& name = settings.profile.aesm_unit;
  const auto unit = unit_of(host, settings, name);
  if (!unit) return unknown(unit.error().message);
  if (!unit->found) return failed("there is no unit " + name, remedy("reinstall_packages", "sgx-aesm-service"), {"C11"});
  if (unit->is_active()) return passed(name + " is active");
  if (unit->is_masked()) return failed(name + " is masked", remedy("aesm_unmask", name));
  Rows rows;
  std::string because;
  const auto node = sgx::find_node(host.devices(), sgx::enclave_nodes());
  if (node.opened == host::OpenResult::absent)
    rows.emplace_back("D4"), because = ", and there is no SGX device";
  else if (is_dev_noexec(host))
    rows.emplace_back("B14"), because = ", and /dev is mounted noexec";
  else if (unit_text(host, name).find("PermissionsStartOnly=true") != std::string::npos)
    rows.emplace_back("D7"), because = ", and its unit relies on PermissionsStartOnly, which new systemd ignores";
  const std::string what_to_do = !rows.empty() && rows.front() == "D4"    ? remedy("sgx_enable")
                                 : !rows.empty() && rows.front() == "B14" ? remedy("dev_exec")
                                 : !rows.empty()                          ? remedy("aesm_unit_dropin")
                                                                          : remedy("aesm_start");
  return failed(name + " is " + safe(unit->active, 20) + because, what_to_do, rows);
}

Observation look_at_aesm_enabled(const host::HostView& host, const profile::Settings& settings) {
  const auto unit = unit_of(host, settings, settings.profile.aesm_unit);
  if (!unit) return unknown(unit.error().message);
  if (unit->is_enabled()) return passed("it starts with the machine");
  return warned(settings.profile.aesm_unit + " is " + safe(unit->enabled.empty() ? "not enabled" : unit->enabled, 20) +
                    ": after the next start of the machine it is gone",
                remedy("aesm_enable"), {"B19"});
}

Observation look_at_aesm_folder(const host::HostView& host, const profile::Settings& settings) {
  const Path folder = Path(settings.profile.aesm_socket).parent();
  const auto user = host.accounts().user(daemon_user);
  const auto stat =
      host.files().stat(folder.text().rfind("/var/run/", 0) == 0 ? Path("/run/" + folder.text().substr(9)) : folder);
  if (!stat) return unknown(stat.error().message);
  if (!*stat) return failed(folder.text() + " is not there: the daemon never made it", remedy("aesm_start"), {"D2"});
  if ((*stat)->kind != host::FileKind::directory)
    return failed(folder.text() + " is no directory", remedy("aesm_start"), {"D11"});
  const std::uint32_t owner = (*stat)->attributes.owner.uid;
  if (!is_contained(settings) && user && *user && owner != (*user)->uid)
    return failed(folder.text() + " belongs to user " + std::to_string(owner) + ", not to aesmd: no socket can be made",
                  remedy("aesm_restart"), {"D11"});
  return passed(folder.text() + " belongs to the daemon");
}

Observation look_at_aesm_socket(const host::HostView& host, const profile::Settings& settings) {
  const std::string& socket = settings.profile.aesm_socket;
  const auto stat = host.files().stat(socket.rfind("/var/run/", 0) == 0 ? Path("/run/" + socket.substr(9)) : Path(socket));
  if (!stat) return unknown(stat.error().message);
  if (!*stat) return failed(socket + " is not there", remedy("aesm_restart"), {"D2"});
  if ((*stat)->kind != host::FileKind::socket)
    return failed(socket + " is there, but is no socket", remedy("aesm_restart"), {"D11"});
  return passed(socket);
}

Observation look_at_aesm_address(const host::HostView& host, const profile::Settings&) {
  for (const char* path : {"/etc/environment", "/etc/default/aesmd", "/etc/systemd/system.conf"}) {
    if (const auto blind = unreadable(host, path)) return *blind;
    if (text_of(host, path).find("SGX_AESM_ADDR") != std::string::npos) {
      return warned(std::string(path) + " sets SGX_AESM_ADDR: programs look for the daemon elsewhere",
                    remedy("aesm_address", path), {"D22"});
    }
  }
  return passed("nothing sends programs to another daemon");
}

Observation look_at_aesm_conf(const host::HostView& host, const profile::Settings&) {
  const auto text = host.files().read(conf_path, 64 * 1024);
  if (!text) return unknown(text.error().message);
  if (!*text) return passed("there is no " + std::string(conf_path) + ": the daemon's own settings hold");
  const auto conf = sgx::read_aesmd_conf(**text);
  if (!conf.bad_lines.empty()) {
    const auto& bad = conf.bad_lines.front();
    return failed(std::string(conf_path) + " line " + std::to_string(bad.line) + ", column " + std::to_string(bad.column) + ": " +
                      bad.why + "; one bad line and the daemon ignores the whole file",
                  remedy("aesmd_conf"), {"D14"});
  }
  const auto type = conf.values.find("default quoting type");
  if (type != conf.values.end() && type->second.rfind("epid", 0) == 0) {
    return failed(std::string(conf_path) + " asks for EPID quotes, which ended on 2025-04-02", remedy("aesmd_ecdsa"),
                  {"E25", "D18"});
  }
  const auto proxy_type = conf.values.find("proxy type");
  if (proxy_type != conf.values.end() && proxy_type->second.rfind("manual", 0) == 0 && conf.values.count("aesm proxy") == 0) {
    return warned("proxy type is manual, but no \"aesm proxy\" is named: the daemon goes the direct way", remedy("aesmd_proxy"),
                  {"D21"});
  }
  return passed(counted(static_cast<long long>(conf.values.size()), "setting"));
}

Observation look_at_aesm_log(const host::HostView& host, const profile::Settings& settings) {
  const auto log = host.services().log(settings.profile.aesm_unit, log_lines);
  if (!log) return unknown(log.error().message);
  if (!*log) return unknown("this user may not read the system's journal");
  return judge_log(**log, "aesm", "the daemon's log");
}

}  // namespace cosigner::checks

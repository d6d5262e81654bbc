// Registration of machines with several sockets (facts, section 5.1); declared in quote_provider.hpp.
#include "base/text.hpp"
#include "installer/checks/cpu_info.hpp"
#include "installer/checks/log_look.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/processor.hpp"
#include "installer/checks/quote_provider.hpp"
#include "installer/checks/texts.hpp"

namespace cosigner::checks {
namespace {

constexpr const char* registration_log = "/var/log/mpa_registration.log";
constexpr std::size_t log_part = 64 * 1024;
constexpr const char* retrieval_files[] = {"/var/lib/cosigner/pck-id.csv", "/opt/intel/sgx-pck-id-retrieval-tool/pckid_retrieval.csv",
                                           "/root/pckid_retrieval.csv"};

}  // namespace

Observation look_at_registration(const host::HostView& host, const profile::Settings& settings) {
  const auto dumps = read_cpuid(host, settings);
  if (dumps && !dumps->empty() && sgx::judge_cpuid(dumps->front()).hypervisor == true)
    return passed("a virtual machine: its host is registered, not it");
  const auto info = read_cpu_info(host);
  if (!info) return unknown("/proc/cpuinfo cannot be read");
  const Path path = registration_log;
  const auto stat = host.files().stat(path);
  std::string log;
  if (!stat && info->sockets > 1) return unknown(stat.error().message);
  if (stat && *stat) {
    const std::uint64_t size = (*stat)->size;
    const auto part = host.files().read_part(path, size > log_part ? size - log_part : 0, log_part);
    if (!part) return unknown(part.error().message);
    log = part->value_or("");
  }
  if (info->sockets <= 1) {
    const auto seen = judge_log(Untrusted(log), "registration", "the registration log");
    return passed(seen.rows.empty() ? "one socket: no registration is needed"
                                    : "one socket: no registration is needed, whatever its log says",
                  seen.rows);
  }
  const std::string sockets = counted(static_cast<long long>(info->sockets), "socket");
  const std::size_t done = log.rfind("completed successfully"), trouble = log.rfind("rror");
  if (done != std::string::npos && (trouble == std::string::npos || trouble < done)) return passed(sockets + ", registered");
  auto seen = judge_log(Untrusted(log), "registration", "the registration log");
  if (!seen.rows.empty())
    return failed(sockets + "; " + seen.evidence, seen.remedy.empty() ? remedy("register_platform") : seen.remedy, seen.rows);
  return failed(sockets + ", and nothing says that this machine was registered with Intel", remedy("register_platform"), {"E6"});
}

Observation look_at_retrieval(const host::HostView& host, const profile::Settings&) {
  for (const char* path : retrieval_files) {
    const auto text = host.files().read(path, 256 * 1024);
    if (!text) return unknown(std::string(path) + " cannot be read: " + text.error().message);
    if (!*text) continue;
    const std::string_view ppid = trimmed(std::string_view(**text).substr(0, (*text)->find(',')));
    if (!ppid.empty() && ppid.find_first_not_of('0') == std::string_view::npos) {
      return failed(std::string(path) + ": the encrypted platform id is all zero", remedy("retrieval_again"), {"E8"});
    }
    return passed(std::string(path) + " holds a platform id");
  }
  return passed("no platform id was retrieved here");
}

}  // namespace cosigner::checks

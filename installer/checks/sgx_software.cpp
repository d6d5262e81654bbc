#include "installer/checks/sgx_software.hpp"

#include <algorithm>

#include "apt/deb822.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "installer/checks/aesm_container.hpp"
#include "installer/checks/log_look.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"

namespace cosigner::checks {
namespace {

using Packages = std::map<std::string, host::Package>;

constexpr const char* libraries[] = {"/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib", "/usr/local/lib64"};
constexpr const char* provider_library = "libdcap_quoteprov.so";
constexpr std::size_t log_part = 256 * 1024;

/// Version 2.28 dropped them (facts, section 5).
const std::vector<std::string> epid_packages = {
    "libsgx-aesm-launch-plugin", "libsgx-aesm-epid-plugin", "libsgx-ae-le", "libsgx-ae-epid", "libsgx-launch", "libsgx-epid"};

bool is_installed(const Packages& packages, const std::string& name) {
  const auto found = packages.find(name);
  return found != packages.end() && found->second.status == "installed";
}

bool is_sgx(const std::string& name) { return name.rfind("libsgx-", 0) == 0 || name.rfind("sgx-", 0) == 0; }

/// "2.26" of "2.26.100.0-jammy1": what must be the same for all packages of a line.
std::string release_of(const std::string& version) {
  const auto parts = split(version, '.');
  return parts.size() < 2
             ? version
             : std::string(parts[0]) + "." + std::string(parts[1].substr(0, parts[1].find_first_not_of("0123456789")));
}

/// DCAP packages count from 1, the others from 2.
bool is_dcap(const std::string& version) { return version.rfind("1.", 0) == 0; }

unsigned long long minor_of(const std::string& release) {
  return parse_number(release.substr(release.find('.') + 1)).value_or(0);
}

std::vector<std::string> provider_libraries(const host::HostView& host) {
  std::vector<std::string> out;
  for (const char* folder : libraries) {
    const auto names = host.files().list(folder);
    if (!names) continue;
    for (const auto& name : *names) {
      if (name.rfind(provider_library, 0) != 0) continue;  // such a folder has thousands of others
      const auto stat = host.files().stat(Path(folder) / name);
      const bool is_file = stat && *stat && (*stat)->kind == host::FileKind::regular;
      if (is_file) out.push_back((Path(folder) / name).text());
    }
  }
  return out;
}

}  // namespace

Observation look_at_dpkg(const host::HostView& host, const profile::Settings&) {
  const auto interrupted = host.packages().interrupted();
  if (!interrupted) return unknown(interrupted.error().message);
  if (*interrupted) return failed("a package run was cut off: packages are half installed", remedy("dpkg_finish"));
  return passed("no package is half installed");
}

Observation look_at_sgx_packages(const host::HostView& host, const profile::Settings& settings) {
  if (is_contained(settings)) return passed("AESM runs as a container here: this machine needs none of them");
  const auto packages = host.packages().installed();
  if (!packages) return unknown(packages.error().message);
  std::vector<std::string> missing;
  for (const auto& name : settings.profile.packages.sgx) {
    if (!is_installed(*packages, name)) missing.push_back(name);
  }
  if (missing.empty())
    return passed(counted(static_cast<long long>(settings.profile.packages.sgx.size()), "package") + " are installed");
  const bool has_some = std::any_of(packages->begin(), packages->end(),
                                    [](const auto& each) { return is_sgx(each.first) && each.second.status == "installed"; });
  if (!has_some) return not_needed("no SGX software is installed yet; `sudo cosigner setup` brings it");
  Rows rows;
  if (std::find(missing.begin(), missing.end(), "sgx-aesm-service") != missing.end()) rows.emplace_back("C11");
  if (std::find(missing.begin(), missing.end(), "libsgx-dcap-default-qpl") != missing.end()) rows.emplace_back("E1");
  return failed("not installed: " + joined(missing, " "), remedy("install_packages", joined(missing, " ")), rows);
}

Observation look_at_release(const host::HostView& host, const profile::Settings&) {
  const auto packages = host.packages().installed();
  if (!packages) return unknown(packages.error().message);
  std::map<std::string, std::string> base, dcap;  // release → a package of it
  for (const auto& [name, package] : *packages) {
    if (!is_sgx(name) || package.status != "installed" || name.rfind("sgx-dcap-pccs", 0) == 0) continue;
    (is_dcap(package.version) ? dcap : base).emplace(release_of(package.version), name);
  }
  const auto is_mixed = [](const auto& releases) { return releases.size() > 1; };
  if (!is_mixed(base) && !is_mixed(dcap)) {
    return passed((base.empty() ? "" : "SGX " + base.begin()->first) + std::string(base.empty() || dcap.empty() ? "" : ", ") +
                  (dcap.empty() ? "" : "DCAP " + dcap.begin()->first));
  }
  const auto& mixed = is_mixed(base) ? base : dcap;
  Rows rows{"C14"};
  // The daemon of 2.30 wants a field in a request that older client libraries do not send.
  const auto daemon = packages->find("sgx-aesm-service"), client = packages->find("libsgx-quote-ex");
  if (daemon != packages->end() && client != packages->end() && minor_of(release_of(daemon->second.version)) >= 30 &&
      minor_of(release_of(client->second.version)) < 30)
    rows.emplace_back("D13");
  std::vector<std::string> named;
  named.reserve(mixed.size());
  for (const auto& [release, name] : mixed) named.push_back(joined({name, release}, " "));
  return failed("packages of different releases: " + joined(named, ", "), remedy("apt_upgrade_sgx"), rows);
}

Observation look_at_epid_rest(const host::HostView& host, const profile::Settings&) {
  const auto packages = host.packages().installed();
  if (!packages) return unknown(packages.error().message);
  std::vector<std::string> left;
  for (const auto& name : epid_packages) {
    if (is_installed(*packages, name)) left.push_back(name);
  }
  if (left.empty()) return passed("nothing of EPID is installed");
  return warned("EPID, which has ended, is still installed: " + joined(left, " "), remedy("epid_remove", joined(left, " ")),
                {"C12"});
}

Observation look_at_provider_library(const host::HostView& host, const profile::Settings&) {
  const auto found = provider_libraries(host);
  if (!found.empty()) return passed(found.front());
  for (const char* folder : libraries) {
    if (const auto names = host.files().list(folder); !names) return unknown(names.error().message);
  }
  return failed(std::string(provider_library) + ".1 is in none of the library folders",
                remedy("install_packages", "libsgx-dcap-default-qpl"), {"E1"});
}

Observation look_at_provider_conflict(const host::HostView& host, const profile::Settings&) {
  const auto packages = host.packages().installed();
  if (!packages) return unknown(packages.error().message);
  const bool both = is_installed(*packages, "az-dcap-client") && is_installed(*packages, "libsgx-dcap-default-qpl");
  const auto found = provider_libraries(host);
  if (both)
    return failed("az-dcap-client and libsgx-dcap-default-qpl both bring " + std::string(provider_library),
                  remedy("provider_one"), {"E22"});
  if (found.size() > 1)
    return failed("there are several quote providers: " + joined(found, ", "), remedy("provider_one"), {"E22"});
  return passed("one quote provider");
}

Observation look_at_edited_files(const host::HostView& host, const profile::Settings&) {
  const auto status = host.files().read("/var/lib/dpkg/status", 64u * 1024 * 1024);
  if (!status || !*status) return unknown("dpkg's status file cannot be read");
  std::vector<std::string> edited;
  for (const std::string_view line : lines_of(**status)) {  // of a Conffiles field: " PATH MD5"
    const bool is_ours = line.rfind(" /etc/aesmd.conf ", 0) == 0 || line.rfind(" /etc/sgx_default_qcnl.conf ", 0) == 0;
    if (!is_ours) continue;
    const auto words = split(trimmed(line), ' ');
    const std::string path(words.front());
    const auto text = host.files().read(path, 1024 * 1024);
    if (text && *text && to_hex(digest_of("MD5", **text)) != words[1]) edited.push_back(path);
  }
  if (edited.empty()) return passed("the packages' settings files are as they came");
  return passed(
      joined(edited, ", ") +
          " differ from the package's: an upgrade asks what to keep, unless it is told --force-confold as this program does",
      {"C10"});
}

/// The last run that the log holds.
Observation look_at_dpkg_log(const host::HostView& host, const profile::Settings&) {
  const Path path = "/var/log/apt/term.log";
  const auto stat = host.files().stat(path);
  if (!stat) return unknown(stat.error().message);
  if (!*stat) return passed("there is no log of package runs");
  const std::uint64_t size = (*stat)->size;
  const auto part = host.files().read_part(path, size > log_part ? size - log_part : 0, log_part);
  if (!part || !*part) return unknown("only root may read " + path.text());
  const std::size_t start = (*part)->rfind("Log started:");
  return judge_log(Untrusted(start == std::string::npos ? **part : (*part)->substr(start)), "dpkg",
                   "the log of the last package run");
}

}  // namespace cosigner::checks

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "unit/checks/breakages.hpp"

namespace cosigner::checks {
namespace {

using report::Outcome;

const std::string source_path = "/etc/apt/sources.list.d/intel-sgx.sources";
const std::string keyring_path = "/etc/apt/keyrings/intel-sgx.gpg";
const std::string list_path = "/var/lib/apt/lists/download.01.org_intel-sgx_sgx%5frepo_ubuntu_dists_jammy_InRelease";

std::string key_fixture(const std::string& name) {
  std::ifstream in(std::string(COSIGNER_FIXTURES) + "/openpgp/" + name, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string ended_print() { return "5CF096C952E0EC088DC9991A0BBE55D794344A4A"; }

std::vector<Breakage> source_breakages() {
  return {
      {"no source yet", [](SoundMachine& m) { m.drop(source_path); }, "sgx.source", Outcome::skip, {}},
      {"a source that trusts blindly",
       [](SoundMachine& m) {
         m.put("/etc/apt/sources.list.d/other.list",
               "deb [trusted=yes] https://download.01.org/intel-sgx/sgx_repo/ubuntu jammy main\n");
       },
       "sgx.source",
       Outcome::fail,
       {},
       {}},
      {"a second source of the same packages",
       [](SoundMachine& m) {
         m.put("/etc/apt/sources.list.d/other.list", "deb https://download.01.org/intel-sgx/sgx_repo/ubuntu jammy main\n");
       },
       "sgx.source",
       Outcome::fail,
       {}},
      {"somebody else's source",
       [](SoundMachine& m) {
         m.drop(source_path);
         m.put("/etc/apt/sources.list.d/other.list", "deb https://download.01.org/intel-sgx/sgx_repo/ubuntu jammy main\n");
       },
       "sgx.source",
       Outcome::warn,
       {},
       {"sgx.suite"}},
      {"no keyring", [](SoundMachine& m) { m.drop(keyring_path); }, "sgx.keyring", Outcome::fail, {"C1"}},
      {"another key",
       [](SoundMachine& m) { m.put(keyring_path, key_fixture("other.asc")); },
       "sgx.keyring",
       Outcome::fail,
       {"C1"}},
      {"two keys",
       [](SoundMachine& m) { m.put(keyring_path, key_fixture("good-then-other.gpg")); },
       "sgx.keyring",
       Outcome::fail,
       {"C1"}},
      {"a key that has ended",
       [](SoundMachine& m) {
         m.put(keyring_path, key_fixture("ended.asc"));
         for (auto& each : m.settings.profile.platforms) each.sgx_source.keys = {{ended_print(), std::nullopt}};
       },
       "sgx.key_expiry",
       Outcome::fail,
       {"C2"}},
      {"a key that ends soon",
       [](SoundMachine& m) { m.settings.profile.key_warning_days = 100'000; },
       "sgx.key_expiry",
       Outcome::warn,
       {"C2"}},
      {"another suite",
       [](SoundMachine& m) {
         m.put(source_path,
               "Types: deb\nURIs: https://download.01.org/intel-sgx/sgx_repo/ubuntu\nSuites: focal\nComponents: main\n");
       },
       "sgx.suite",
       Outcome::fail,
       {"C4"}},
      {"no pins", [](SoundMachine& m) { m.drop("/etc/apt/preferences.d/intel-sgx"); }, "sgx.pins", Outcome::warn, {}},
      {"pins that downgrade",
       [](SoundMachine& m) { m.put("/etc/apt/preferences.d/intel-sgx", "Package: *\nPin: origin x\nPin-Priority: 1001\n"); },
       "sgx.pins",
       Outcome::fail,
       {}},
      {"no lists", [](SoundMachine& m) { m.drop(list_path); }, "sgx.lists", Outcome::warn, {"C6"}},
      {"old lists",
       [](SoundMachine& m) { m.host.model.entries[list_path].modified = m.host.model.now - std::chrono::hours(24 * 90); },
       "sgx.lists",
       Outcome::warn,
       {"C3"}},
      {"a list that is a web page",
       [](SoundMachine& m) { m.put(list_path, "<html>blocked</html>"); },
       "sgx.lists",
       Outcome::fail,
       {"C13"}},
      {"apt that takes unsigned packages",
       [](SoundMachine& m) { m.put("/etc/apt/apt.conf.d/99x", "APT::Get::AllowUnauthenticated \"true\";\n"); },
       "apt.settings",
       Outcome::fail,
       {}},
      {"half installed packages", [](SoundMachine& m) { m.host.model.dpkg_interrupted = true; }, "apt.dpkg", Outcome::fail, {}},
      {"a package run that stumbled over a file",
       [](SoundMachine& m) {
         m.put("/var/log/apt/term.log",
               "Log started: x\ntrying to overwrite '/etc/sgx_default_qcnl.conf', which is also in package old\n");
       },
       "apt.log",
       Outcome::warn,
       {"C9"}},
  };
}

std::vector<Breakage> software_breakages() {
  const std::set<std::string> below = {};
  return {
      {"no daemon's package",
       [](SoundMachine& m) { m.host.model.packages.erase("sgx-aesm-service"); },
       "sgx.packages",
       Outcome::fail,
       {"C11"}},
      {"no provider's package",
       [](SoundMachine& m) { m.host.model.packages.erase("libsgx-dcap-default-qpl"); },
       "sgx.packages",
       Outcome::fail,
       {"E1"}},
      {"no SGX software yet",
       [](SoundMachine& m) {
         auto& p = m.host.model.packages;
         for (const char* name : {"sgx-aesm-service", "libsgx-aesm-ecdsa-plugin", "libsgx-aesm-quote-ex-plugin", "libsgx-urts",
                                  "libsgx-dcap-default-qpl"})
           p.erase(name);
       },
       "sgx.packages",
       Outcome::skip,
       {}},
      {"packages of two releases",
       [](SoundMachine& m) { m.install("libsgx-urts", "2.22.100.0-jammy1"); },
       "sgx.release",
       Outcome::fail,
       {"C14"}},
      {"an old client beside a daemon of 2.30",
       [](SoundMachine& m) {
         for (const char* name : {"sgx-aesm-service", "libsgx-aesm-ecdsa-plugin", "libsgx-aesm-quote-ex-plugin", "libsgx-urts"})
           m.install(name, "2.30.100.0-jammy1");
         m.install("libsgx-quote-ex", "2.26.100.0-jammy1");
       },
       "sgx.release",
       Outcome::fail,
       {"C14", "D13"}},
      {"left-overs of EPID",
       [](SoundMachine& m) { m.install("libsgx-aesm-epid-plugin", "2.26.100.0-jammy1"); },
       "sgx.epid",
       Outcome::warn,
       {"C12"}},
      {"no provider's library",
       [](SoundMachine& m) {
         m.drop("/usr/lib/x86_64-linux-gnu/libdcap_quoteprov.so.1.13.101.0");
         m.put_folder("/usr/lib/x86_64-linux-gnu");
       },
       "sgx.provider_library",
       Outcome::fail,
       {"E1"}},
      {"two providers' packages",
       [](SoundMachine& m) { m.install("az-dcap-client", "1.12"); },
       "sgx.provider_one",
       Outcome::fail,
       {"E22"}},
      {"two providers' libraries",
       [](SoundMachine& m) { m.put("/usr/local/lib/libdcap_quoteprov.so", "ELF"); },
       "sgx.provider_one",
       Outcome::fail,
       {"E22"}},
      {"an edited settings file", [](SoundMachine&) {}, "sgx.settings_files", Outcome::pass, {"C10"}},
      {"a packages file that cannot be read",
       [](SoundMachine& m) {
         m.drop("/var/lib/dkpg/none");
         m.drop("/var/lib/dpkg/status");
       },
       "sgx.settings_files",
       Outcome::unknown,
       {}},
      {"no updates by themselves",
       [](SoundMachine& m) { m.host.model.packages.erase("unattended-upgrades"); },
       "os.updates",
       Outcome::warn,
       {}},
      {"updates switched off",
       [](SoundMachine& m) { m.host.model.units["unattended-upgrades.service"].state.enabled = "disabled"; },
       "os.updates",
       Outcome::warn,
       {}},
      {"a reboot that is waited for", [](SoundMachine& m) { m.put("/run/reboot-required", ""); }, "os.reboot", Outcome::warn, {}},
      {"a newer kernel that does not run yet",
       [](SoundMachine& m) { m.put("/boot/vmlinuz-6.8.0-100-generic", ""); },
       "os.reboot",
       Outcome::warn,
       {}},
      {"an older kernel, and one of another kind",
       [](SoundMachine& m) {
         m.put("/boot/vmlinuz-6.8.0-48-generic", "");
         m.put("/boot/vmlinuz-6.8.0-1052-azure", "");
       },
       "os.reboot",
       Outcome::pass,
       {}},
  };
}

}  // namespace

std::vector<Breakage> package_breakages() {
  std::vector<Breakage> all = source_breakages();
  const auto more = software_breakages();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace cosigner::checks

#include "unit/checks/breakages.hpp"

namespace cosigner::checks {
namespace {

using report::Outcome;

const std::string conf = "/etc/sgx_default_qcnl.conf";
const std::string sound_url = "https://api.trustedservices.intel.com/sgx/certification/v4/";

void qcnl(SoundMachine& m, const std::string& text) { m.put(conf, text); }
void qcnl_url(SoundMachine& m, const std::string& url) { qcnl(m, "{\"pccs_url\": \"" + url + "\"}\n"); }
void provider_says(SoundMachine& m, int status, const std::string& body) {
  m.host.model.web[sound_url + "qe/identity"] = [status, body](kit::MachineModel&,
                                                               const host::HttpRequest&) -> Result<host::HttpResponse> {
    return host::HttpResponse{status, {}, body};
  };
}
void provider_fails(SoundMachine& m, const std::string& code) {
  m.host.model.web[sound_url + "qe/identity"] = [code](kit::MachineModel&,
                                                       const host::HttpRequest&) -> Result<host::HttpResponse> {
    return make_error(code, "it does not work", "");
  };
}
void stop_daemon(SoundMachine& m) {
  m.host.model.units["aesmd.service"].state.active = "failed";
  m.host.model.sockets.clear();
}
void two_sockets(SoundMachine& m) {
  m.put("/proc/cpuinfo", "physical id : 0\nmicrocode : 0x1\nflags : aes\n\nphysical id : 1\nmicrocode : 0x1\n");
}

host::Container other_container(const std::string& name) {
  host::Container out;
  out.id = name;
  out.running = true;
  out.state = "running";
  out.spec.name = name;
  out.spec.image_id = "sha256:2222";
  return out;
}

Breakage answers(std::uint32_t code, std::vector<std::string> rows) {
  return {"the daemon answers with error " + std::to_string(code), [code](SoundMachine& m) { m.daemon_says(code); },
          "aesm.answer", Outcome::fail, std::move(rows)};
}

std::vector<Breakage> unit_breakages() {
  return {
      {"no user aesmd", [](SoundMachine& m) { m.host.model.users.erase("aesmd"); }, "aesm.account", Outcome::fail, {"D5"}},
      {"a daemon outside sgx_prv",
       [](SoundMachine& m) { m.host.model.groups["sgx_prv"].members = {"oasis"}; },
       "aesm.account",
       Outcome::fail,
       {"B10"}},
      {"no program",
       [](SoundMachine& m) { m.drop("/opt/intel/sgx-aesm-service/aesm/aesm_service"); },
       "aesm.program",
       Outcome::fail,
       {"D6"}},
      {"no unit",
       [](SoundMachine& m) { m.host.model.units.erase("aesmd.service"); },
       "aesm.unit",
       Outcome::fail,
       {"C11"},
       {"aesm.enabled"}},
      {"a masked unit",
       [](SoundMachine& m) {
         stop_daemon(m);
         m.host.model.units["aesmd.service"].state.enabled = "masked";
       },
       "aesm.unit",
       Outcome::fail,
       {},
       {"aesm.enabled"}},
      {"a failed unit", stop_daemon, "aesm.unit", Outcome::fail, {}},
      {"a failed unit without a device",
       [](SoundMachine& m) {
         stop_daemon(m);
         m.host.model.devices.clear();
         m.drop("/dev/sgx_enclave");
         m.drop("/dev/sgx_provision");
       },
       "aesm.unit",
       Outcome::fail,
       {"D4"},
       {"dev.enclave", "dev.generations", "dev.modes", "dev.enclave_user", "dev.provision_user", "cosigner.devices"}},
      {"a failed unit under noexec",
       [](SoundMachine& m) {
         stop_daemon(m);
         m.host.model.mounts[1].options.push_back("noexec");
       },
       "aesm.unit",
       Outcome::fail,
       {"B14"},
       {"dev.exec"}},
      {"a failed unit of an old form",
       [](SoundMachine& m) {
         stop_daemon(m);
         m.put("/lib/systemd/system/aesmd.service", "[Service]\nPermissionsStartOnly=true\n");
       },
       "aesm.unit",
       Outcome::fail,
       {"D7"}},
      {"a unit that is not enabled",
       [](SoundMachine& m) { m.host.model.units["aesmd.service"].state.enabled = "disabled"; },
       "aesm.enabled",
       Outcome::warn,
       {"B19"}},
      {"a socket folder of somebody else",
       [](SoundMachine& m) {
         m.put_folder("/run/aesmd", {{0755}, {0, 0}});
       },
       "aesm.folder",
       Outcome::fail,
       {"D11"}},
      {"no socket folder",
       [](SoundMachine& m) {
         m.drop("/run/aesmd");
         m.drop("/run/aesmd/aesm.socket");
       },
       "aesm.folder",
       Outcome::fail,
       {"D2"}},
      {"no socket", [](SoundMachine& m) { m.drop("/run/aesmd/aesm.socket"); }, "aesm.socket", Outcome::fail, {"D2"}},
      {"a file in the socket's place",
       [](SoundMachine& m) { m.put("/run/aesmd/aesm.socket", ""); },
       "aesm.socket",
       Outcome::fail,
       {"D11"}},
      {"a socket that nobody serves",
       [](SoundMachine& m) { m.host.model.sockets.clear(); },
       "aesm.answer",
       Outcome::fail,
       {"D1"}},
      {"an answer that is none",
       [](SoundMachine& m) {
         m.host.model.sockets["/var/run/aesmd/aesm.socket"] = [](kit::MachineModel&, std::string_view) {
           return std::string("junk");
         };
       },
       "aesm.answer",
       Outcome::fail,
       {"D12"}},
      answers(1, {"E15"}),
      answers(2, {"D4"}),
      answers(6, {"B18"}),
      answers(12, {"E4", "D21"}),
      answers(16, {"D18"}),
      answers(20, {"D19"}),
      answers(22, {"E9"}),
      answers(30, {"D8"}),
      answers(38, {"D9"}),
      answers(40, {"B10"}),
      answers(41, {"E1"}),
      answers(44, {"E6", "E7"}),
      answers(50, {}),
      {"a daemon without an ECDSA key", [](SoundMachine& m) { m.daemon_says(0, 0, 1); }, "aesm.ecdsa", Outcome::fail, {"D9"}},
      {"a daemon that cannot prepare a quote",
       [](SoundMachine& m) { m.daemon_says(0, 44); },
       "aesm.quote",
       Outcome::fail,
       {"E6", "E7"}},
      {"a variable that leads programs away",
       [](SoundMachine& m) { m.put("/etc/environment", "SGX_AESM_ADDR=1\n"); },
       "aesm.address",
       Outcome::warn,
       {"D22"}},
      {"a bad line in aesmd.conf",
       [](SoundMachine& m) { m.put("/etc/aesmd.conf", "proxy type =direct\n"); },
       "aesm.conf",
       Outcome::fail,
       {"D14"}},
      {"EPID in aesmd.conf",
       [](SoundMachine& m) { m.put("/etc/aesmd.conf", "default quoting type = epid_linkable\n"); },
       "aesm.conf",
       Outcome::fail,
       {"E25", "D18"}},
      {"a proxy that is not named",
       [](SoundMachine& m) { m.put("/etc/aesmd.conf", "proxy type = manual\n"); },
       "aesm.conf",
       Outcome::warn,
       {"D21"}},
      {"a daemon's log that may not be read",
       [](SoundMachine& m) { m.host.model.unit_logs.clear(); },
       "aesm.log",
       Outcome::unknown,
       {}},
      {"a container that mounts the socket file",
       [](SoundMachine& m) {
         auto c = other_container("app");
         c.spec.mounts = {{"/var/run/aesmd/aesm.socket", "/var/run/aesmd/aesm.socket", false}};
         m.host.model.containers["app"] = c;
       },
       "aesm.alone",
       Outcome::fail,
       {"D3"}},
      {"a second daemon in a container",
       [](SoundMachine& m) {
         auto c = other_container("aesmd");
         c.spec.mounts = {{"/run/aesmd", "/var/run/aesmd", false}};
         m.host.model.containers["aesmd"] = c;
       },
       "aesm.alone",
       Outcome::fail,
       {"D24"}},
      {"a container with another daemon's address",
       [](SoundMachine& m) {
         auto c = other_container("app");
         c.spec.environment["SGX_AESM_ADDR"] = "x";
         m.host.model.containers["app"] = c;
       },
       "aesm.alone",
       Outcome::warn,
       {"D22"}},
  };
}

std::vector<Breakage> provider_breakages() {
  return {
      {"no provider's settings", [](SoundMachine& m) { m.drop(conf); }, "qcnl.file", Outcome::fail, {"E3"}},
      {"a missing comma",
       [](SoundMachine& m) { qcnl(m, "{\"pccs_url\": \"" + sound_url + "\"\n \"use_secure_cert\": true}\n"); },
       "qcnl.file",
       Outcome::fail,
       {"E2", "E3", "E15"},
       {"net.quote_provider"}},
      {"a byte order mark",
       [](SoundMachine& m) { qcnl(m, "\xef\xbb\xbf{\"pccs_url\": \"" + sound_url + "\"}\n"); },
       "qcnl.file",
       Outcome::fail,
       {"E2", "E3", "E15"},
       {"net.quote_provider"}},
      {"the old form", [](SoundMachine& m) { qcnl(m, "PCCS_URL=" + sound_url + "\n"); }, "qcnl.file", Outcome::warn, {}},
      {"a key that is not known",
       [](SoundMachine& m) { qcnl(m, "{\"pccs_url\": \"" + sound_url + "\", \"retry_times\": \"6\", \"pccs_Url\": \"x\"}\n"); },
       "qcnl.keys",
       Outcome::warn,
       {}},
      {"a refused update type",
       [](SoundMachine& m) { qcnl(m, "{\"pccs_url\": \"" + sound_url + "\", \"tcb_update_type\": \"all\"}\n"); },
       "qcnl.keys",
       Outcome::fail,
       {"E16"}},
      {"a version that is none",
       [](SoundMachine& m) { qcnl(m, "{\"pccs_url\": \"" + sound_url + "\", \"pccs_api_version\": \"4.0\"}\n"); },
       "qcnl.keys",
       Outcome::fail,
       {"E13"}},
      {"version 3 in the address",
       [](SoundMachine& m) { qcnl_url(m, "https://api.trustedservices.intel.com/sgx/certification/v3/"); },
       "qcnl.url",
       Outcome::fail,
       {"E24"}},
      {"an address without a slash at its end",
       [](SoundMachine& m) { qcnl_url(m, "https://api.trustedservices.intel.com/sgx/certification/v4"); },
       "qcnl.url",
       Outcome::fail,
       {"E4"}},
      {"an address without TLS",
       [](SoundMachine& m) { qcnl_url(m, "http://api.trustedservices.intel.com/sgx/certification/v4/"); },
       "qcnl.url",
       Outcome::fail,
       {}},
      {"Intel's provider on Azure",
       [](SoundMachine& m) { m.put("/sys/devices/virtual/dmi/id/chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n"); },
       "qcnl.owner",
       Outcome::fail,
       {"E7", "E9", "E10"}},
      {"Intel's provider on Alibaba Cloud",
       [](SoundMachine& m) {
         m.put("/sys/devices/virtual/dmi/id/sys_vendor", "Alibaba Cloud\n");
         m.put("/run/cloud-init/instance-data.json", "{\"v1\":{\"region\":\"cn-hangzhou\"}}");
       },
       "qcnl.owner",
       Outcome::fail,
       {"E7"}},
      {"an old cache",
       [](SoundMachine& m) {
         m.put("/var/opt/aesmd/.dcap-qcnl/abc", "x");
         m.host.model.entries["/var/opt/aesmd/.dcap-qcnl/abc"].modified = m.host.model.now - std::chrono::hours(48);
       },
       "qcnl.cache",
       Outcome::warn,
       {"E17"}},
      {"a home that is not the daemon's",
       [](SoundMachine& m) {
         m.put_folder("/var/opt/aesmd", {{0755}, {0, 0}});
       },
       "qcnl.cache_folder",
       Outcome::fail,
       {"E23"}},
      {"a provider that cannot be reached",
       [](SoundMachine& m) { provider_fails(m, "network.timed_out"); },
       "qcnl.answer",
       Outcome::fail,
       {"E4"}},
      {"a provider that nobody trusts",
       [](SoundMachine& m) { provider_fails(m, "network.tls_untrusted"); },
       "qcnl.answer",
       Outcome::fail,
       {"E5"}},
      {"a QE identity that somebody else signed",
       [](SoundMachine& m) { m.certificate_service([](attest_test::Wishes& wishes) { wishes.json_key = &attest_test::keys().stranger; }); },
       "qcnl.identity",
       Outcome::fail,
       {}},
      {"a QE identity that has ended",
       [](SoundMachine& m) {
         m.certificate_service([&](attest_test::Wishes& wishes) {
           wishes.qe_identity = [now = m.host.model.now](nlohmann::json& document) {
             document["issueDate"] = to_iso(now - 40 * attest_test::day);
             document["nextUpdate"] = to_iso(now - 10 * attest_test::day);
           };
         });
       },
       "qcnl.identity",
       Outcome::fail,
       {}},
      {"a QE identity of another root",
       [](SoundMachine& m) { m.settings.profile.enclave.root_ca_pem.clear(); },
       "qcnl.identity",
       Outcome::fail,
       {}},
      {"a revocation list of the root that cannot be fetched",
       [](SoundMachine& m) {
         m.host.model.web["https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"] =
             [](kit::MachineModel&, const host::HttpRequest&) -> Result<host::HttpResponse> {
           return make_error("network.timed_out", "it did not answer in time", "");
         };
       },
       "qcnl.identity",
       Outcome::unknown,
       {}},
      {"a provider that has ended", [](SoundMachine& m) { provider_says(m, 410, ""); }, "qcnl.answer", Outcome::fail, {"E24"}},
      {"a provider that is out of order", [](SoundMachine& m) { provider_says(m, 503, ""); }, "qcnl.answer", Outcome::warn, {}},
      {"a proxy that answers for the provider",
       [](SoundMachine& m) { provider_says(m, 200, "<html>"); },
       "qcnl.answer",
       Outcome::fail,
       {"C13"}},
      {"two sockets that were never registered", two_sockets, "platform.registered", Outcome::fail, {"E6"}},
      {"two sockets and a refusal",
       [](SoundMachine& m) {
         two_sockets(m);
         m.put("/var/log/mpa_registration.log", "ERROR: RS reports a '400 Bad Request'. Error code: 0xA3\n");
       },
       "platform.registered",
       Outcome::fail,
       {"F4", "F6"}},
      {"one socket and a log that complains",
       [](SoundMachine& m) { m.put("/var/log/mpa_registration.log", "Platform doesn't support registration.\n"); },
       "platform.registered",
       Outcome::pass,
       {"F2"}},
      {"a platform id of zeros",
       [](SoundMachine& m) { m.put("/root/pckid_retrieval.csv", "0000000000,0000,00,00,00\n"); },
       "platform.retrieval",
       Outcome::fail,
       {"E8"}},
      {"packages that cannot be fetched",
       [](SoundMachine& m) {
         m.host.model.unreachable["download.01.org:443"] = make_error("network.timed_out", "it did not answer", "");
       },
       "net.sgx_packages",
       Outcome::fail,
       {"C7"}},
      {"packages behind an inspecting proxy",
       [](SoundMachine& m) {
         m.host.model.unreachable["download.01.org:443"] = make_error("network.tls_untrusted", "issued by Corp Proxy", "");
       },
       "net.sgx_packages",
       Outcome::fail,
       {"C7", "C13"}},
      {"a provider's name without an address",
       [](SoundMachine& m) { m.host.model.addresses.erase("api.trustedservices.intel.com"); },
       "net.quote_provider",
       Outcome::fail,
       {"E4"},
       {"qcnl.answer"}},
      {"a gateway behind a firewall",
       [](SoundMachine& m) {
         m.host.model.unreachable["mobile-api.fireblocks.io:443"] = make_error("network.refused", "refused", "");
       },
       "net.gateway",
       Outcome::fail,
       {}},
      {"uploads that cannot be sent",
       [](SoundMachine& m) { m.host.model.addresses.erase("fb-customers.s3.amazonaws.com"); },
       "net.vendor_uploads",
       Outcome::warn,
       {}},
      {"an archive that cannot be reached",
       [](SoundMachine& m) {
         m.host.model.unreachable["archive.example:80"] = make_error("network.timed_out", "it did not answer", "");
       },
       "net.os_archive",
       Outcome::fail,
       {}},
      {"a handler that cannot be reached",
       [](SoundMachine& m) {
         m.host.model.unreachable["handler.example:8443"] = make_error("network.proxy_failed", "the proxy refused", "");
       },
       "net.callback",
       Outcome::fail,
       {}},
  };
}

}  // namespace

std::vector<Breakage> daemon_breakages() {
  std::vector<Breakage> all = unit_breakages();
  const auto more = provider_breakages();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace cosigner::checks

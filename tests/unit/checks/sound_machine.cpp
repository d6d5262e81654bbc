#include "unit/checks/sound_machine.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "base/encoding.hpp"
#include "container/daemon_settings.hpp"
#include "installer/checks/catalog.hpp"
#include "profile/profile_json.hpp"
#include "sgx/cpuid_text.hpp"

namespace cosigner::checks {
namespace {

using host::FileKind;
using kit::MachineModel;

std::string fixture(const std::string& name) {
  std::ifstream in(std::string(COSIGNER_FIXTURES) + "/openpgp/" + name, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string fingerprint_of(const std::string& wanted) {
  std::istringstream in(fixture("fingerprints"));
  std::string key, value;
  while (in >> key >> value) {
    if (key == wanted) return value;
  }
  FAIL("no fingerprint " << wanted);
  return {};
}

std::string frame(const std::string& body) {
  std::string out;
  for (unsigned i = 0; i < 4; ++i) out += static_cast<char>(static_cast<unsigned char>(body.size() >> (8 * i)));
  return out + body;
}

/// Reads the field number of the question (its first bytes) and answers by hand: 15 prepare a quote, 21 how many keys, 22 which.
std::string daemon_answer(std::string_view question, std::uint32_t code, char algorithm) {
  if (question.size() < 5) return {};
  const auto field = static_cast<unsigned char>(question[4]);
  const char error = static_cast<char>(code);
  const std::string failure = code > 127 ? std::string() : std::string("\x02\x08", 2) + error;
  if (field == 0xaa) return frame(code != 0 ? "\xaa\x01" + failure : std::string("\xaa\x01\x04\x08\x00\x10\x01", 7));
  if (field == 0xb2 && code == 0) {
    std::string id(256, '\0');
    id[154] = algorithm;
    return frame(std::string("\xb2\x01\x85\x02\x08\x00\x12\x80\x02", 9) + id);
  }
  if (field == 0xb2) return frame("\xb2\x01" + failure);
  return field == 0x7a ? frame(code != 0 ? "\x7a" + failure : std::string("\x7a\x02\x08\x00", 4)) : std::string();
}

const std::string image_digest = "sha256:" + std::string(64, 'a');

void fill_hardware(SoundMachine& m) {
  MachineModel& model = m.host.model;
  m.processor(sound_cpuid);
  m.put("/proc/cpuinfo", "processor : 0\nphysical id : 0\nmicrocode : 0xd000404\nflags : fpu aes sgx sgx_lc\n");
  m.put("/proc/meminfo", "MemTotal:       16384000 kB\n");
  m.put("/proc/sys/kernel/osrelease", "6.8.0-49-generic\n");
  m.put("/proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet\n");
  m.put("/boot/config-6.8.0-49-generic", "CONFIG_X86=y\nCONFIG_X86_SGX=y\n");
  m.put("/proc/modules", "ext4 1 0 - Live 0x0\n");
  m.put("/sys/devices/system/cpu/online", "0-7\n");
  m.put("/sys/devices/system/cpu/smt/active", "0\n");
  m.put("/sys/devices/system/node/node0/x86/sgx_total_bytes", "8589934592\n");
  m.put_folder("/sys/firmware/efi/efivars");
  m.put("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", std::string("\6\0\0\0\1", 5));
  m.put("/sys/devices/virtual/dmi/id/sys_vendor", "Dell Inc.\n");
  model.msrs = {{0x3A, 0x60001}, {0x503, 0}, {0xCE, 0}};
  model.kernel_log = "x86/cpu: SGX enabled\nsgx: EPC section 0x4c0000000-0x6bfffffff\n";
  model.mounts = {{"/", "ext4", {"rw"}}, {"/dev", "devtmpfs", {"rw", "nosuid"}}};
  model.groups = {
      {"sgx", {"sgx", 106, {"oasis"}}}, {"sgx_prv", {"sgx_prv", 107, {"aesmd", "oasis"}}}, {"docker", {"docker", 108, {}}}};
  model.users = {{"aesmd", {"aesmd", 990, 990, "/var/opt/aesmd"}}, {"oasis", {"oasis", 1001, 1001, "/home/oasis"}}};
  m.put_device("/dev/sgx_enclave", 106);
  m.put_device("/dev/sgx_provision", 107);
  model.devices = {{"/dev/sgx_enclave", host::OpenResult::opened}, {"/dev/sgx_provision", host::OpenResult::opened}};
}

void fill_packages(SoundMachine& m) {
  m.put("/etc/os-release", "PRETTY_NAME=\"Ubuntu 22.04.4 LTS\"\nID=ubuntu\nVERSION_ID=\"22.04\"\n");
  m.put("/etc/apt/sources.list", "deb http://archive.example/ubuntu jammy main\n");
  m.put("/etc/apt/sources.list.d/intel-sgx.sources",
        "Types: deb\nURIs: https://download.01.org/intel-sgx/sgx_repo/ubuntu\nSuites: jammy\nComponents: main\nSigned-By: "
        "/etc/apt/keyrings/intel-sgx.gpg\n");
  m.put("/etc/apt/keyrings/intel-sgx.gpg", fixture("good.gpg"));
  m.put("/etc/apt/preferences.d/intel-sgx",
        "Package: *\nPin: origin download.01.org\nPin-Priority: -1\n\nPackage: libsgx* sgx-*\nPin: origin "
        "download.01.org\nPin-Priority: 990\n");
  m.put("/var/lib/apt/lists/download.01.org_intel-sgx_sgx%5frepo_ubuntu_dists_jammy_InRelease", "Origin: Intel\n");
  m.put("/var/lib/apt/lists/security.example_ubuntu_dists_jammy-security_main_binary-amd64_Packages",
        "Package: openssl\nArchitecture: amd64\nVersion: 3.0.2-0ubuntu1.18\n\nPackage: zlib1g\nVersion: "
        "1:1.2.11.dfsg-2ubuntu9.2\n");
  m.install("libssl3", "3.0.2-0ubuntu1.18");
  m.install("openssl", "3.0.2-0ubuntu1.18");
  m.install("zlib1g", "1:1.2.11.dfsg-2ubuntu9.2");
  m.put("/var/log/apt/term.log",
        "Log started: 2026-11-25\ntrying to overwrite '/etc/sgx_default_qcnl.conf'\nLog started: 2026-11-26\nSetting up "
        "sgx-aesm-service\n");
  for (const char* name : {"sgx-aesm-service", "libsgx-aesm-ecdsa-plugin", "libsgx-aesm-quote-ex-plugin", "libsgx-urts"})
    m.install(name, "2.26.100.0-jammy1");
  m.install("libsgx-dcap-default-qpl", "1.23.100.0-jammy1");
  m.install("docker-ce", "5:27.3.1-1");
  m.install("unattended-upgrades", "2.8");
  m.put("/usr/lib/x86_64-linux-gnu/libdcap_quoteprov.so.1.13.101.0", "ELF");
  for (const char* folder : {"/usr/lib64", "/usr/lib", "/usr/local/lib", "/usr/local/lib64"}) m.put_folder(folder);
  // md5 of "#proxy type = direct\n" and of something else: the quote provider's file is edited on every machine that was set up.
  m.put("/var/lib/dpkg/status", "Package: sgx-aesm-service\nConffiles:\n /etc/aesmd.conf 00000000000000000000000000000000\n");
}

void fill_daemon(SoundMachine& m) {
  MachineModel& model = m.host.model;
  m.put("/opt/intel/sgx-aesm-service/aesm/aesm_service", "ELF");
  m.put("/etc/aesmd.conf", "#proxy type = direct\ndefault quoting type = ecdsa_256\n");
  m.put_folder("/run/aesmd", {{0755}, {990, 990}});
  m.put_folder("/var/opt/aesmd", {{0750}, {990, 990}});
  kit::Entry socket;
  socket.kind = FileKind::socket;
  model.entries["/run/aesmd/aesm.socket"] = socket;
  m.daemon_says(0);
  for (const char* unit : {"aesmd.service", "docker.service", "unattended-upgrades.service"})
    model.units[unit].state = {true, "active", "enabled", false};
  model.unit_logs["aesmd.service"] = "aesm_service: started\n";
  m.put("/etc/sgx_default_qcnl.conf",
        "{\"pccs_url\": \"https://api.trustedservices.intel.com/sgx/certification/v4/\", \"use_secure_cert\": true, "
        "\"retry_times\": 6}\n");
  m.certificate_service({});
}

void fill_cosigner(SoundMachine& m) {
  MachineModel& model = m.host.model;
  host::EngineInfo engine;
  engine.version = "27.3.1";
  engine.api_version = "1.47";
  engine.root_dir = "/var/lib/docker";
  engine.storage_driver = "overlay2";
  engine.live_restore = true;
  engine.https_proxy = "http://proxy.example:3128";
  model.engine = engine;
  m.put("/etc/docker/daemon.json", container::merge_daemon_settings(std::nullopt)->text);
  kit::Entry socket;
  socket.kind = FileKind::socket;
  socket.attributes = {{0660}, {0, 108}};
  model.entries["/run/docker.sock"] = socket;
  m.settings.answers.image_digest = image_digest;
  model.images["sha256:1111"] = {"sha256:1111", {m.settings.profile.image.registry + "/x@" + image_digest}, {}, {}};
  host::Container container;
  container.id = "c1";
  container.running = true;
  container.state = "running";
  container.started = model.now - std::chrono::hours(1);
  container.spec.name = "cosigner";
  container.spec.image_id = "sha256:1111";
  container.spec.restart_policy = "always";
  for (const auto& [node, inside] : m.settings.profile.cosigner.devices) container.spec.devices.push_back({node, inside});
  container.spec.group_ids = {"106", "107"};
  model.containers["cosigner"] = container;
  model.container_logs["cosigner"] =
      "customer_cosigner:24 INFO 26/11/2026 10:20:28,123 file.cpp(57) ns::method - Contact with the gateway\n";
  model.container_program = [](MachineModel&, const host::Container&, const std::vector<std::string>&) {
    return host::ExecOutput{
        0, Untrusted("22 20 0:20 / / rw - overlay overlay rw\n23 22 0:21 / /dev rw,nosuid - tmpfs tmpfs rw\n"), Untrusted()};
  };
  m.put_folder("/databases/cosigner");
  for (const char* name : {"db", "config", "log", "backup", "enclave"})
    m.put_folder("/databases/cosigner/" + std::string(name), {{0700}, {2000, 2000}});
}

void fill_surroundings(SoundMachine& m) {
  MachineModel& model = m.host.model;
  m.put("/etc/hostname", "signer-7\n");
  m.put("/proc/net/tcp",
        "  sl  local_address rem_address   st\n   0: 00000000:0016 00000000:0000 0A 0\n   1: 0100007F:1F91 00000000:0000 0A 0\n");
  m.put("/etc/ssh/sshd_config", "PermitRootLogin no\n");
  m.settings.answers.proxy_url = "http://proxy.example:3128";
  m.settings.answers.callback = profile::CallbackAnswers{};
  m.settings.answers.callback->url = "https://handler.example:8443/v2";
  for (const char* name :
       {"mobile-api.fireblocks.io", "signurl.fireblocks.io", "s3signurl.fireblocks.io", "handler.example", "registry.gitlab.com",
        "gitlab.com", "cdn.registry.gitlab-static.net", "fb-certs.s3.amazonaws.com", "fb-customers.s3.amazonaws.com",
        "fb-cosigner-images.s3.amazonaws.com", "download.01.org", "download.docker.com", "api.trustedservices.intel.com",
        "certificates.trustedservices.intel.com", "archive.example", "proxy.example"}) {
    model.addresses[name] = {"192.0.2.7"};
  }
  model.server_time = model.now;
}

}  // namespace

void SoundMachine::certificate_service(const std::function<void(attest_test::Wishes&)>& change) {
  const Time now = host.model.now;
  attest_test::Wishes wishes;
  wishes.qe_identity = [now](nlohmann::json& document) {
    document["issueDate"] = to_iso(now - 100 * attest_test::day);
    document["nextUpdate"] = to_iso(now + 300 * attest_test::day);
  };
  wishes.root_crl.from = now - 100 * attest_test::day;
  wishes.root_crl.until = now + 300 * attest_test::day;
  if (change) change(wishes);
  const auto evidence = attest_test::make(wishes);
  settings.profile.enclave.root_ca_pem = attest_test::to_pem(evidence.root.certificate.der);
  const auto serve = [&](const std::string& url, const std::string& body, const std::map<std::string, std::string>& headers) {
    host.model.web[url] = [body, headers](MachineModel&, const host::HttpRequest&) -> Result<host::HttpResponse> {
      return host::HttpResponse{200, headers, body};
    };
  };
  serve("https://api.trustedservices.intel.com/sgx/certification/v4/qe/identity", *evidence.collateral.qe_identity,
        {{"sgx-enclave-identity-issuer-chain", to_url_component(*evidence.collateral.tcb_signing_chain)}});
  serve("https://certificates.trustedservices.intel.com/IntelSGXRootCA.der", *evidence.collateral.root_crl, {});
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

SoundMachine::SoundMachine() {
  auto profile = profile::builtin_profile("global");
  REQUIRE(profile);
  settings.profile = std::move(*profile);
  for (auto& platform : settings.profile.platforms) platform.sgx_source.keys = {{fingerprint_of("good"), std::nullopt}};
  settings.profile.key_warning_days = 100;  // the key of the fixtures ends 114 days after the model's day
  settings.answers.sgx_user = "oasis";
  fill_hardware(*this);
  fill_packages(*this);
  fill_daemon(*this);
  fill_cosigner(*this);
  fill_surroundings(*this);
}

void SoundMachine::put(const std::string& path, const std::string& content, host::FileAttributes attributes) {
  host.model.entries[path] = {FileKind::regular, attributes, content, host.model.now};
}

void SoundMachine::put_folder(const std::string& path, host::FileAttributes attributes) {
  host.model.entries[path] = {FileKind::directory, attributes, "", host.model.now};
}

void SoundMachine::put_device(const std::string& path, std::uint32_t gid, std::uint32_t mode) {
  host.model.entries[path] = {FileKind::character_device, {{mode}, {0, gid}}, "", {}};
}

void SoundMachine::install(const std::string& name, const std::string& version) {
  host.model.packages[name] = {name, version, "installed"};
}

void SoundMachine::daemon_says(std::uint32_t code, std::uint32_t quote_code, char algorithm) {
  host.model.sockets["/var/run/aesmd/aesm.socket"] = [=](MachineModel&, std::string_view question) {
    const bool asks_for_quote = question.size() > 4 && static_cast<unsigned char>(question[4]) == 0x7a;
    return daemon_answer(question, asks_for_quote ? quote_code : code, algorithm);
  };
}

void SoundMachine::processor(const std::string& cpuid_text) {
  auto dumps = sgx::parse_cpuid_text(cpuid_text);
  REQUIRE(dumps);
  host.model.cpuid = std::move(*dumps);
}

std::map<std::string, report::Finding> SoundMachine::look(const engine::CheckChoice& choice) const {
  std::map<std::string, report::Finding> out;
  for (auto& checked : engine::run_checks(all_checks(linked), host, settings, choice))
    out[checked.finding.id] = std::move(checked.finding);
  return out;
}

}  // namespace cosigner::checks

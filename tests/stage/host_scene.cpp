#include "host_scene.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "installer/stages/apt_repo.hpp"
#include "installer/stages/hardware.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "profile/profile_json.hpp"
#include "sgx/cpuid_text.hpp"
#include "tar_text.hpp"

namespace cosigner::scene {
namespace {

using kit::MachineModel;

constexpr const char* cpuid_text =
    "CPU:\n   0x00000000 0x00: eax=0x0000001b ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
    "   0x00000001 0x00: eax=0x000606a6 ebx=0x00020800 ecx=0xfffa3203 edx=0x1f8bfbff\n"
    "   0x00000007 0x00: eax=0x00000001 ebx=0xf1bf2fbf ecx=0x40415f46 edx=0x20000010\n"
    "   0x00000012 0x00: eax=0x00000003 ebx=0x00000001 ecx=0x00000000 edx=0x0000381f\n"
    "   0x00000012 0x01: eax=0x000000b6 ebx=0x00000000 ecx=0x000002e7 edx=0x00000000\n"
    "   0x00000012 0x02: eax=0xc0000001 ebx=0x00000004 ecx=0x00000001 edx=0x00000002\n"
    "   0x00000012 0x03: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n";

std::string frame(const std::string& body) {
  std::string out;
  for (unsigned i = 0; i < 4; ++i) out += static_cast<char>(static_cast<unsigned char>(body.size() >> (8 * i)));
  return out + body;
}

bool asks_how_many(std::string_view question) { return question.size() >= 6 && static_cast<unsigned char>(question[4]) == 0xaa; }  // field 21, bytes

std::string daemon_answer(MachineModel& model, std::string_view question) {
  const bool is_ready = model.packages.count("libsgx-aesm-quote-ex-plugin") != 0;
  if (asks_how_many(question) && !is_ready) return frame(std::string("\xaa\x01\x02\x08\x1e", 5));
  return good_daemon(question);
}

void install_daemon(MachineModel& model) {
  model.users["aesmd"] = {"aesmd", 990, 990, "/var/opt/aesmd"};
  model.groups["aesmd"] = {"aesmd", 990, {}};
  model.entries["/etc/aesmd.conf"] = {host::FileKind::regular, {{0644}, {}}, "#proxy type = direct\n", model.now};
  auto& unit = model.units["aesmd.service"];
  unit.state.found = true;
  unit.state.enabled = "enabled";
  unit.state.active = "active";
  unit.started = [](MachineModel& m) { m.sockets["/var/run/aesmd/aesm.socket"] = daemon_answer; };
  unit.stopped = [](MachineModel& m) { m.sockets.erase("/var/run/aesmd/aesm.socket"); };
  unit.started(model);
}

void install_provider(MachineModel& model) {
  model.entries[qcnl_file] = {host::FileKind::regular, {{0644}, {}}, "{\n  // shipped\n  \"pccs_url\": \"https://localhost:8081/sgx/certification/v4/\"\n  ,\"use_secure_cert\": true\n  ,\"retry_times\": 6\n}\n", model.now};
}

void offer_packages(MachineModel& model) {
  model.available["sgx-aesm-service"] = {"2.26", source_file, {}, install_daemon};
  model.available["libsgx-ae-pce"] = {"2.26", source_file, {}, {}};
  model.available["libsgx-aesm-ecdsa-plugin"] = {"2.26", source_file, {"sgx-aesm-service", "libsgx-ae-pce"}, {}};
  model.available["libsgx-aesm-quote-ex-plugin"] = {"2.26", source_file, {"libsgx-aesm-ecdsa-plugin"}, {}};
  model.available["libsgx-dcap-default-qpl"] = {"1.23", source_file, {}, install_provider};
}

std::string os_release(HostScene::System system) {
  if (system == HostScene::System::ubuntu) return "PRETTY_NAME=\"Ubuntu 22.04.4 LTS\"\nID=ubuntu\nVERSION_ID=\"22.04\"\n";
  return "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n";
}

class Deaf : public report::EventSink {
 public:
  void on(const report::Event&, Time) override {}
};

}  // namespace

std::string good_daemon(std::string_view question) {
  if (asks_how_many(question)) return frame(std::string("\xaa\x01\x04\x08\x00\x10\x01", 7));
  if (question.size() >= 6 && static_cast<unsigned char>(question[4]) == 0x7a) return frame(std::string("\x7a\x02\x08\x00", 4));  // 15: InitQuoteEx
  if (question.size() < 6 || static_cast<unsigned char>(question[4]) != 0xb2) return {};
  std::string id(256, '\0');
  id[154] = 2;
  return frame(std::string("\xb2\x01\x85\x02\x08\x00\x12\x80\x02", 9) + id);
}

std::string key_fixture(const std::string& name) {
  std::ifstream in(std::string(COSIGNER_FIXTURES) + "/openpgp/" + name, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string key_fixture_print(const std::string& name) {
  std::istringstream in(key_fixture("fingerprints"));
  std::string key, value;
  while (in >> key >> value) {
    if (key == name) return value;
  }
  FAIL("no fingerprint " << name);
  return {};
}

std::string local_archive(const std::string& in_release, const std::string& packages) {
  const std::string top = "sgx_debian_local_repo/";
  return to_tar({{top, "", '5', "", 0755},
                 {top + "keys/intel-sgx.key", key_fixture("other.asc")},
                 {top + "dists/bookworm/InRelease", in_release},
                 {top + "dists/bookworm/main/binary-amd64/Packages", packages},
                 {top + "pool/main/libsgx-urts.deb", "content of libsgx-urts"},
                 {top + "pool/main/sgx-aesm-service.deb", "content of sgx-aesm-service"},
                 {top + "pool/main/sudo.deb", "content of sudo"}});
}

HostScene::HostScene(System system) {
  auto profile = profile::builtin_profile("global");
  REQUIRE(profile);
  settings.profile = std::move(*profile);
  for (auto& platform : settings.profile.platforms) platform.sgx_source.keys = {{key_fixture_print("good"), std::nullopt}};
  MachineModel& model = host.model;
  model.cpuid = *sgx::parse_cpuid_text(cpuid_text);
  model.mounts = {{"/", "ext4", {"rw"}}, {"/dev", "devtmpfs", {"rw", "nosuid"}}};
  model.devices = {{"/dev/sgx_enclave", host::OpenResult::opened}, {"/dev/sgx_provision", host::OpenResult::opened}};
  model.groups["sgx"] = {"sgx", 106, {}};
  model.addresses["download.01.org"] = {"192.0.2.1"};
  put("/usr/lib/os-release", os_release(system));
  put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  put("/proc/meminfo", "MemTotal:       16384000 kB\nMemFree: 1 kB\n");
  put("/proc/sys/kernel/osrelease", "6.1.0-13-cloud-amd64\n");
  put("/sys/devices/system/cpu/online", "0-7\n");
  if (system == System::debian) put("/etc/apt/keyrings/other.gpg", "");  // an Ubuntu 20.04 has no such folder
  for (const char* folder : {"/etc/apt/sources.list.d", "/etc/apt/preferences.d", "/usr/local/bin", "/etc/systemd/system", "/run/systemd/system"}) model.entries[folder] = {host::FileKind::directory, {{0755}, {}}, "", model.now};
  model.addresses["api.trustedservices.intel.com"] = {"192.0.2.2"};
  serve(identity_page, some_identity);
  serve(key_page, key_fixture("good.asc"));
  serve(index_page, key_fixture("suite.InRelease"));
  serve(archive_page, local_archive(key_fixture("local.InRelease")));
  offer_packages(model);
}

void HostScene::serve(const std::string& url, const std::string& body, int status) {
  host.model.web[url] = [body, status](MachineModel&, const host::HttpRequest&) -> Result<host::HttpResponse> { return host::HttpResponse{status, {}, body}; };
}

void HostScene::put(const std::string& path, const std::string& content, host::FileAttributes attributes) {
  for (Path parent = Path(path).parent(); parent != Path("/"); parent = parent.parent()) {
    if (host.model.entries.count(parent.text()) == 0) host.model.entries[parent.text()] = {host::FileKind::directory, {{0755}, {}}, "", host.model.now};
  }
  host.model.entries[path] = {host::FileKind::regular, attributes, content, host.model.now};
}

std::string HostScene::file(const std::string& path) const {
  const auto found = host.model.entries.find(path);
  return found == host.model.entries.end() ? std::string() : found->second.content;
}

report::RunReport HostScene::run(const std::vector<const engine::Stage*>& stages) {
  auto loaded = state::Journal::load(host, "/var/lib/cosigner/journal.jsonl");
  REQUIRE(loaded);
  state::Journal journal = std::move(*loaded);
  Deaf deaf;
  engine::Run run({host, journal, settings, deaf, cancel, "", "0.1.0", "root setup"}, "setup");
  run.start();
  run.go(stages);
  return run.finish();
}

report::RunReport HostScene::run_all() {
  const auto hardware = stages::make_hardware_stage();
  const auto apt = stages::make_apt_repo_stage();
  const auto sgx = stages::make_sgx_packages_stage();
  return run({hardware.get(), apt.get(), sgx.get()});
}

engine::StagePlan HostScene::look(const engine::Stage& stage) {
  const auto journal = state::Journal::load(host, "/var/lib/cosigner/journal.jsonl");
  REQUIRE(journal);
  auto plan = stage.look(host, {settings, journal->ledger(), ""});
  if (!plan) FAIL(plan.error().code << " " << plan.error().message);
  return std::move(*plan);
}

std::string HostScene::error_of(const report::RunReport& report) const {
  for (const auto& stage : report.stages) {
    if (stage.error) return stage.error->code;
  }
  return report.error ? report.error->code : "";
}

ConvergedHost::ConvergedHost(System system) : HostScene(system) { REQUIRE(has_ended_well(run_all())); }

report::RunReport converge_sgx_packages(HostScene& scene) {
  const auto stage = stages::make_sgx_packages_stage();
  return scene.run({stage.get()});
}

engine::StagePlan look_at_sgx_packages(HostScene& scene) {
  const auto stage = stages::make_sgx_packages_stage();
  return scene.look(*stage);
}

int code_of(const report::RunReport& report) {
  for (const auto& stage : report.stages) {
    if (stage.error) UNSCOPED_INFO(stage.id << " " << stage.error->code << " " << stage.error->message);
  }
  return static_cast<int>(report::exit_code_of(report));
}

std::vector<std::string> pending(HostScene& scene) { return ids_of(look_at_sgx_packages(scene)); }

bool has_ended_well(const report::RunReport& report) { return code_of(report) == 0; }

const report::Finding* finding_of(const std::vector<report::Finding>& findings, const std::string& id) {
  const auto found = std::find_if(findings.begin(), findings.end(), [&](const auto& each) { return each.id == id; });
  return found == findings.end() ? nullptr : &*found;
}

std::vector<std::string> ids_of(const engine::StagePlan& plan) {
  std::vector<std::string> out;
  for (const auto& step : plan.steps) out.push_back(step.id);
  return out;
}

}  // namespace cosigner::scene

#include "unit/checks/breakages.hpp"

namespace cosigner::checks {
namespace {

using report::Outcome;

host::Container& signer(SoundMachine& m) { return m.host.model.containers.at("cosigner"); }

host::Container other_container() {
  host::Container out;
  out.id = "c2";
  out.running = true;
  out.state = "running";
  out.spec.name = "app";
  return out;
}

void add_other(SoundMachine& m, const host::Mounted& mount) {
  auto container = other_container();
  container.spec.mounts = {mount};
  m.host.model.containers["app"] = container;
}

const std::string token =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VySWQiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU";

std::vector<Breakage> engine_breakages() {
  return {
      {"no engine yet",
       [](SoundMachine& m) {
         m.host.model.engine.reset();
         m.host.model.packages.erase("docker-ce");
         m.drop("/run/docker.sock");
       },
       "engine.answer",
       Outcome::skip,
       {},
       {"security.engine_socket"}},
      {"an engine that does not answer",
       [](SoundMachine& m) { m.host.model.engine.reset(); },
       "engine.answer",
       Outcome::fail,
       {}},
      {"an engine that chokes on its settings",
       [](SoundMachine& m) {
         m.host.model.engine.reset();
         m.put("/etc/docker/daemon.json", "{\"a\": 1,}");
       },
       "engine.answer",
       Outcome::fail,
       {"G7"},
       {"engine.settings"}},
      {"settings that cannot be read",
       [](SoundMachine& m) { m.put("/etc/docker/daemon.json", "{\"a\": 1,}"); },
       "engine.settings",
       Outcome::fail,
       {"G7"},
       {"engine.logs"}},
      {"an engine that is not enabled",
       [](SoundMachine& m) { m.host.model.units["docker.service"].state.enabled = "disabled"; },
       "engine.enabled",
       Outcome::fail,
       {"G10"}},
      {"an engine without a unit",
       [](SoundMachine& m) { m.host.model.units.erase("docker.service"); },
       "engine.enabled",
       Outcome::warn,
       {"G10"}},
      {"two engines' packages",
       [](SoundMachine& m) { m.install("docker.io", "20.10"); },
       "engine.packages",
       Outcome::fail,
       {"G4"}},
      {"no live restore",
       [](SoundMachine& m) { m.host.model.engine->live_restore = false; },
       "engine.live_restore",
       Outcome::warn,
       {}},
      {"logs without a limit",
       [](SoundMachine& m) { m.put("/etc/docker/daemon.json", "{}"); },
       "engine.logs",
       Outcome::warn,
       {"G8"}},
      {"logs of JSON without a limit",
       [](SoundMachine& m) { m.put("/etc/docker/daemon.json", "{\"log-driver\": \"json-file\"}"); },
       "engine.logs",
       Outcome::warn,
       {"G8"}},
      {"an old storage driver",
       [](SoundMachine& m) { m.host.model.engine->storage_driver = "vfs"; },
       "engine.storage",
       Outcome::warn,
       {}},
      {"a registry without TLS",
       [](SoundMachine& m) { m.host.model.engine->insecure_registries = {"registry.gitlab.com"}; },
       "engine.registries",
       Outcome::fail,
       {}},
      {"another registry without TLS",
       [](SoundMachine& m) { m.host.model.engine->insecure_registries = {"lab.example"}; },
       "engine.registries",
       Outcome::warn,
       {}},
      {"a mirror of our registry",
       [](SoundMachine& m) { m.host.model.engine->mirrors = {"https://registry.gitlab.com.evil.example/"}; },
       "engine.registries",
       Outcome::fail,
       {}},
      {"an engine without the wanted proxy",
       [](SoundMachine& m) { m.host.model.engine->https_proxy.clear(); },
       "engine.proxy",
       Outcome::fail,
       {"G6"}},
  };
}

std::vector<Breakage> container_breakages() {
  return {
      {"no co-signer yet",
       [](SoundMachine& m) {
         m.host.model.containers.clear();
         m.drop("/databases/cosigner/db");
       },
       "cosigner.container",
       Outcome::skip,
       {},
       {"cosigner.devices", "cosigner.groups", "cosigner.restarts", "cosigner.folders"}},
      {"a container that was removed",
       [](SoundMachine& m) { m.host.model.containers.clear(); },
       "cosigner.container",
       Outcome::fail,
       {},
       {"cosigner.devices", "cosigner.groups", "cosigner.restarts"}},
      {"a container that ended",
       [](SoundMachine& m) {
         signer(m).running = false;
         signer(m).state = "exited";
       },
       "cosigner.container",
       Outcome::fail,
       {}},
      {"a restart loop",
       [](SoundMachine& m) {
         signer(m).state = "restarting";
         signer(m).running = false;
       },
       "cosigner.restarts",
       Outcome::fail,
       {},
       {"cosigner.container"}},
      {"many restarts", [](SoundMachine& m) { signer(m).restart_count = 7; }, "cosigner.restarts", Outcome::warn, {}},
      {"no restart policy",
       [](SoundMachine& m) { signer(m).spec.restart_policy = "no"; },
       "cosigner.restart_policy",
       Outcome::fail,
       {"G10"}},
      {"another image",
       [](SoundMachine& m) {
         m.host.model.images["sha256:1111"].repo_digests = {"registry.gitlab.com/x@sha256:" + std::string(64, 'b')};
       },
       "cosigner.image",
       Outcome::fail,
       {"G9"}},
      {"an image that was removed", [](SoundMachine& m) { m.host.model.images.clear(); }, "cosigner.image", Outcome::fail, {}},
      {"no pinned image",
       [](SoundMachine& m) { m.settings.answers.image_digest.clear(); },
       "cosigner.image",
       Outcome::unknown,
       {}},
      {"a container without devices",
       [](SoundMachine& m) { signer(m).spec.devices.clear(); },
       "cosigner.devices",
       Outcome::fail,
       {"D16", "E27", "G2"}},
      {"a device of the wrong name",
       [](SoundMachine& m) {
         for (auto& device : signer(m).spec.devices) device.target = device.source;
       },
       "cosigner.devices",
       Outcome::fail,
       {"B7"}},
      {"a device that is gone",
       [](SoundMachine& m) {
         m.host.model.devices.erase("/dev/sgx_provision");
         m.drop("/dev/sgx_provision");
       },
       "cosigner.devices",
       Outcome::fail,
       {"G1"},
       {"dev.provision", "dev.provision_user"}},
      {"a container outside the devices' groups",
       [](SoundMachine& m) { signer(m).spec.group_ids = {"106"}; },
       "cosigner.groups",
       Outcome::fail,
       {"D17"}},
      {"noexec in the container",
       [](SoundMachine& m) {
         m.host.model.container_program = [](kit::MachineModel&, const host::Container&, const std::vector<std::string>&) {
           return host::ExecOutput{0, Untrusted("23 22 0:21 / /dev rw,noexec - tmpfs tmpfs rw\n"), Untrusted()};
         };
       },
       "cosigner.dev_exec",
       Outcome::fail,
       {"B13"}},
      {"a container that does not say",
       [](SoundMachine& m) {
         m.host.model.container_program = [](kit::MachineModel&, const host::Container&, const std::vector<std::string>&) {
           return host::ExecOutput{127, Untrusted(), Untrusted()};
         };
       },
       "cosigner.dev_exec",
       Outcome::unknown,
       {}},
      {"a set-up container left behind",
       [](SoundMachine& m) {
         auto c = other_container();
         c.spec.name = "cosigner-init";
         c.running = false;
         m.host.model.containers["cosigner-init"] = c;
       },
       "cosigner.init",
       Outcome::warn,
       {}},
      {"a folder that is missing",
       [](SoundMachine& m) { m.drop("/databases/cosigner/enclave"); },
       "cosigner.folders",
       Outcome::fail,
       {}},
      {"a folder of root",
       [](SoundMachine& m) {
         m.put_folder("/databases/cosigner/db", {{0700}, {0, 0}});
       },
       "cosigner.folders",
       Outcome::fail,
       {}},
      {"a folder for everybody",
       [](SoundMachine& m) {
         m.put_folder("/databases/cosigner/db", {{0777}, {2000, 2000}});
       },
       "cosigner.folders",
       Outcome::fail,
       {}},
      {"a full disk in the log",
       [](SoundMachine& m) { m.host.model.container_logs["cosigner"] = "x ERROR IO Exception: status code = 28\n"; },
       "cosigner.log",
       Outcome::warn,
       {}},
      {"a fatal line in the log",
       [](SoundMachine& m) { m.host.model.container_logs["cosigner"] = "x FATAL something new\n"; },
       "cosigner.log",
       Outcome::fail,
       {}},
  };
}

std::vector<Breakage> security_breakages() {
  return {
      {"somebody in the group docker",
       [](SoundMachine& m) { m.host.model.groups["docker"].members = {"eve"}; },
       "security.engine_group",
       Outcome::warn,
       {}},
      {"an engine on the network",
       [](SoundMachine& m) { m.put("/proc/net/tcp", " 0: 0100007F:0947 00000000:0000 0A\n"); },
       "security.engine_port",
       Outcome::fail,
       {}},
      {"a socket for everybody",
       [](SoundMachine& m) { m.host.model.entries["/run/docker.sock"].attributes.mode.bits = 0666; },
       "security.engine_socket",
       Outcome::fail,
       {}},
      {"a container with the engine's socket",
       [](SoundMachine& m) {
         add_other(m, {"/var/run/docker.sock", "/s", false});
       },
       "security.containers",
       Outcome::fail,
       {}},
      {"a container with the signer's data",
       [](SoundMachine& m) {
         add_other(m, {"/databases", "/d", true});
       },
       "security.containers",
       Outcome::fail,
       {}},
      {"a container with the provisioning device",
       [](SoundMachine& m) {
         auto c = other_container();
         c.spec.devices = {{"/dev/sgx_provision", "/p"}};
         m.host.model.containers["app"] = c;
       },
       "security.containers",
       Outcome::warn,
       {}},
      {"a person of id 2000",
       [](SoundMachine& m) {
         m.host.model.users["bob"] = {"bob", 2000, 2000, "/home/bob"};
       },
       "security.uid",
       Outcome::fail,
       {}},
      {"id 2000 in a sub-uid range",
       [](SoundMachine& m) { m.put("/etc/subuid", "bob:1000:65536\n"); },
       "security.uid",
       Outcome::fail,
       {}},
      {"an open port",
       [](SoundMachine& m) { m.put("/proc/net/tcp6", " 0: 00000000000000000000000000000000:1F90 0:0 0A\n"); },
       "security.ports",
       Outcome::warn,
       {}},
      {"ports that cannot be seen",
       [](SoundMachine& m) { m.drop("/proc/net/tcp"); },
       "security.ports",
       Outcome::unknown,
       {},
       {"security.engine_port"}},
      {"root by password",
       [](SoundMachine& m) { m.put("/etc/ssh/sshd_config", "# x\nPermitRootLogin yes\n"); },
       "security.root_login",
       Outcome::warn,
       {}},
      {"a handler on this machine",
       [](SoundMachine& m) {
         m.settings.answers.callback->url = "https://signer-7:8443/";
         m.host.model.addresses["signer-7"] = {"192.0.2.9"};
       },
       "security.callback",
       Outcome::warn,
       {}},
      {"a token in user-data",
       [](SoundMachine& m) { m.put("/var/lib/cloud/instance/user-data.txt", "#!/bin/sh\necho " + token + "\n"); },
       "security.user_data",
       Outcome::fail,
       {}},
      {"an old program",
       [](SoundMachine& m) {
         m.host.model.now += std::chrono::hours(24 * 200);
         m.host.model.server_time = m.host.model.now;
       },
       "security.program",
       Outcome::warn,
       {},
       {"sgx.lists", "sgx.key_expiry", "os.support", "os.waiting_updates"}},
      {"a newer library in the system than in the program",
       [](SoundMachine& m) { m.install("libssl3", "3.0.20-0ubuntu1"); },
       "security.libraries",
       Outcome::warn,
       {}},
      {"a program that does not tell what it holds",
       [](SoundMachine& m) { m.linked.clear(); },
       "security.libraries",
       Outcome::unknown,
       {}},
  };
}

const char* const security_list = "/var/lib/apt/lists/security.example_ubuntu_dists_jammy-security_main_binary-amd64_Packages";

std::vector<Breakage> upkeep_breakages() {
  return {
      {"a system whose support ended",
       [](SoundMachine& m) { m.put("/etc/os-release", "ID=ubuntu\nVERSION_ID=\"20.04\"\n"); },
       "os.support",
       Outcome::warn,
       {},
       {"sgx.suite", "sgx.lists"}},
      {"a security update that waits",
       [](SoundMachine& m) { m.put(security_list, "Package: openssl\nVersion: 3.0.2-0ubuntu1.19\n"); },
       "os.waiting_updates",
       Outcome::warn,
       {}},
      {"old lists of security updates",
       [](SoundMachine& m) { m.host.model.entries[security_list].modified -= std::chrono::hours(24 * 9); },
       "os.waiting_updates",
       Outcome::warn,
       {}},
      {"packed lists",
       [](SoundMachine& m) {
         m.drop(security_list);
         m.put(std::string(security_list) + ".lz4", "x");
       },
       "os.waiting_updates",
       Outcome::unknown,
       {}},
      {"empty lists", [](SoundMachine& m) { m.put(security_list, ""); }, "os.waiting_updates", Outcome::unknown, {}},
      {"no lists of a security archive",
       [](SoundMachine& m) { m.drop(security_list); },
       "os.waiting_updates",
       Outcome::unknown,
       {}},
  };
}

}  // namespace

std::vector<Breakage> cosigner_breakages() {
  std::vector<Breakage> all = engine_breakages();
  for (const auto& more : {container_breakages(), security_breakages(), upkeep_breakages()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace cosigner::checks

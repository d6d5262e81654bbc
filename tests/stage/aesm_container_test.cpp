#include <algorithm>
#include <catch2/catch.hpp>

#include "aesm_scene.hpp"
#include "installer/stages/apt_repo.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "kit/docker_unit.hpp"

using namespace cosigner;
using namespace cosigner::scene;

namespace {

bool has(const std::vector<std::string>& ids, const std::string& id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

std::string error_code(AesmScene& scene) { return scene.error_of(scene.converge()); }

/// The daemon in its container, converged.
struct Contained : AesmScene {
  Contained() : AesmScene("container") { require_good(); }
};

}  // namespace

TEST_CASE("sgx.aesm container: the daemon runs in a container of ours, by the pinned image, and no SGX package is installed") {
  AesmScene scene("container");
  scene.put("/dev/sgx_enclave", "", {{0666}, {0, 106}});
  scene.put("/dev/sgx_provision", "", {{0660}, {0, 107}});
  scene.require_good();
  const auto& model = scene.host.model;
  for (const auto& name : scene.settings.profile.packages.sgx) CHECK(model.packages.count(name) == 0);
  CHECK(model.units.count(aesm_unit) == 0);
  const auto& container = scene.container();
  CHECK(container.running);
  CHECK(container.spec.image_id == aesm_image_id);
  CHECK(container.spec.mounts == std::vector<host::Mounted>{{"/var/run/aesmd", "/var/run/aesmd", false}, {qcnl_file, qcnl_file, true}});
  CHECK(container.spec.devices == std::vector<host::DeviceMapping>{{"/dev/sgx_enclave", "/dev/sgx_enclave"}, {"/dev/sgx_provision", "/dev/sgx_provision"}});
  CHECK(container.spec.group_ids == std::vector<std::string>{"106", "107"});
  CHECK(container.spec.restart_policy == "always");
  CHECK(container.spec.no_new_privileges);
  CHECK(container.spec.log_options.at("max-size") == "10m");
  CHECK(container.spec.network.empty());
  CHECK(scene.file(aesm_rule).find("d /run/aesmd 0755 root root -\n") != std::string::npos);
  CHECK(model.entries.count("/run/aesmd") == 1);
  scene.host.log.clear();
  CHECK(scene.converge().effects == 0);
  CHECK(scene.host.log.calls().empty());
}

TEST_CASE("a host without an engine gets one for the daemon's container, also by a profile without the stage image") {
  AesmScene scene("container");
  auto& model = scene.host.model;
  model.units.erase("docker.service");
  model.engine.reset();
  kit::offer_docker(model, "/etc/apt/sources.list.d/docker.sources");
  scene.settings.answers.docker_install = "distro";
  scene.require_good();
  CHECK(scene.container().running);
  CHECK(model.packages.count("docker.io") == 1);
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("sgx.aesmDigest decides which image it is, and another one for a pinned tag is told with both values until it is accepted") {
  Contained scene;
  CHECK_FALSE(scene.had("registry resolve"));
  scene.settings.answers.aesm_digest = other_aesm_digest;
  scene.host.model.registry[aesm_reference] = {other_aesm_digest, {"sha256:" + std::string(64, 'b'), {}, {}, {}}};
  const auto report = scene.converge();
  CHECK(scene.error_of(report) == "image.tag_moved");
  CHECK(report.stages.front().error->message.find(aesm_digest) != std::string::npos);
  CHECK(report.stages.front().error->message.find(other_aesm_digest) != std::string::npos);
  CHECK(scene.container().spec.image_id == aesm_image_id);
  scene.settings.accepted_digests = {other_aesm_digest};
  scene.require_good();
  CHECK(scene.container().spec.image_id == "sha256:" + std::string(64, 'b'));
  scene.settings.accepted_digests.clear();
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("a digest of the daemon's image that nobody accepted is shown with the exact flag, asked for once, and the tag never again") {
  AesmScene scene("container");
  scene.settings.answers.aesm_digest.clear();
  const auto report = scene.converge();
  CHECK(scene.error_of(report) == "image.digest_unaccepted");
  CHECK(report.stages.front().error->remedy.find("--accept-digest " + aesm_digest) != std::string::npos);
  CHECK(stages::offered_digest(*report.stages.front().error) == aesm_digest);
  CHECK_FALSE(scene.had("registry pull"));
  scene.settings.accepted_digests = {aesm_digest};
  scene.require_good();
  scene.settings.accepted_digests.clear();
  scene.host.model.images.clear();
  scene.host.model.registry["ghcr.io/oasisprotocol/aesmd-dcap:moved"] = scene.host.model.registry[aesm_reference];
  scene.host.model.registry[aesm_reference].digest = other_aesm_digest;
  scene.host.model.traffic.clear();
  scene.require_good();
  CHECK_FALSE(scene.had("registry resolve"));
  CHECK(scene.container().spec.image_id == aesm_image_id);
}

TEST_CASE("the daemon's image of the profile's digest needs no acceptance, and legacyEpid takes the other image") {
  AesmScene scene("container");
  scene.settings.answers.aesm_digest.clear();
  scene.settings.answers.legacy_epid = true;
  scene.settings.profile.aesm_container.digests = {{"ghcr.io/oasisprotocol/aesmd-epid", other_aesm_digest}};
  scene.host.model.registry["ghcr.io/oasisprotocol/aesmd-epid:master"] = {other_aesm_digest, {"sha256:" + std::string(64, 'e'), {}, {}, {}}};
  scene.require_good();
  CHECK(scene.container().spec.image_id == "sha256:" + std::string(64, 'e'));
}

TEST_CASE("the daemon's container is made anew when it is not the wanted one, and started when it does not run") {
  const std::vector<std::pair<const char*, std::function<void(AesmScene&)>>> drifts = {
      {"another image", [](AesmScene& s) { s.container().spec.image_id = "sha256:" + std::string(64, 'c'); }},
      {"a mount is missing", [](AesmScene& s) { s.container().spec.mounts.pop_back(); }},
      {"devices of another driver", [](AesmScene& s) { s.container().spec.devices.front() = {"/dev/sgx/enclave", "/dev/sgx/enclave"}; }},
      {"no restart policy", [](AesmScene& s) { s.container().spec.restart_policy = "no"; }},
      {"more rights", [](AesmScene& s) { s.container().spec.no_new_privileges = false; }},
      {"stopped", [](AesmScene& s) { s.container().running = false, s.container().state = "exited"; }},
      {"dead", [](AesmScene& s) { s.container().running = false, s.container().state = "dead"; }},
      {"gone", [](AesmScene& s) { s.host.model.containers.clear(); }},
      {"silent", [](AesmScene& s) { s.host.model.sockets.clear(); }},
      {"the folder's rule is gone", [](AesmScene& s) { s.host.model.entries.erase(aesm_rule); }},
      {"what keeps the unit down is gone", [](AesmScene& s) { s.host.model.entries.erase(aesm_guard); }},
  };
  Contained scene;
  const auto wanted = scene.container().spec;
  for (const auto& [what, drift] : drifts) {
    INFO(what);
    drift(scene);
    scene.require_good();
    CHECK(scene.container().running);
    CHECK(scene.container().spec == wanted);
    CHECK(scene.host.model.sockets.count(aesm_socket) == 1);
    CHECK(scene.file(aesm_rule).find("/run/aesmd") != std::string::npos);
    CHECK(scene.file(aesm_guard).find(std::string("\nConditionPathExists=!") + aesm_rule + "\n") != std::string::npos);
    CHECK(scene.converge().effects == 0);
  }
}

TEST_CASE("on a host with the out-of-tree driver the daemon's container gets that driver's nodes") {
  AesmScene scene("container");
  scene.host.model.devices = {{"/dev/sgx/enclave", host::OpenResult::opened}, {"/dev/sgx/provision", host::OpenResult::opened}};
  scene.require_good();
  CHECK(scene.container().spec.devices == std::vector<host::DeviceMapping>{{"/dev/sgx/enclave", "/dev/sgx/enclave"}, {"/dev/sgx/provision", "/dev/sgx/provision"}});
}

TEST_CASE("settings that the daemon's container has not read bring a new container, whoever changed them") {
  Contained scene;
  const std::string before = scene.container().id;
  scene.settings.answers.quote_provider = "azure";
  CHECK(has(scene.steps(), "aesm-remove"));
  scene.require_good();
  CHECK(scene.container().id != before);
  CHECK(scene.file(qcnl_file).find("azure") != std::string::npos);

  const std::string second = scene.container().id;
  scene.put(aesm_conf, "qpl log level = info\n");
  scene.require_good();
  CHECK(scene.container().id != second);
  CHECK(scene.container().spec.mounts.back() == host::Mounted{aesm_conf, aesm_conf, true});
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("a certificate service on this very machine is reached by the daemon's container through the machine's own network") {
  AesmScene scene("container");
  scene.host.model.networks.insert("host");
  scene.settings.answers.quote_provider = "pccs";
  scene.settings.answers.pccs_url = "https://localhost:8081/sgx/certification/v4/";
  scene.require_good();
  CHECK(scene.container().spec.network == "host");
}

TEST_CASE("from package to container and back there are never two daemons, and the other one does not come back by itself") {
  AesmScene scene("package");
  scene.require_good();
  REQUIRE(scene.unit().is_active());
  scene.settings.answers.aesm = "container";
  scene.settings.answers.aesm_digest = aesm_digest;
  scene.require_good();
  CHECK_FALSE(scene.unit().is_active());
  CHECK(scene.unit().enabled == "disabled");
  CHECK(scene.container().running);
  CHECK(scene.converge().effects == 0);

  scene.unit().enabled = "enabled";  // as a reinstall of the package does
  CHECK(scene.steps() == std::vector<std::string>{"daemon-disable"});
  scene.unit().active = "activating";
  CHECK(scene.steps() == std::vector<std::string>{"daemon-stop", "daemon-disable"});
  scene.require_good();

  scene.settings.answers.aesm = "package";
  scene.settings.answers.aesm_digest.clear();
  CHECK(scene.steps().front() == "aesm-remove-aesmd");
  scene.require_good();
  CHECK(scene.host.model.containers.empty());
  CHECK(scene.unit().is_active());
  CHECK(scene.unit().is_enabled());
  CHECK(scene.file(aesm_rule).empty());
  CHECK(scene.file(aesm_guard).empty());
  CHECK(scene.converge().effects == 0);
  CHECK_FALSE(scene.had_two());
}

TEST_CASE("a package of the daemon that comes or is upgraded beside the container starts no second one") {
  const auto upgrade = [](AesmScene& scene) { scene.host.model.available.at("sgx-aesm-service").installed(scene.host.model); };
  SECTION("by hand, where no package was") {
    Contained scene;
    upgrade(scene);
    CHECK_FALSE(scene.unit().is_active());
    CHECK_FALSE(scene.had_two());
    CHECK(scene.steps().front() == "daemon-disable");  // and the package brought settings
    scene.require_good();
    CHECK(scene.converge().effects == 0);
  }
  SECTION("by hand, where packages were left from before") {
    AesmScene scene("package");
    scene.require_good();
    scene.settings.answers.aesm = "container";
    scene.settings.answers.aesm_digest = aesm_digest;
    scene.require_good();
    CHECK_FALSE(scene.unit().needs_reload);
    upgrade(scene);
    CHECK_FALSE(scene.unit().is_active());
    CHECK_FALSE(scene.had_two());
  }
  SECTION("and by this program not at all, though packages lag") {
    AesmScene scene("package");
    scene.require_good();
    scene.settings.answers.aesm = "container";
    scene.settings.answers.aesm_digest = aesm_digest;
    scene.require_good();
    scene.host.model.packages["libsgx-enclave-common"] = {"libsgx-enclave-common", "2.25", "installed"};
    scene.host.model.available["libsgx-enclave-common"] = {"2.26", source_file, {}, {}};
    const auto apt = stages::make_apt_repo_stage();
    CHECK(scene.run({apt.get()}).effects == 0);
    CHECK(scene.host.model.packages.at("libsgx-enclave-common").version == "2.25");
  }
}

TEST_CASE("somebody else's daemon container is no business of ours to remove: it blocks with the one command, a client is only told of") {
  const auto add = [](AesmScene& scene, const std::string& name, std::vector<std::string> command, std::map<std::string, std::string> labels = {}) {
    host::Container foreign;
    foreign.id = name;
    foreign.running = true;
    foreign.state = "running";
    foreign.spec.name = name;
    foreign.spec.command = std::move(command);
    foreign.spec.labels = std::move(labels);
    foreign.spec.mounts = {{"/run/aesmd", "/var/run/aesmd", false}};
    scene.host.model.containers[name] = foreign;
  };
  for (const char* mode : {"container", "package"}) {
    AesmScene scene(mode);
    add(scene, "enclave-app", {"/app"});
    add(scene, "cosigner", {"/aesm-client"});
    add(scene, "other", {"aesm"}, {{stages::role_label, "one-shot"}});
    scene.require_good();
    const auto told = scene.findings();
    CHECK(std::any_of(told.begin(), told.end(), [](const report::Finding& each) { return each.outcome == report::Outcome::warn && each.evidence.find("enclave-app") != std::string::npos; }));
    add(scene, "old", {"/opt/intel/sgx-aesm-service/aesm/aesm_service", "--no-daemon"});
    scene.host.log.clear();
    const auto report = scene.converge();
    CHECK(scene.error_of(report) == "sgx.aesm_twice");
    CHECK(report.stages.front().error->remedy.find("docker rm --force old") != std::string::npos);
    CHECK(scene.host.log.calls().empty());
    scene.host.model.containers.erase("old");
    scene.require_good();
  }
  AesmScene scene("container");
  add(scene, "aesmd", {});  // as the guides start it by hand
  CHECK(error_code(scene) == "sgx.aesm_twice");
}

TEST_CASE("a container that is no daemon is in the way by its name only where ours is to get it, and that is said") {
  const auto add = [](AesmScene& scene) {
    host::Container foreign;
    foreign.id = "foreign";
    foreign.state = "exited";
    foreign.spec.name = "aesmd";
    foreign.spec.restart_policy = "no";
    scene.host.model.containers["aesmd"] = foreign;
  };
  AesmScene package("package");
  add(package);
  package.require_good();
  CHECK(package.host.model.containers.size() == 1);
  AesmScene scene("container");
  add(scene);
  const auto report = scene.converge();
  CHECK(scene.error_of(report) == "sgx.aesm_twice");
  CHECK(report.stages.front().error->message.find("has the name") != std::string::npos);
  CHECK(report.stages.front().error->remedy.find("docker rename aesmd ") != std::string::npos);
}

TEST_CASE("a daemon that maps what the socket's folder lies in serves the socket as well") {
  for (const char* mounted : {"/run", "/var/run", "/var/run/", "/", "/run/aesmd/"}) {
    INFO(mounted);
    AesmScene scene("package");
    host::Container foreign;
    foreign.id = "foreign";
    foreign.running = true;
    foreign.state = "running";
    foreign.spec.name = "old";
    foreign.spec.command = {"aesm_service"};
    foreign.spec.mounts = {{mounted, "/somewhere", false}};
    scene.host.model.containers["old"] = foreign;
    CHECK(error_code(scene) == "sgx.aesm_twice");
    scene.host.model.containers["old"].spec.mounts.front().read_only = true;
    scene.require_good();
  }
}

TEST_CASE("while the engine is down the package's daemon waits: our container would come back beside it") {
  Contained scene;
  scene.settings.answers.aesm = "package";
  scene.settings.answers.aesm_digest.clear();
  auto& model = scene.host.model;
  const auto engine = model.engine;
  model.engine.reset();
  model.units.at("docker.service").state.active = "inactive";
  scene.container().running = false;
  scene.host.log.clear();
  const auto report = scene.converge();
  CHECK(scene.error_of(report) == "engine.unreachable");
  CHECK(report::exit_code_of(report) == report::ExitCode::engine_failed);
  CHECK(report.stages.front().error->remedy.find("systemctl start docker") != std::string::npos);
  CHECK(scene.host.log.calls().empty());
  CHECK(model.packages.count("sgx-aesm-service") == 0);
  SECTION("until it is up again") {
    model.engine = engine;
    model.units.at("docker.service").state.active = "active";
    scene.require_good();
    CHECK(model.containers.empty());
    CHECK_FALSE(scene.had_two());
    model.engine.reset();  // and then nothing of ours is left that could come back
    CHECK(scene.converge().effects == 0);
  }
  SECTION("but not for one that was removed from the machine") {
    model.units.erase("docker.service");
    scene.require_good();
    CHECK(scene.unit().is_active());
  }
}

TEST_CASE("a daemon in a container that stays silent ends with the command that shows its log") {
  AesmScene scene("container");
  scene.host.model.container_program = nullptr;
  const auto report = scene.converge();
  CHECK(scene.error_of(report) == "sgx.aesm_silent");
  CHECK(report.stages.front().error->remedy.find("docker logs aesmd") != std::string::npos);
}

TEST_CASE("a crash at any writing call of the way into a container, out of it or to other settings is gone on from, to the same state") {
  int cases = 0;
  cases += crash_everywhere([] { return std::make_unique<AesmScene>("container"); });
  cases += crash_everywhere([] {
    auto scene = std::make_unique<AesmScene>("package");
    scene->require_good();
    scene->settings.answers.aesm = "container";
    scene->settings.answers.aesm_digest = aesm_digest;
    return scene;
  });
  cases += crash_everywhere([] {
    auto scene = std::make_unique<AesmScene>("container");
    scene->require_good();
    scene->settings.answers.aesm = "package";
    scene->settings.answers.aesm_digest.clear();
    return scene;
  });
  cases += crash_everywhere([] {
    auto scene = std::make_unique<AesmScene>("container");
    scene->require_good();
    scene->settings.answers.quote_provider = "azure";
    scene->settings.answers.proxy_url = "http://proxy.example:3128";
    return scene;
  });
  WARN("the daemon's container: " << cases << " crash cases");
  CHECK(cases > 60);
}

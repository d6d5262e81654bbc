#include "installer/stages/image.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/crypto.hpp"
#include "engine/executor.hpp"
#include "kit/docker_unit.hpp"
#include "installer/stages/docker_engine.hpp"
#include "kit/fake_host.hpp"
#include "report/exit_codes.hpp"

using namespace cosigner;
using namespace cosigner::stages;

namespace {

const std::string digest = "sha256:" + std::string(64, '1');
const std::string other_digest = "sha256:" + std::string(64, '2');
const std::string image_id = "sha256:" + std::string(64, 'a');
const std::string name = "registry.example/team/cosigner";
const std::string tag = name + ":2026.10.03";

/// A machine with a running engine, a registry with the image, and what a test changes of it.
struct Bench {
  kit::FakeHost host{start()};
  profile::Settings settings = wanted();
  state::Ledger ledger;
  std::unique_ptr<engine::Stage> stage = make_image_stage();

  static kit::MachineModel start() {
    kit::MachineModel model;
    kit::install_docker(model);
    kit::offer_docker(model, "/etc/apt/sources.list.d/docker.sources");
    model.registry[tag] = {digest, {image_id, {}, {}, {}}};
    model.registry_logins["reader"] = "s3cret";
    model.entries["/etc"] = {host::FileKind::directory, {{0755}, {}}, "", {}};
    model.entries["/root"] = {host::FileKind::directory, {{0700}, {}}, "", {}};
    model.entries["/root/login"] = {host::FileKind::regular, {{0600}, {}}, "s3cret\n", {}};
    return model;
  }

  static profile::Settings wanted() {
    profile::Settings settings;
    settings.profile.image.registry = "registry.example";
    settings.profile.image.repository = "team/cosigner";
    settings.profile.image.azure_repository = "team/azure-cosigner";
    settings.profile.image.default_revision = "2026.10.03";
    settings.profile.image.revisions = {"3.10.1", "2026.09.16", "2026.10.03"};
    settings.profile.packages.engine = {"docker-ce", "docker-ce-cli", "containerd.io"};
    settings.profile.packages.engine_distro = {"docker.io"};
    settings.answers.image_digest = digest;
    settings.answers.registry_username = "reader";
    settings.answers.registry_password = {profile::SecretRef::Kind::file, "/root/login", {}};
    return settings;
  }

  engine::StageContext context() const { return {settings, ledger, ""}; }

  engine::StagePlan look() {
    auto plan = stage->look(host, context());
    REQUIRE(plan);
    return *plan;
  }

  /// Rounds of plan and execute as the runner makes them; the error that ended them, or nothing when converged.
  std::optional<Error> converge() {
    for (int round = 0; round < 6; ++round) {
      const engine::StagePlan plan = look();
      if (plan.blocked) return plan.blocked;
      if (plan.steps.empty()) return std::nullopt;
      for (const engine::Step& step : plan.steps) {
        auto done = engine::execute(step, *stage, host, context(), [](const host::Progress&) {});
        if (!done) return done.error();
        for (const auto& [key, value] : done->remember) ledger.values[key] = value;
      }
    }
    return make_error("verify.not_converged", "six rounds were not enough", "");
  }

  void require_converged() {
    const auto error = converge();
    INFO((error ? error->code + ": " + error->message : ""));
    REQUIRE_FALSE(error.has_value());
  }

  std::string blocked_code() {
    const auto error = converge();
    return error ? error->code : "";
  }

  bool had(const std::string& what) const {
    return std::any_of(host.model.traffic.begin(), host.model.traffic.end(), [&](const std::string& each) { return each.rfind(what, 0) == 0; });
  }
};

bool has_step(const engine::StagePlan& plan, const std::string& id) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const engine::Step& step) { return step.id == id; });
}

}  // namespace

TEST_CASE("image: an engine that answers is adopted, its settings merged, the image pulled by digest and pinned") {
  Bench bench;
  bench.require_converged();
  CHECK(bench.ledger.value("image.digest") == digest);
  CHECK(bench.ledger.value("image.reference") == name + "@" + digest);
  CHECK(bench.ledger.value("image.id") == image_id);
  CHECK(bench.ledger.value("image.revision") == "2026.10.03");
  CHECK(bench.host.model.engine->live_restore);
  CHECK(bench.host.model.packages.empty());
  CHECK_FALSE(bench.had("registry resolve"));
}

TEST_CASE("image: on a converged machine nothing is pulled, asked of a registry or opened, although the login is gone") {
  Bench bench;
  bench.require_converged();
  bench.host.model.entries.erase("/root/login");
  bench.host.model.traffic.clear();
  bench.host.log.clear();
  CHECK(bench.look().converged());
  CHECK(bench.host.log.calls().empty());
  CHECK_FALSE(bench.had("registry "));
}

TEST_CASE("image: a deleted image is pulled again by the remembered digest, without asking for the tag") {
  Bench bench;
  bench.settings.answers.image_digest.clear();
  bench.settings.accepted_digests = {digest};
  bench.require_converged();
  bench.host.model.images.clear();
  bench.host.model.traffic.clear();
  bench.settings.accepted_digests.clear();
  bench.host.model.registry["registry.example/team/cosigner:moved"] = bench.host.model.registry[tag];
  bench.host.model.registry[tag].digest = other_digest;
  bench.require_converged();
  CHECK(bench.host.model.images.count(image_id) == 1);
  CHECK_FALSE(bench.had("registry resolve"));
}

TEST_CASE("image: a digest that nobody accepted is shown with the exact flag, and nothing is pulled") {
  Bench bench;
  bench.settings.answers.image_digest.clear();
  const auto error = bench.converge();
  REQUIRE(error);
  CHECK(error->code == "image.digest_unaccepted");
  CHECK(error->message.find(digest) != std::string::npos);
  CHECK(error->remedy.find("--accept-digest " + digest) != std::string::npos);
  CHECK(offered_digest(*error) == digest);
  CHECK_FALSE(bench.had("registry pull"));
  bench.settings.accepted_digests = {*offered_digest(*error)};
  bench.require_converged();
}

TEST_CASE("image: an acceptance outlives a run that was cut off during the pull") {
  Bench bench;
  bench.settings.answers.image_digest.clear();
  bench.settings.accepted_digests = {digest};
  bench.host.model.registry_logins["reader"] = "s3cret";
  const auto plan = bench.look();
  REQUIRE(has_step(plan, "accept"));
  const auto accept = std::find_if(plan.steps.begin(), plan.steps.end(), [](const engine::Step& step) { return step.id == "accept"; });
  const auto done = engine::execute(*accept, *bench.stage, bench.host, bench.context(), {});
  REQUIRE(done);
  for (const auto& [key, value] : done->remember) bench.ledger.values[key] = value;
  bench.settings.accepted_digests.clear();
  bench.require_converged();
}

TEST_CASE("image: another digest for a pinned revision is a moved tag, told with both values, until it is accepted by name") {
  Bench bench;
  bench.require_converged();
  bench.host.model.registry[tag] = {other_digest, {"sha256:" + std::string(64, 'b'), {}, {}, {}}};
  bench.settings.answers.image_digest = other_digest;
  const auto error = bench.converge();
  REQUIRE(error);
  CHECK(error->code == "image.tag_moved");
  CHECK(error->message.find(digest) != std::string::npos);
  CHECK(error->message.find(other_digest) != std::string::npos);
  bench.settings.accepted_digests = {other_digest};
  bench.require_converged();
  bench.settings.accepted_digests.clear();
  CHECK(bench.look().converged());
}

TEST_CASE("image: an older revision is refused unless the downgrade is allowed, and then it stays") {
  Bench bench;
  bench.require_converged();
  bench.host.model.registry[name + ":3.10.1"] = {other_digest, {"sha256:" + std::string(64, 'b'), {}, {}, {}}};
  bench.settings.answers.image_revision = "3.10.1";
  bench.settings.answers.image_digest = other_digest;
  CHECK(bench.blocked_code() == "image.downgrade_refused");
  bench.settings.downgrade_reason = "needed";
  bench.require_converged();
  CHECK(bench.ledger.value("image.revision") == "3.10.1");
  bench.settings.downgrade_reason.clear();
  CHECK(bench.look().converged());
}

TEST_CASE("image: without a wish for a revision, an update since is not taken back by the profile's default") {
  Bench bench;
  bench.ledger.values["image.revision"] = "2026.11.20";
  bench.ledger.values["image.digest"] = digest;
  bench.settings.answers.image_digest.clear();
  CHECK(choose_image(bench.settings, bench.ledger, false).revision == "2026.11.20");
  CHECK(choose_image(bench.settings, bench.ledger, false).reference.digest == digest);
}

TEST_CASE("image: without a login the registry's refusal says which answers are missing, a wrong one says that") {
  Bench bench;
  bench.settings.answers.registry_username.clear();
  CHECK(bench.blocked_code() == "engine.login_needed");
  bench.settings.answers.registry_username = "reader";
  bench.host.model.registry_logins["reader"] = "changed";
  CHECK(bench.blocked_code() == "engine.login_refused");
  bench.host.model.entries.erase("/root/login");
  CHECK(bench.blocked_code().rfind("answers.", 0) == 0);
}

TEST_CASE("image: a login whose password was not kept is waited for with 21, by name, and only while the image is not here") {
  Bench bench;
  const auto reference = bench.settings.answers.registry_password;
  bench.settings.answers.registry_password = {};
  bench.require_converged();  // as far as it can be without
  const auto plan = bench.look();
  REQUIRE(plan.waiting);
  CHECK(plan.steps.empty());
  CHECK(plan.waiting->code == "answers.secret_needed");
  CHECK(report::exit_code_of(plan.waiting->code) == report::ExitCode::waiting_for_human);
  CHECK_THAT(plan.waiting->message, Catch::StartsWith("registry.password is needed"));
  CHECK_THAT(plan.waiting->remedy, Catch::Contains("sudo cosigner setup"));
  CHECK_FALSE(bench.had("pull"));
  bench.settings.answers.registry_password = reference;
  bench.require_converged();
  bench.settings.answers.registry_password = {};
  CHECK(bench.look().converged());
}

TEST_CASE("image: a registry that needs no login is asked without one") {
  Bench bench;
  bench.settings.answers.registry_username.clear();
  bench.host.model.registry_logins.clear();
  bench.require_converged();
}

TEST_CASE("image: an archive is loaded only with its SHA-256, and is then here without the file") {
  Bench bench;
  const std::string content = "archive bytes";
  bench.settings.answers.image_source = "archive";
  bench.settings.answers.image_archive = "/root/image.tar";
  bench.settings.answers.image_archive_sha256 = std::string(64, '0');
  CHECK(bench.blocked_code() == "image.archive_missing");
  bench.host.model.entries["/root/image.tar"] = {host::FileKind::regular, {{0600}, {}}, content, {}};
  bench.host.model.archives["/root/image.tar"] = {image_id, {}, {tag}, {}};
  CHECK(bench.blocked_code() == "image.archive_mismatch");
  bench.settings.answers.image_archive_sha256 = sha256_hex(content);
  bench.require_converged();
  CHECK(bench.ledger.value("image.id") == image_id);
  CHECK_FALSE(bench.had("registry "));
  bench.host.model.entries.erase("/root/image.tar");
  CHECK(bench.look().converged());
}

TEST_CASE("image: a mirror's image is pulled from the mirror by the stated digest") {
  Bench bench;
  bench.settings.answers.image_source = "mirror";
  bench.settings.answers.image_mirror = "mirror.example:5000/copy/cosigner";
  bench.host.model.registry["mirror.example:5000/copy/cosigner:2026.10.03"] = bench.host.model.registry[tag];
  bench.require_converged();
  CHECK(bench.ledger.value("image.reference") == "mirror.example:5000/copy/cosigner@" + digest);
}

TEST_CASE("image: another image under the pinned id's name is not taken for it") {
  Bench bench;
  bench.require_converged();
  bench.host.model.images[image_id].repo_digests = {name + "@" + other_digest};
  CHECK(has_step(bench.look(), "pull"));
}

TEST_CASE("image: on Azure the image is Azure's") {
  Bench bench;
  CHECK(choose_image(bench.settings, bench.ledger, true).reference.repository == "team/azure-cosigner");
  bench.host.model.entries["/sys/class/dmi/id/chassis_asset_tag"] = {host::FileKind::regular, {{0444}, {}}, "7783-7084-3265-9085-8269-3286-77\n", {}};
  const auto probe = probe_image(bench.host, bench.context());
  REQUIRE(probe);
  CHECK(probe->wanted.reference.repository == "team/azure-cosigner");
}

TEST_CASE("image: too little space for the image stops before the pull") {
  Bench bench;
  bench.host.model.free_space = 1'000'000'000;
  CHECK(bench.blocked_code() == "image.disk_full");
  CHECK_FALSE(bench.had("registry pull"));
}

TEST_CASE("image: an engine that is stopped and disabled is started and enabled") {
  Bench bench;
  bench.require_converged();
  REQUIRE(bench.host.change_services().run(host::UnitVerb::stop, "docker.service"));
  REQUIRE(bench.host.change_services().run(host::UnitVerb::disable, "docker.service"));
  bench.require_converged();
  CHECK(bench.host.model.engine.has_value());
  CHECK(bench.host.model.units["docker.service"].state.enabled == "enabled");
}

TEST_CASE("image: a masked engine is not unmasked behind its operator's back") {
  Bench bench;
  bench.host.model.engine.reset();
  bench.host.model.units["docker.service"].state = {true, "inactive", "masked", false};
  CHECK(bench.blocked_code() == "engine.unit_masked");
}

TEST_CASE("image: settings that the engine cannot read stop the stage and stay as they are") {
  Bench bench;
  bench.host.model.entries["/etc/docker"] = {host::FileKind::directory, {{0755}, {}}, "", {}};
  bench.host.model.entries["/etc/docker/daemon.json"] = {host::FileKind::regular, {{0644}, {}}, "{ broken", {}};
  CHECK(bench.blocked_code() == "engine.settings_malformed");
  CHECK(bench.host.model.entries["/etc/docker/daemon.json"].content == "{ broken");
}

TEST_CASE("image: foreign engine settings are kept beside ours, and the file as it was is kept too") {
  Bench bench;
  const std::string own = R"({"data-root":"/srv/docker"})";
  bench.host.model.entries["/etc/docker"] = {host::FileKind::directory, {{0755}, {}}, "", {}};
  bench.host.model.entries["/etc/docker/daemon.json"] = {host::FileKind::regular, {{0644}, {}}, own, {}};
  bench.require_converged();
  CHECK(bench.host.model.entries["/etc/docker/daemon.json"].content.find("\"data-root\": \"/srv/docker\"") != std::string::npos);
  const bool is_kept = std::any_of(bench.host.model.entries.begin(), bench.host.model.entries.end(), [&](const auto& entry) {
    return entry.first.rfind("/var/lib/cosigner/backup/", 0) == 0 && entry.second.content == own;
  });
  CHECK(is_kept);
}

TEST_CASE("image: an engine that does not verify our registry's TLS is refused") {
  Bench bench;
  bench.host.model.engine->insecure_registries = {"registry.example"};
  CHECK(bench.blocked_code() == "engine.registry_insecure");
}

TEST_CASE("image: an engine and an image that this stage brings are things to do, and failures only where it cannot bring them") {
  Bench bench;
  const auto outcome_of = [&](const std::string& id) {
    for (const auto& finding : bench.look().findings) {
      if (finding.id == id) return std::pair(finding.outcome, finding.because);
    }
    return std::pair(report::Outcome::unknown, std::string("no such finding"));
  };
  CHECK(outcome_of("image.here") == std::pair(report::Outcome::skip, std::string("it will be fetched")));
  bench.settings.answers.image_digest.clear();
  bench.settings.answers.registry_username = "nobody";
  CHECK(outcome_of("image.here").first == report::Outcome::fail);
  bench.host.model.engine.reset();
  bench.host.model.units["docker.service"].state = {true, "inactive", "enabled", false};
  CHECK(outcome_of("engine.answers") == std::pair(report::Outcome::skip, std::string("it will be started")));
  bench.host.model.units.clear();
  bench.settings.answers.docker_install = "distro";
  CHECK(outcome_of("engine.answers") == std::pair(report::Outcome::skip, std::string("it will be installed")));
  bench.settings.answers.docker_install = "none";
  CHECK(outcome_of("engine.answers").first == report::Outcome::fail);
}

TEST_CASE("image: docker.install none leaves a machine without an engine as it is") {
  Bench bench;
  bench.host.model.engine.reset();
  bench.host.model.units.clear();
  bench.settings.answers.docker_install = "none";
  CHECK(bench.blocked_code() == "engine.missing");
  CHECK(bench.host.log.calls().empty());
}

TEST_CASE("image: docker.install distro takes the operating system's engine, with its settings there before its first start") {
  Bench bench;
  bench.host.model.engine.reset();
  bench.host.model.units.clear();
  bench.settings.answers.docker_install = "distro";
  bench.require_converged();
  CHECK(bench.host.model.packages.count("docker.io") == 1);
  CHECK(bench.host.model.packages.count("docker-ce") == 0);
  CHECK(bench.host.model.engine->live_restore);
  const auto& calls = bench.host.log.calls();
  CHECK(std::find(calls.begin(), calls.end(), "services.reload docker.service") == calls.end());
}

TEST_CASE("image: another engine's packages are not removed without an answer") {
  Bench bench;
  bench.host.model.engine.reset();
  bench.host.model.units.clear();
  bench.host.model.packages["podman-docker"] = {"podman-docker", "1", "installed"};
  CHECK(bench.blocked_code() == "engine.foreign_packages");
  stages::EngineFacts facts;
  facts.foreign = {"podman-docker"};
  bench.settings.answers.docker_replace = true;
  engine::StagePlan plan;
  stages::plan_engine(facts, bench.settings, plan);
  CHECK_FALSE(plan.blocked);
  REQUIRE(has_step(plan, "engine-foreign"));
  for (const auto& step : plan.steps) {
    if (step.id == "engine-foreign") CHECK(std::get<engine::RemovePackages>(step.payload).names == facts.foreign);
  }
}

TEST_CASE("image: the engine pulls through the operator's proxy, whose login lies in a file of root's alone") {
  Bench bench;
  bench.require_converged();
  bench.settings.answers.proxy_url = "http://proxy.example:3128";
  bench.settings.answers.proxy_username = "me";
  bench.settings.answers.proxy_password = {profile::SecretRef::Kind::file, "/root/login", {}};
  bench.settings.answers.no_proxy = {"registry.example"};
  const auto plan = bench.look();
  REQUIRE(has_step(plan, "engine-restart"));
  for (const auto& step : plan.steps) CHECK(engine::effect_of(step).find("s3cret") == std::string::npos);
  bench.require_converged();
  const auto& file = bench.host.model.entries.at("/etc/systemd/system/docker.service.d/cosigner-proxy.conf");
  CHECK(file.attributes.mode.bits == 0600u);
  CHECK(file.content.find("HTTPS_PROXY=http://me:s3cret@proxy.example:3128") != std::string::npos);
  CHECK(file.content.find("NO_PROXY=registry.example,") != std::string::npos);
  bench.host.model.entries.erase("/root/login");
  CHECK(bench.look().converged());
}

TEST_CASE("image: a percent sign in the proxy's login does not become a specifier of systemd") {
  profile::Answers answers;
  answers.proxy_url = "http://proxy.example:3128";
  answers.proxy_username = "a@b";
  CHECK(engine_proxy_text(answers, Secret(std::string("p%/"))).find("=http://a%%40b:p%%25%%2F@proxy.example:3128\"") != std::string::npos);
}

TEST_CASE("where the kernel enforces AppArmor, its parser is installed: without it the engine starts no container") {
  stages::EngineFacts facts;
  facts.info = host::EngineInfo{};
  facts.unit = {true, "active", "enabled", false};
  facts.lacks_apparmor_parser = true;
  engine::StagePlan plan;
  stages::plan_engine(facts, profile::Settings{}, plan);
  const auto wanted = [](const engine::Step& step) {
    const auto* packages = std::get_if<engine::InstallPackages>(&step.payload);
    return packages != nullptr && packages->request.names == std::vector<std::string>{"apparmor"};
  };
  CHECK(std::count_if(plan.steps.begin(), plan.steps.end(), wanted) == 1);
  facts.lacks_apparmor_parser = false;
  engine::StagePlan without;
  stages::plan_engine(facts, profile::Settings{}, without);
  CHECK(std::count_if(without.steps.begin(), without.steps.end(), wanted) == 0);
}

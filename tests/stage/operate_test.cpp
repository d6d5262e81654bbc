// `start`, `stop` and `restart`: the late stages with a wish, on a machine that is set up.
#include <catch2/catch.hpp>

#include "cosigner_scene.hpp"
#include "installer/stages/attestation.hpp"
#include "installer/stages/config.hpp"
#include "installer/stages/image.hpp"
#include "installer/stages/service.hpp"
#include "kit/crash.hpp"

using namespace cosigner;
using profile::RunWish;
using scene::Scene;

namespace {

int exit_of(const report::RunReport& report) { return static_cast<int>(report::exit_code_of(report)); }

std::string code_of(const report::RunReport& report) {
  const auto& error = report.stages.back().error;
  if (error) CHECK_FALSE(error->remedy.empty());
  return error ? error->code : "";
}

struct Running : Scene {
  Running() { REQUIRE(exit_of(run_all()) == 0); }

  report::RunReport operate(RunWish wish, bool replaces = false) {
    const auto found = host.model.containers.find("cosigner");
    settings.run_wish = wish;
    settings.replaced_container = replaces && found != host.model.containers.end() ? found->second.id : "";
    const auto attestation = stages::make_attestation_stage();
    const auto config = stages::make_config_stage();
    const auto service = stages::make_service_stage();
    const auto stages = wish == RunWish::stopped
                            ? std::vector<const engine::Stage*>{service.get()}
                            : std::vector<const engine::Stage*>{attestation.get(), config.get(), service.get()};
    auto report = run(stages, engine::Disruption::container);
    settings.run_wish = RunWish::as_left;
    settings.replaced_container.clear();
    return report;
  }
  report::RunReport start() { return operate(RunWish::running); }
  report::RunReport stop() { return operate(RunWish::stopped); }
  report::RunReport restart() { return operate(RunWish::running, true); }

  bool runs() const {
    const auto found = host.model.containers.find("cosigner");
    return found != host.model.containers.end() && found->second.running;
  }
  std::string container_id() const { return host.model.containers.at("cosigner").id; }

  void remember(const std::string& name, const std::string& value) {
    auto journal = state::Journal::load(host, scene::journal_file);
    REQUIRE(journal);
    state::Record record;
    record.kind = state::Record::Kind::done;
    record.remember = {{name, value}};
    REQUIRE(journal->append(host, record).ok());
  }
  void forget_verdict() { remember("attestation.at", ""); }
  void refuse_evidence() {
    forget_verdict();
    put("/databases/cosigner/log/customer_cosigner.log", "customer_cosigner:1 FATAL failed attestation, status OutOfDate\n",
        {{0600}, {2000, 2000}});
  }
};

std::size_t place_of(const std::vector<std::string>& calls, const std::string& part) {
  for (std::size_t at = 0; at < calls.size(); ++at) {
    if (calls[at].find(part) != std::string::npos) return at;
  }
  return calls.size();
}

bool warns_of_stop(const report::RunReport& report) {
  for (const auto& finding : report.stages.back().findings) {
    if (finding.id == "service.healthy" && finding.outcome == report::Outcome::warn &&
        finding.evidence.find("stopped by `cosigner stop`") != std::string::npos)
      return true;
  }
  return false;
}

}  // namespace

TEST_CASE("stop ends the co-signer in order, takes its container away, and a second stop has nothing to do") {
  Running s;
  s.host.log.clear();
  CHECK(exit_of(s.stop()) == 0);
  CHECK(s.host.model.containers.empty());
  const auto calls = s.host.log.calls();
  CHECK(place_of(calls, "containers.stop") < place_of(calls, "containers.remove"));
  CHECK(place_of(calls, "containers.remove") < calls.size());
  CHECK_FALSE(s.ledger().value(stages::stopped_at_name).empty());
  CHECK(s.stop().effects == 0);
}

TEST_CASE("a stopped co-signer is left stopped by setup, which says so, and by a reboot") {
  Running s;
  REQUIRE(exit_of(s.stop()) == 0);
  const auto setup = s.run_all();
  CHECK(exit_of(setup) == 0);
  CHECK(setup.effects == 0);
  CHECK(warns_of_stop(setup));
  kit::engine_started_again(s.host.model);
  CHECK_FALSE(s.runs());
}

TEST_CASE("start brings a stopped co-signer back and forgets the stop; on a running one it does nothing") {
  Running s;
  CHECK(s.start().effects == 0);
  REQUIRE(exit_of(s.stop()) == 0);
  CHECK(exit_of(s.start()) == 0);
  CHECK(s.runs());
  CHECK(s.ledger().value(stages::stopped_at_name).empty());
  CHECK(s.run_all().effects == 0);
  CHECK(s.runs());
}

TEST_CASE("start runs the co-signer also where the answers only wanted it made") {
  Scene made;
  made.settings.answers.start = false;
  REQUIRE(exit_of(made.run_all()) == 0);
  const auto service = stages::make_service_stage();
  made.settings.run_wish = RunWish::running;
  CHECK(exit_of(made.run({service.get()})) == 0);
  CHECK(made.host.model.containers.at("cosigner").running);
}

TEST_CASE("restart puts a new container in the place of the running one, which is ended in order") {
  Running s;
  const std::string before = s.container_id();
  s.host.log.clear();
  CHECK(exit_of(s.restart()) == 0);
  REQUIRE(s.runs());
  CHECK(s.container_id() != before);
  const auto calls = s.host.log.calls();
  CHECK(place_of(calls, "containers.stop") < place_of(calls, "containers.remove"));
  CHECK(place_of(calls, "containers.pull") == calls.size());
  CHECK(s.run_all().effects == 0);
}

TEST_CASE("restart is the way out for a sick co-signer and starts a stopped one") {
  Running s;
  s.host.model.container_logs["cosigner"] += "customer_cosigner:1 FATAL 26/11/2026 queue is full\n";
  CHECK(exit_of(s.start()) == 14);
  CHECK(exit_of(s.restart()) == 0);
  REQUIRE(exit_of(s.stop()) == 0);
  CHECK(exit_of(s.restart()) == 0);
  CHECK(s.runs());
}

TEST_CASE("a start that does not lead to a healthy co-signer is 14") {
  Running s;
  REQUIRE(exit_of(s.stop()) == 0);
  s.behaviour->serving = "loop";
  CHECK(exit_of(s.start()) == 14);
}

TEST_CASE("with refused, absent, ended or foreign evidence no verb leads to a running container") {
  for (const std::string evidence : {"refused", "ended", "of another image"}) {
    for (const bool replaces : {false, true}) {
      INFO(evidence << (replaces ? ", restart" : ", start"));
      Running s;
      REQUIRE(exit_of(s.stop()) == 0);
      s.refuse_evidence();  // so that a verdict that does not hold cannot be renewed
      const std::string at = to_iso(s.host.model.now);
      if (evidence == "ended") {
        s.remember("attestation.at", at);
        s.remember("attestation.valid_until", to_iso(s.host.model.now - std::chrono::seconds(1)));
      }
      if (evidence == "of another image") {
        s.remember("attestation.at", at);
        s.remember("attestation.image", "sha256:other");
      }
      CHECK(exit_of(s.operate(RunWish::running, replaces)) == 4);
      CHECK(s.host.model.containers.empty());
      kit::engine_started_again(s.host.model);
      CHECK(s.host.model.containers.empty());
    }
  }
}

TEST_CASE("without a verdict the service stage alone starts nothing, whatever the wish") {
  Running s;
  REQUIRE(exit_of(s.stop()) == 0);
  s.forget_verdict();
  const auto service = stages::make_service_stage();
  s.settings.run_wish = RunWish::running;
  CHECK(code_of(s.run({service.get()})) == "attest.verdict_missing");
  CHECK(s.host.model.containers.empty());
}

TEST_CASE("stop needs no verdict, no callback handler and no healthy co-signer") {
  Running s;
  s.refuse_evidence();
  s.want_callback(profile::CallbackAuth::public_key);
  s.host.model.container_logs["cosigner"] += "customer_cosigner:1 FATAL 26/11/2026 queue is full\n";
  CHECK(exit_of(s.stop()) == 0);
  CHECK(s.host.model.containers.empty());
}

TEST_CASE("each start looks at the image again: one that lost its digest or went away is 13, and what runs is left alone") {
  Running s;
  const std::string before = s.container_id();
  const host::Image image = s.host.model.images.at(scene::image_id);
  s.host.model.images.at(scene::image_id).repo_digests = {"registry.example/other@sha256:" + std::string(64, 'c')};
  auto report = s.restart();
  CHECK(exit_of(report) == 13);
  CHECK(code_of(report) == "image.not_pinned");
  CHECK(s.container_id() == before);
  CHECK(s.runs());
  REQUIRE(exit_of(s.stop()) == 0);
  CHECK(code_of(s.start()) == "image.not_pinned");
  s.host.model.images.clear();
  CHECK(exit_of(s.restart()) == 13);
  CHECK(s.host.model.containers.empty());
  s.host.model.images[scene::image_id] = image;
  CHECK(exit_of(s.start()) == 0);
}

TEST_CASE("a container that took the name between looking and starting is not started") {
  Running s;
  const auto verdict = stages::remembered_verdict(s.ledger());
  REQUIRE(verdict);
  auto& container = s.host.model.containers.at("cosigner");
  auto wanted = container.spec;
  container.running = false;
  container.state = "exited";
  container.spec.image_id = "sha256:other";
  CHECK(stages::start_cosigner(s.host, *verdict, wanted).error().code == "engine.container_differs");
  container.spec = wanted;
  container.spec.mounts.push_back({"/", "/host", false});
  CHECK(stages::start_cosigner(s.host, *verdict, wanted).error().code == "engine.container_differs");
  CHECK_FALSE(s.runs());
}

TEST_CASE("an older image revision is started only with leave, and the running one stays") {
  Running s;
  s.remember("image.revision", "2026.10.03");
  const std::string before = s.container_id();
  const auto image = stages::make_image_stage();
  s.settings.run_wish = RunWish::running;
  s.settings.answers.image_revision = "2026.09.16";
  const auto report = s.run({image.get()}, engine::Disruption::container);
  CHECK(code_of(report) == "image.downgrade_refused");
  CHECK(exit_of(report) == 13);
  CHECK(report.stages.back().error->remedy.find("--allow-downgrade") != std::string::npos);
  CHECK(s.container_id() == before);
  CHECK(s.runs());
  s.settings.downgrade_reason = "needed";
  CHECK(code_of(s.run({image.get()}, engine::Disruption::container)) != "image.downgrade_refused");
}

TEST_CASE("a co-signer that somebody started in spite of a stop is taken down again, but not without leave") {
  Running s;
  const host::Container running = s.host.model.containers.at("cosigner");
  REQUIRE(exit_of(s.stop()) == 0);
  s.host.model.containers["cosigner"] = running;
  CHECK(exit_of(s.run_all(engine::Disruption::aesm)) == 22);
  CHECK(s.runs());
  CHECK(exit_of(s.run_all(engine::Disruption::container)) == 0);
  CHECK(s.host.model.containers.empty());
}

TEST_CASE("stop, start and restart cut off at any writing call end where they would have ended when they are run again") {
  for (const std::string verb : {"stop", "start", "restart"}) {
    Running first;
    if (verb == "start") REQUIRE(exit_of(first.stop()) == 0);
    const kit::MachineModel before = first.host.model;
    const auto carry_out = [&verb](Running& s) { return verb == "stop" ? s.stop() : verb == "start" ? s.start() : s.restart(); };
    first.host.log.clear();
    REQUIRE(exit_of(carry_out(first)) == 0);
    const auto calls = first.host.log.calls();
    const bool runs = first.runs();
    INFO(verb);
    kit::at_every_call(calls, [&](const kit::Fault& fault) {
      Running s;
      s.host.model = before;
      s.behaviour = first.behaviour;
      kit::die(s.host, fault, [&] { carry_out(s); });
      s.settings.run_wish = RunWish::as_left;
      s.settings.replaced_container.clear();
      // A set-up in between is harmless: it finishes the wish that was written, or leaves what there was.
      CHECK(exit_of(s.run_all(engine::Disruption::container)) == 0);
      CHECK(exit_of(carry_out(s)) == 0);
      CHECK(s.runs() == runs);
      CHECK(s.run_all().effects == 0);
    });
  }
}

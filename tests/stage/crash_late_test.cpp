// The late stages die before and after every writing call; the next run goes on, ends in the same state, and one more does nothing.
#include <catch2/catch.hpp>

#include "cosigner_scene.hpp"
#include "host_scene.hpp"

using namespace cosigner;
using scene::Scene;

namespace {

/// What may differ: when something was done, and ids that are made once by chance.
std::string state_of(const Scene& s) {
  std::string out;
  for (const auto& [path, entry] : s.host.model.entries) {
    if (path == scene::journal_file.text() || path == "/databases/cosigner/db/secrets.db" || path == "/etc/cosigner/config.json") {
      out += path + " is there\n";
    } else {
      out += path + " " + std::to_string(entry.attributes.mode.bits) + " " + std::to_string(entry.attributes.owner.uid) + " " + entry.content + "\n";
    }
  }
  for (const auto& [name, container] : s.host.model.containers) out += name + " " + container.spec.image_id + " " + container.state + "\n";
  out += s.host.model.units.at("cosigner-check.timer").state.enabled + "\n";
  const auto ledger = s.ledger();
  for (const char* value : {"pairing.user_ids", "attestation.by", "attestation.image"}) out += ledger.value(value) + "\n";
  return out;
}

void prepare(Scene& s) { s.want_callback(profile::CallbackAuth::hybrid_root_ca); }

}  // namespace

TEST_CASE("a crash at any writing call of the late stages is gone on from, to the same state, and then nothing is left to do") {
  // Handlers with fresh keys would make every scene another machine: one is made, and copied.
  Scene first;
  prepare(first);
  const kit::MachineModel start = first.host.model;
  first.host.log.clear();
  REQUIRE(report::exit_code_of(first.run_all()) == report::ExitCode::ok);
  const std::string wanted = state_of(first);
  const std::vector<std::string> calls = first.host.log.calls();

  const int cases = kit::at_every_call(calls, [&](const kit::Fault& fault) {
    Scene s;
    s.host.model = start;
    s.behaviour = first.behaviour;
    s.settings = first.settings;
    kit::die(s.host, fault, [&] { s.run_all(); });
    REQUIRE(scene::has_ended_well(s.run_all()));
    CHECK(state_of(s) == wanted);
    CHECK(s.run_all().effects == 0);
  });
  CHECK(cases == 2 * static_cast<int>(calls.size()));
  WARN("late stages: " << calls.size() << " writing calls, " << cases << " crash cases");
}

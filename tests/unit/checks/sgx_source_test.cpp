// What the doctor says of Intel's package source where the answers change what is wanted of it.
#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "unit/checks/sound_machine.hpp"

using namespace cosigner;
using namespace cosigner::checks;
using report::Outcome;

namespace {

report::Finding seen(const SoundMachine& machine, const std::string& check) {
  engine::CheckChoice choice;
  choice.only = {check};
  return machine.look(choice).at(check);
}

}  // namespace

TEST_CASE("with AESM as a container a source that is not there is nothing to be set up") {
  SoundMachine machine;
  machine.drop("/etc/apt/sources.list.d/intel-sgx.sources");
  CHECK(seen(machine, "sgx.source").because.find("cosigner setup") != std::string::npos);
  machine.settings.answers.aesm = "container";
  CHECK(seen(machine, "sgx.source").outcome == Outcome::skip);
  CHECK(seen(machine, "sgx.source").because.find("needs none") != std::string::npos);
}

TEST_CASE("with AESM as a container a source whose key has ended is told, and is no failure") {
  SoundMachine machine;
  machine.host.model.now = *parse_time("2027-06-01T00:00:00Z");
  CHECK(seen(machine, "sgx.key_expiry").outcome == Outcome::fail);
  machine.settings.answers.aesm = "container";
  CHECK(seen(machine, "sgx.key_expiry").outcome == Outcome::warn);
}

TEST_CASE("a fingerprint of the answers is accepted by the doctor as by the stage, in any spelling") {
  SoundMachine machine;
  std::string print;
  for (auto& platform : machine.settings.profile.platforms) {
    if (!platform.sgx_source.keys.empty()) print = platform.sgx_source.keys.front().fingerprint;
    platform.sgx_source.keys.clear();
  }
  CHECK(seen(machine, "sgx.keyring").outcome == Outcome::fail);
  machine.settings.answers.key_fingerprints = {lower(print.substr(0, 20)) + " " + print.substr(20)};
  CHECK(seen(machine, "sgx.keyring").outcome == Outcome::pass);
}

#include "contract/engines.hpp"

#include <cstdlib>

#include "host/posix/engine_containers.hpp"
#include "kit/fake_containers.hpp"

namespace cosigner::contract {
namespace {

constexpr const char* digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
constexpr const char* image_id = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

host::ExecOutput program(kit::MachineModel&, const host::Container&, const std::vector<std::string>& argv) {
  if (!argv.empty() && argv.back() == "--version") return {0, Untrusted("p 1.0\n"), Untrusted()};
  if (!argv.empty() && argv.back() == "--fail") return {3, Untrusted("out line\n"), Untrusted("err line\n")};
  return {-1, Untrusted("serving\n"), Untrusted()};
}

kit::MachineModel machine() {
  kit::MachineModel model;
  model.engine = host::EngineInfo{"20.10.24", "1.41", "1.12", "/var/lib/docker", "overlay2", {}, {}, false, {}};
  model.registry["registry.example/co/signer:1"] = {digest, {image_id, {}, {}, {}}};
  model.registry_logins["reader"] = "s3cret";
  model.container_program = program;
  model.archives["/srv/image.tar"] = {image_id, {}, {"registry.example/co/signer:1"}, {}};
  model.entries["/srv/image.tar"] = {};
  return model;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

void for_each_engine(const std::function<void(const EngineUnderTest&)>& check) {
  kit::MachineModel model = machine();
  kit::CallLog log;
  kit::FakeContainers fake(model, log);
  check({"model",
         fake,
         "registry.example/co/signer:1",
         std::string("registry.example/co/signer@") + digest,
         {"registry.example", "reader", Secret(std::string("s3cret"))},
         "/srv/image.tar"});
  const std::string socket = variable("COSIGNER_TEST_ENGINE");
  if (socket.empty()) return;
  host::EngineContainers real(socket, nullptr);
  const std::string name = variable("COSIGNER_TEST_REGISTRY") + "/co/signer";
  check({"real engine",
         real,
         name + ":1",
         name + "@" + variable("COSIGNER_TEST_DIGEST"),
         {variable("COSIGNER_TEST_REGISTRY"), "reader", Secret(std::string("s3cret"))},
         variable("COSIGNER_TEST_ARCHIVE")});
}

}  // namespace cosigner::contract

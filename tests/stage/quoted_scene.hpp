// A scene whose co-signer is judged by its quotes (attestation mode `quote`): they are made by a hierarchy of the test's own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "attest/kept_evidence.hpp"
#include "base/encoding.hpp"
#include "cosigner_scene.hpp"
#include "installer/stages/attestation.hpp"
#include "installer/stages/config.hpp"
#include "installer/stages/service.hpp"
#include "unit/attest/quoting_world.hpp"

namespace cosigner::scene {

struct Quoted {
  Scene scene;
  std::shared_ptr<attest_test::QuotingWorld> world = std::make_shared<attest_test::QuotingWorld>();

  Quoted() {
    scene.host.model.now = attest_test::noon;
    scene.put_token();
    auto& enclave = scene.settings.profile.enclave;
    enclave.mode = "quote";
    enclave.mrsigner = to_hex(std::string(32, '\x12'));
    enclave.product_id = 3;
    enclave.min_svn = 7;
    enclave.root_ca_pem = world->root_pem();
    scene.put("/etc/sgx_default_qcnl.conf", "{\"pccs_url\": \"" + attest_test::quoting_service + "\"}");
    attest_test::install(scene.host.model, world);
  }

  int run() { return read(scene.run_all()); }
  /// `start` or `restart`, after the container went.
  int start() {
    scene.settings.run_wish = profile::RunWish::running;
    const auto attestation = stages::make_attestation_stage();
    const auto config = stages::make_config_stage();
    const auto service = stages::make_service_stage();
    const int exit = read(scene.run({attestation.get(), config.get(), service.get()}));
    scene.settings.run_wish = profile::RunWish::as_left;
    return exit;
  }
  int read(const report::RunReport& report) {
    code.clear();
    message.clear();
    for (const auto& stage : report.stages) {
      if (stage.error) code = stage.error->code;
      if (stage.error) message = stage.error->message;
    }
    effects = report.effects;
    return static_cast<int>(report::exit_code_of(report));
  }
  bool has_container() const { return scene.host.model.containers.count("cosigner") == 1; }
  std::string kept(const char* name) const { return scene.file(attest::evidence_directory / name); }

  std::string code, message;
  int effects = 0;
};

inline std::function<void(std::string&)> with_svn(char svn) {
  return [svn](std::string& body) { body[258] = svn; };
}

}  // namespace cosigner::scene

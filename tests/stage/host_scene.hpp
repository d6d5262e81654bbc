// A bare SGX machine, Ubuntu 22.04 or Debian 12, with a publisher's server, packages whose scripts do what the real ones do, and a service
// daemon that answers by its own reading of the protocol.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.hpp"
#include "engine/run.hpp"
#include "kit/crash.hpp"
#include "kit/fake_host.hpp"

namespace cosigner::scene {

inline const std::string key_page = "https://download.01.org/intel-sgx/sgx_repo/ubuntu/intel-sgx-deb.key";
inline const std::string index_page = "https://download.01.org/intel-sgx/sgx_repo/ubuntu/dists/jammy/InRelease";
inline const std::string index_list = "/var/lib/apt/lists/download.01.org_intel-sgx_sgx%5frepo_ubuntu_dists_jammy_InRelease";
inline const std::string archive_page = "https://download.01.org/intel-sgx/latest/dcap-latest/linux/distro/Debian12/sgx_debian_local_repo.tgz";
inline const std::string keyring_file = "/etc/apt/keyrings/intel-sgx.gpg";
inline const std::string source_file = "/etc/apt/sources.list.d/intel-sgx.sources";
inline const std::string pins_file = "/etc/apt/preferences.d/intel-sgx";
inline const std::string repository = "/opt/intel/sgx_debian_local_repo";
inline const std::string qcnl_file = "/etc/sgx_default_qcnl.conf";
inline const std::string identity_page = "https://api.trustedservices.intel.com/sgx/certification/v4/qe/identity";
inline const std::string some_identity = "{\"enclaveIdentity\":{\"id\":\"QE\",\"version\":2},\"signature\":\"00\"}";

/// A file of tests/fixtures/openpgp.
std::string key_fixture(const std::string& name);
std::string key_fixture_print(const std::string& name);

/// The archive of the fixtures' local repository, with the given clear-signed index.
std::string local_archive(const std::string& in_release, const std::string& packages = key_fixture("local.Packages"));

/// How a service daemon with DCAP answers: one key, ECDSA P-256. Reads the field number of the question and answers by hand.
std::string good_daemon(std::string_view question);

class HostScene {
 public:
  enum class System { ubuntu, debian };
  explicit HostScene(System system);

  report::RunReport run(const std::vector<const engine::Stage*>& stages);
  report::RunReport run_all();  // hardware, apt-repo, sgx-packages
  engine::StagePlan look(const engine::Stage& stage);
  void serve(const std::string& url, const std::string& body, int status = 200);
  void put(const std::string& path, const std::string& content, host::FileAttributes attributes = {{0644}, {}});
  std::string file(const std::string& path) const;  // empty when absent
  std::string error_of(const report::RunReport& report) const;  // code of the first stage with an error

  kit::FakeHost host;
  profile::Settings settings;
  CancelToken cancel;
};

/// A machine on which the host stages are done.
struct ConvergedHost : HostScene {
  explicit ConvergedHost(System system = System::ubuntu);
};

report::RunReport converge_sgx_packages(HostScene& scene);
engine::StagePlan look_at_sgx_packages(HostScene& scene);
std::vector<std::string> pending(HostScene& scene);  // ids of the steps that the stage sgx-packages plans now

/// The run's exit code; where it is not 0, the test tells the errors.
int code_of(const report::RunReport& report);
bool has_ended_well(const report::RunReport& report);
const report::Finding* finding_of(const std::vector<report::Finding>& findings, const std::string& id);  // nullptr when absent
std::vector<std::string> ids_of(const engine::StagePlan& plan);

}  // namespace cosigner::scene

// A machine on which the service daemon may be a unit of its package or a container, that notices when there are two of them.
#pragma once

#include <functional>
#include <memory>

#include "host_scene.hpp"

namespace cosigner::scene {

inline const std::string aesm_digest = "sha256:" + std::string(64, '1');
inline const std::string other_aesm_digest = "sha256:" + std::string(64, '2');
inline const std::string aesm_image_id = "sha256:" + std::string(64, 'a');
inline const std::string aesm_reference = "ghcr.io/oasisprotocol/aesmd-dcap:master";
inline constexpr const char* aesm_unit = "aesmd.service";
inline constexpr const char* aesm_socket = "/var/run/aesmd/aesm.socket";
inline constexpr const char* aesm_conf = "/etc/aesmd.conf";
inline constexpr const char* aesm_guard = "/etc/systemd/system/aesmd.service.d/cosigner-container.conf";
inline constexpr const char* aesm_rule = "/etc/tmpfiles.d/cosigner-aesmd.conf";

struct AesmScene : HostScene {
  /// `aesm`: "package" or "container"; an engine answers already.
  explicit AesmScene(const std::string& aesm);

  report::RunReport converge();  // the stage sgx-packages alone, with the package source in place
  void require_good();
  std::vector<std::string> steps();
  std::vector<report::Finding> findings();
  host::Container& container() { return host.model.containers.at("aesmd"); }
  host::UnitState& unit() { return host.model.units[aesm_unit].state; }
  bool had_two() const;
  bool had(const std::string& traffic) const;
};

/// From what `make` gives, the machine dies before and after every writing call of a run and goes on: the end must be the same as without,
/// with nothing left to do and never two daemons. Gives the number of cases.
int crash_everywhere(const std::function<std::unique_ptr<AesmScene>()>& make);

}  // namespace cosigner::scene

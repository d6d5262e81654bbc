#include "installer/stages/catalog.hpp"

#include <algorithm>

#include "installer/stages/apt_repo.hpp"
#include "installer/stages/attestation.hpp"
#include "installer/stages/callback.hpp"
#include "installer/stages/config.hpp"
#include "installer/stages/hardware.hpp"
#include "installer/stages/host_upkeep.hpp"
#include "installer/stages/image.hpp"
#include "installer/stages/own_place.hpp"
#include "installer/stages/pairing.hpp"
#include "installer/stages/service.hpp"
#include "installer/stages/sgx_packages.hpp"

namespace cosigner::stages {

std::vector<std::unique_ptr<engine::Stage>> all_stages(const Path& program) {
  std::vector<std::unique_ptr<engine::Stage>> all;
  all.push_back(with_host_upkeep(with_own_place(make_hardware_stage(), program)));
  all.push_back(make_apt_repo_stage());
  all.push_back(make_sgx_packages_stage());
  all.push_back(make_image_stage());
  all.push_back(make_pairing_stage());
  all.push_back(make_callback_stage());
  all.push_back(make_attestation_stage());
  all.push_back(make_config_stage());
  all.push_back(make_service_stage());
  return all;
}

const std::vector<std::string>& stage_ids() {
  static const std::vector<std::string> ids = {"hardware", "apt-repo", "sgx-packages", "image", "pairing", "callback", "attestation", "config", "service"};
  return ids;
}

std::vector<const engine::Stage*> selected(const std::vector<std::unique_ptr<engine::Stage>>& all, const std::vector<std::string>& wanted,
                                           const std::string& first, const std::string& last) {
  std::vector<const engine::Stage*> out;
  bool inside = first.empty();
  for (const auto& stage : all) {
    const std::string id = stage->id();
    inside = inside || id == first;
    const bool is_wanted = wanted.empty() || std::find(wanted.begin(), wanted.end(), id) != wanted.end();
    if (inside && is_wanted) out.push_back(stage.get());
    if (id == last) break;
  }
  return out;
}

}  // namespace cosigner::stages

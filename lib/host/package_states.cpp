#include "host/package_states.hpp"

namespace cosigner::host {

bool is_here(const Package& package) { return package.status != "config-files" && package.status != "not-installed"; }

std::vector<std::string> missing_packages(const std::map<std::string, Package>& installed, const std::vector<std::string>& names) {
  std::vector<std::string> missing;
  for (const auto& name : names) {
    const auto found = installed.find(name);
    if (found == installed.end() || !is_here(found->second)) missing.push_back(name);
  }
  return missing;
}

}  // namespace cosigner::host

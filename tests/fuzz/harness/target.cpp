#include "fuzz/harness/target.hpp"

namespace cosigner::fuzz {

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

}  // namespace cosigner::fuzz

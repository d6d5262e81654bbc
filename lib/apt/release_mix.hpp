// Which installed packages of a publisher are of an older release than the others. Pure.
//
// Intel's packages carry two families of numbers, PSW 2.N.… and DCAP 1.N.…; both belong to one release (2.26 with 1.23, 2.29 with 1.26, release
// notes). So a package is held against the packages with the same first number, by the second one; a different third is a patch that not every
// package gets.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace cosigner::apt {

struct Lagging {
  std::string name;
  std::string version;  // installed
  std::string newest;   // of its family, as "2.26"
};

/// `versions`: what is installed, by name. Looked at are the names that fit `patterns`; a version without two leading numbers is left out.
std::vector<Lagging> find_lagging(const std::map<std::string, std::string>& versions, const std::vector<std::string>& patterns);

}  // namespace cosigner::apt

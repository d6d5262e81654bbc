// The files that tests/fixtures/openpgp/make produced with gpg, and the moments they were made for.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "base/time.hpp"

namespace cosigner::apt::tests {

inline std::string fixture(const std::string& name) {
  std::ifstream in(std::string(COSIGNER_FIXTURES) + "/openpgp/" + name, std::ios::binary);
  if (!in) throw std::runtime_error("no fixture " + name);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Of a key by its name in the file "fingerprints".
inline std::string fingerprint_of_fixture(const std::string& name) {
  std::istringstream in(fixture("fingerprints"));
  std::string key, value;
  while (in >> key >> value) {
    if (key == name) return value;
  }
  throw std::runtime_error("no fingerprint " + name);
}

inline Time day(const std::string& iso_date) { return *parse_time(iso_date + "T00:00:00Z"); }
inline const Time now = *parse_time("2026-11-26T10:00:00Z");

}  // namespace cosigner::apt::tests

// Golden files below tests/golden: what people and programs see, kept word for word. COSIGNER_UPDATE_GOLDEN=1 rewrites them.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace cosigner::kit {

inline std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

inline std::string repository_folder() {  // the fixtures lie in tests/fixtures
  const std::string fixtures = COSIGNER_FIXTURES;
  return fixtures.substr(0, fixtures.rfind("/tests/"));
}

/// The text that `actual` must equal. `path` is relative to the repository.
inline std::string golden(const std::string& path, const std::string& actual) {
  const std::string file = repository_folder() + "/" + path;
  const char* update = std::getenv("COSIGNER_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") std::ofstream(file, std::ios::binary) << actual;
  return file_text(file);
}

}  // namespace cosigner::kit

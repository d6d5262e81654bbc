// The data of `conf/` (profiles, schemas, texts, examples), compiled into the program: a single file is all an operator needs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cosigner {

struct ShippedFile {
  std::string_view name;  // relative to conf/, e.g. "profiles/global.json"
  std::string_view bytes;
};

/// All of them, ordered by name. Defined by the generated table of the library cosigner_conf.
const std::vector<ShippedFile>& shipped_files();

}  // namespace cosigner

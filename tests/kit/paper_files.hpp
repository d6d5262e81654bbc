// The operator's files as a map, with owner and mode.
#pragma once

#include <map>
#include <string>

#include "host/operator_files.hpp"

namespace cosigner::kit {

class PaperFiles : public host::OperatorFiles {
 public:
  std::map<std::string, host::OperatorFile> files;

  void put(const std::string& path, std::string bytes, std::uint32_t uid = 0, std::uint32_t mode = 0600) {
    host::OperatorFile file;
    file.stat.size = bytes.size();
    file.bytes = std::move(bytes);
    file.stat.attributes = {{mode}, {uid, uid}};
    files[path] = file;
  }
  Result<std::optional<host::OperatorFile>> read(const std::string& path, std::size_t, const std::optional<host::Owner>&) const override {
    const auto found = files.find(path);
    if (found == files.end()) return std::optional<host::OperatorFile>();
    return std::optional<host::OperatorFile>(found->second);
  }
  Status create(const std::string& path, std::string_view bytes, const std::optional<host::Owner>& caller) override {
    if (files.count(path) != 0) return make_error("operator_file.exists", path + " is there already", "Choose another name.");
    put(path, std::string(bytes), caller ? caller->uid : 0);
    return {};
  }
};

}  // namespace cosigner::kit

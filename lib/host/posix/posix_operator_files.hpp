// Files that the operator names, opened with his own rights.
#pragma once

#include "host/operator_files.hpp"

namespace cosigner::host {

class PosixOperatorFiles : public OperatorFiles {
 public:
  Result<std::optional<OperatorFile>> read(const std::string& path, std::size_t limit,
                                           const std::optional<Owner>& caller) const override;
  Status create(const std::string& path, std::string_view bytes, const std::optional<Owner>& caller) override;
};

}  // namespace cosigner::host

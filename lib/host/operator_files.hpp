// Files that the operator names: answers, profile, `--out`, `--record`. They lie outside any --root and in directories that need not be
// root's, so the walker of `Files` is the wrong tool; what is judged is the file itself (threats E1, L6).
//
// Errors: `operator_file.unreadable`, `operator_file.not_regular` (link, directory, device), `operator_file.too_large`,
// `operator_file.exists`, `operator_file.not_writable`. Absent is not an error.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/files.hpp"

namespace cosigner::host {

struct OperatorFile {
  std::string bytes;
  FileStat stat;  // by the same descriptor that the bytes were read from
};

class OperatorFilesView {
 public:
  virtual ~OperatorFilesView() = default;
  /// One open without following a link in the last component, then stat and one read by that descriptor. With `caller`, the open is made with
  /// that owner's rights, so that a verb delegated by sudo reads nothing its caller could not.
  virtual Result<std::optional<OperatorFile>> read(const std::string& path, std::size_t limit, const std::optional<Owner>& caller) const = 0;
};

class OperatorFiles : public virtual OperatorFilesView {
 public:
  /// A new file of mode 0600, made with the caller's rights; refuses whatever is already there, also a link.
  virtual Status create(const std::string& path, std::string_view bytes, const std::optional<Owner>& caller) = 0;
};

}  // namespace cosigner::host

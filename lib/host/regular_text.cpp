#include "host/regular_text.hpp"

namespace cosigner::host {

Result<std::string> regular_text(const FilesView& files, const Path& path, std::size_t limit) {
  const auto stat = TRY(files.stat(path));
  if (!stat || stat->kind != FileKind::regular) return std::string();
  return TRY(files.read(path, limit)).value_or(std::string());
}

Result<std::string> regular_text_within(const FilesView& files, const Path& path, std::size_t limit) {
  const auto stat = TRY(files.stat(path));
  if (stat && stat->size > limit) return std::string();
  return regular_text(files, path, limit);
}

}  // namespace cosigner::host

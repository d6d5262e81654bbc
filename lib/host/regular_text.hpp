// Reading a file that anybody may have put there.
#pragma once

#include <string>

#include "host/files.hpp"

namespace cosigner::host {

/// The text of a regular file of at most `limit` bytes; empty when it is absent, a link or something else. Errors: those of `FilesView::read`.
Result<std::string> regular_text(const FilesView& files, const Path& path, std::size_t limit);

}  // namespace cosigner::host

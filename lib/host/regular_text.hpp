// Reading a file that anybody may have put there.
#pragma once

#include <string>

#include "host/files.hpp"

namespace cosigner::host {

/// The text of a regular file of at most `limit` bytes; empty when it is absent, a link or something else. Errors: those of `FilesView::read`.
Result<std::string> regular_text(const FilesView& files, const Path& path, std::size_t limit);

/// The same, and empty as well when the file is larger: for files of which nothing that size can be right.
Result<std::string> regular_text_within(const FilesView& files, const Path& path, std::size_t limit);

}  // namespace cosigner::host

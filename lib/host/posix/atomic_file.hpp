// A new content for a file: written beside it, synced, and put in its place in one move.
//
// The file beside it has one fixed name, so that what a crash left is found and replaced by the next write. A lock on it (0600:
// no other user can take it) tells what was left from what another process of ours is writing now.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/posix/path_walker.hpp"

namespace cosigner::host {

/// `at` is where the file goes, as the walker found it for writing.
Status replace_file(const Located& at, const Path& path, std::string_view content, const FileAttributes& attributes);

/// Mode and owner by descriptor; the owner is left alone when it is right already.
Status correct_attributes(int file, const Path& path, const FileAttributes& attributes);

/// All bytes or an error.
Status write_all(int file, const Path& path, std::string_view content);

/// Makes the names in a directory durable.
Status sync_directory(const Located& at, const Path& path);

}  // namespace cosigner::host

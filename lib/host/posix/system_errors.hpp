// From errno to the stable codes of the files port. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/path.hpp"
#include "base/result.hpp"

namespace cosigner::host {

/// `doing` completes "cannot be …" ("read", "written"). `bytes`: how much was to be written, for a full disk.
Error system_error(int number, const Path& path, const std::string& doing, std::optional<std::size_t> bytes = std::nullopt);

/// What the number of errno means, in English; safe in every thread, unlike strerror.
std::string errno_text(int number);

/// `host.path_unsafe`; `why` completes a sentence that begins with the path.
Error path_unsafe(const Path& path, const std::string& why);

}  // namespace cosigner::host

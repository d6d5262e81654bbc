// The rule for every answers, profile and policy file (threats E1): whoever may change it owns the machine.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "host/operator_files.hpp"

namespace cosigner::profile {

/// The bytes of a file that belongs to root or to `caller` (the person behind sudo, or the reader of a read-only verb), is regular, has one
/// link, and which nobody else may write. Fails with `answers.file_absent`, `answers.file_unsafe`, or the port's own codes.
Result<std::string> read_operator_text(const host::OperatorFilesView& files, const std::string& path, const std::optional<host::Owner>& caller);

}  // namespace cosigner::profile

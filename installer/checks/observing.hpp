// Observations in few words, for every look.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/check.hpp"

namespace cosigner::checks {

using engine::Observation;
using report::Outcome;

/// Ids of rows of the catalogue of known troubles.
using Rows = std::vector<std::string>;

Observation passed(std::string evidence, Rows rows = {});
Observation warned(std::string evidence, std::string remedy, Rows rows = {});
Observation failed(std::string evidence, std::string remedy, Rows rows = {});
/// Could not look, and why.
Observation unknown(std::string because, Rows rows = {});
/// There is nothing to look at, and why.
Observation not_needed(std::string because);

/// The file's bytes; empty when it is absent or may not be read. For files whose absence needs no word.
std::string text_of(const host::HostView& host, const Path& path, std::size_t limit = 64 * 1024);

/// True when an entry of that name is there, whatever it is.
bool is_there(const host::HostView& host, const Path& path);

/// An unknown when this user may not even see whether something is there: what cannot be seen is never called missing.
std::optional<Observation> hidden(const host::HostView& host, const Path& path);

/// The same for the bytes of a file.
std::optional<Observation> unreadable(const host::HostView& host, const Path& path, std::size_t limit = 64 * 1024);

/// A text of the machine as one safe line.
std::string safe(std::string_view text, std::size_t limit = 120);

/// "1 day", "3 days"
std::string counted(long long number, const std::string& noun);

}  // namespace cosigner::checks

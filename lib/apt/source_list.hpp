// The machine's apt sources, both forms, read far enough to find entries that deliver the same origin as ours (threats M5). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner::apt {

struct ListedSource {
  std::string file;
  std::size_t line = 0;
  std::vector<std::string> uris;
  bool trusted = false;  // "trusted=yes": apt checks no signature
};

/// Entries of a "*.list" file; commented ones are left out.
std::vector<ListedSource> parse_source_list(const std::string& file, std::string_view text);

/// Entries of a "*.sources" file; those with "Enabled: no" are left out. An unreadable file has none: apt refuses it too.
std::vector<ListedSource> parse_source_paragraphs(const std::string& file, std::string_view text);

/// True when the entry delivers from the host of `uri`, or, for a local one, from the same folder.
bool has_same_origin(const ListedSource& entry, std::string_view uri);

}  // namespace cosigner::apt

// Cutting and joining of plain text, locale-free.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner {

std::string_view trimmed(std::string_view text);  // blanks, tabs, CR, LF at both ends
std::vector<std::string_view> split(std::string_view text, char separator);
/// Without the line feeds and a CR before them; a last line without line feed counts, an empty rest does not.
std::vector<std::string_view> lines_of(std::string_view text);
// The parts look into the text, so a text that dies at the end of the statement is refused.
template <std::same_as<std::string> Temporary>
std::vector<std::string_view> split(Temporary&& text, char separator) = delete;
template <std::same_as<std::string> Temporary>
std::vector<std::string_view> lines_of(Temporary&& text) = delete;
std::string joined(const std::vector<std::string>& parts, std::string_view separator);
std::string lower(std::string_view text);  // ASCII only
/// Decimal digits only, no sign; nothing when it does not fit.
std::optional<unsigned long long> parse_number(std::string_view text);
/// The candidate nearest by edit distance, if it is near enough to be what was meant.
std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& candidates);
/// "1.5 GB", "64.0 MB", "812 bytes" (decimal, as disks and downloads are counted)
std::string to_people_size(unsigned long long bytes);

}  // namespace cosigner

// Which files a capture may hold, and what of each: a list of what is allowed, so that a file nobody thought of is not in it.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace cosigner::cli {

/// What a capture may keep of the file, in a form that the checks judge like the original; nothing for a file that is not on the
/// list. `name_of` gives the pseudonym of a user.
std::optional<std::string> kept_of_file(const std::string& path, const std::string& text,
                                        const std::function<std::string(const std::string&)>& name_of);

/// "https://user:password@host" without the login.
std::string without_logins(std::string text);

/// Of a log the words of known troubles alone: what stands around them may be business.
std::string known_lines(std::string_view text);

/// Whether a check asks for this package; the others are nobody's business.
bool is_asked_for(std::string_view package);

/// The lines of the text for which `keep` holds.
std::string lines_that(std::string_view text, const std::function<bool(std::string_view)>& keep);

/// Stands in the place of a token that was found: it has the shape that is looked for, and opens nothing.
extern const char* const dummy_token;

}  // namespace cosigner::cli

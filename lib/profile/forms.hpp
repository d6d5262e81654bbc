// The written forms that values must have; all of them are checked before anything is done with them.
#pragma once

#include <string>
#include <string_view>

namespace cosigner::profile {

bool is_hex(std::string_view text, std::size_t digits);  // lower case
bool is_fingerprint(std::string_view text);              // 40 hex digits, upper case
bool is_digest(std::string_view text);                   // "sha256:" and 64 lower-case hex digits
bool is_revision(std::string_view text);                 // a registry tag: letters, digits, "_.-", at most 128
/// Words for people to read in a record: 3 to 200 printable ASCII characters; a word of more than 40 is no word but, perhaps, a
/// secret.
bool is_reason(std::string_view text);
bool is_user_name(std::string_view text);      // what useradd accepts
bool is_absolute_path(std::string_view text);  // no "..", no control characters
/// scheme://host[:port][/path], without user info, blanks or control characters. `schemes`: "https" or "http https".
bool is_url(std::string_view text, std::string_view schemes);
/// A proxy: http(s)://host[:port], no path.
bool is_proxy_url(std::string_view text);

/// The directory that a place of packages names, "/srv/sgx" or "file:///srv/sgx"; empty when it names none.
std::string local_directory_of(std::string_view place);
/// Where packages may come from: an https URL, or a directory of this machine.
bool is_package_place(std::string_view text);

/// What a person types for a file: "/…", "./…", "~/…".
bool looks_like_a_path(std::string_view text);
/// The host of a URL, in lower case; empty when it has none.
std::string host_of_url(std::string_view url);

}  // namespace cosigner::profile

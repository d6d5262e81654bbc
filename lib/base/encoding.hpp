// Text forms of bytes. Decoders are strict: one spelling each, no white space, no missing or extra padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cosigner {

std::string to_hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view text);

std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

/// RFC 4648 section 5, without padding (JWT, Engine API); `from_` accepts padding too.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

/// Percent-encodes everything but RFC 3986 unreserved characters.
std::string to_url_component(std::string_view text);

}  // namespace cosigner

// What a registry says of a login, asked before an engine is there that could pull with it.
//
// A registry's root is /v2/ (OCI distribution specification, "Determining support"). It takes the login itself, or names an
// authority that makes tokens for it by "WWW-Authenticate: Bearer" (Docker's token authentication, RFC 6750). The engine goes the
// same way later.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cosigner::container {

enum class LoginVerdict { accepted, refused, unknown };

/// "https://registry.example/v2/".
std::string registry_root(std::string_view registry);

/// A "Authorization:" header with a login (RFC 7617). It is a secret like the password: wipe it.
std::string basic_authorization(std::string_view user, std::string_view password);

/// Where a token to pull the repository is asked for; nothing when the challenge names no authority by https.
std::optional<std::string> token_address(std::string_view challenge, std::string_view repository);

/// Of the registry's own answer to a login; unknown when an authority decides or the registry is out of order.
LoginVerdict judge_root(int status, std::string_view challenge);

/// Of the authority's answer to a login.
LoginVerdict judge_authority(int status);

}  // namespace cosigner::container

// The base URL of a callback handler: what the operator types, without the suffix that the co-signer adds (facts 8.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cosigner::callback {

struct HandlerUrl {
  std::string host;  // lower case; a name, or an address (IPv6 without its brackets)
  int port = 443;
  std::string path;  // "" or "/x/y", no slash at the end
  bool is_address = false;
};

/// Every rule that is broken, or the URL. Errors: `callback.url_invalid` (not https, user name or password, query, host, port,
/// odd characters) and `callback.url_has_suffix`.
struct ParsedUrl {
  std::optional<HandlerUrl> url;  // also there when only the suffix is wrong
  std::vector<Error> problems;
};
ParsedUrl parse_handler_url(std::string_view text);

}  // namespace cosigner::callback

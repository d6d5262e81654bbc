// How this run reaches the network: the operator's proxy and extra CA, put into a request.
#pragma once

#include <string>

#include "host/host.hpp"
#include "profile/answers.hpp"

namespace cosigner::profile {

/// A GET with the answers' proxy and CA. Opens the proxy password when there is one. Fails as open_secret and open_text.
Result<host::HttpRequest> download_request(const std::string& url, const Answers& answers, const host::HostView& host,
                                           const std::string& credentials_directory);

}  // namespace cosigner::profile

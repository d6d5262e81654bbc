// How this run reaches the network: the operator's proxy and extra CA, put into every request and every call of apt.
#pragma once

#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

/// A GET with the answers' proxy and CA. Opens the proxy password when there is one. Fails as open_secret and open_text.
Result<host::HttpRequest> download_request(const std::string& url, const host::HostView& host, const engine::StageContext& context);

/// The same for apt, as values of `-o`. A proxy login is never among them: arguments are public.
std::vector<std::string> apt_network_options(const profile::Settings& settings);

}  // namespace cosigner::stages

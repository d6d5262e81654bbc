// How this run reaches the network: the operator's proxy and extra CA, put into every request and every call of apt.
#pragma once

#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

/// profile::download_request with what a stage has.
Result<host::HttpRequest> download_request(const std::string& url, const host::HostView& host,
                                           const engine::StageContext& context);

/// The same for apt, without the proxy's login: a step is data that people see, so the engine adds the login when the step is
/// done.
host::AptOptions apt_network_options(const profile::Settings& settings);

/// With the login: for a custom step that calls apt itself. Fails as open_secret.
Result<host::AptOptions> apt_options_with_login(const host::HostView& host, const engine::StageContext& context);

}  // namespace cosigner::stages

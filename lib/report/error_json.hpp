// An Error as a JSON value, used by every document that carries one.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "base/result.hpp"
#include "report/finding.hpp"

namespace cosigner::report {

nlohmann::json json_of(const Error& error);
nlohmann::json json_of(const std::optional<Error>& error);
nlohmann::json json_of(const Finding& finding);

}  // namespace cosigner::report

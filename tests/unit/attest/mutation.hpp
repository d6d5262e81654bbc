// The changes of `mutations.json`: one operation on one piece of evidence each.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "unit/attest/evidence_folder.hpp"

namespace attest_test {

/// `vectors`: the folder that `copy_from` names another vector of. Throws for an operation that it does not know.
EvidenceFolder mutated(EvidenceFolder evidence, const nlohmann::json& operations, const std::string& vectors);

}  // namespace attest_test

// Stage `callback`: the co-signer has the callback handler that the answers want. The first one travels with pairing; this stage
// corrects what drifted since, by --update-config with all fields (facts 9.5).
//
// Errors: callback.* (exit 10), `callback.update_failed`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/callback_wish.hpp"

namespace cosigner::stages {

struct CallbackFacts {
  std::vector<std::string> users;
  bool in_place = true;
  CallbackWish wish;
  std::string last_url;         // what was given last; empty: unknown
  std::vector<Error> problems;  // looked for only when not in place
};

Result<CallbackFacts> probe_callback(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_callback(const CallbackFacts& facts);
std::unique_ptr<engine::Stage> make_callback_stage();

}  // namespace cosigner::stages

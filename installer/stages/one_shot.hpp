// Running the co-signer's executable once, in the container `cosigner-init`, with a document that exists in memory only.
//
// The document lies in /run/cosigner/pair (0700, of the service's uid, on a tmpfs), is bind-mounted read-only, and is gone on every
// way out; so is the container (building.md, section 3: files put into a container or its variables end up on disk, a
// bind-mounted directory of /run does not). What a cut-off run left is found by plan_leftovers and removed by steps of their own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/untrusted.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

inline const Path document_directory{"/run/cosigner/pair"};

/// The gateway retries for seconds, two enclaves of some ten MB are downloaded: generous, because the token dies with a try that is cut.
inline constexpr std::chrono::minutes one_shot_limit{20};

struct OneShot {
  std::string flag;  // "--initial-config-file"
  Secret document;   // empty: the flag takes none
  std::string what;  // for the progress line
  std::vector<std::string> arguments = {};  // after the flag
};

struct OneShotEnd {
  std::optional<int> exit_code;  // nothing: it did not end in time
  Untrusted log;
};

/// Fails with `pairing.not_in_memory` when the directory would not be on a tmpfs, and with the engine's errors. However it ends,
/// document and container are removed before it returns.
Result<OneShotEnd> run_one_shot(host::Host& host, const engine::StageContext& context, const std::string& image_id, const OneShot& job,
                                const host::ProgressSink& progress);

/// Fails with `pairing.not_in_memory`.
Status require_memory(const host::HostView& host);

/// Steps that clear what an earlier run left: wait for a running enrolment, remove the container, remove the document. Empty: nothing is left.
Result<std::vector<engine::Step>> plan_leftovers(const host::HostView& host, const engine::StageContext& context);

/// Carries out the waiting step of plan_leftovers.
Status wait_for_leftover(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress);

}  // namespace cosigner::stages

// The ordered list of all stages: the only place that names every one of them. And what a verb asks a stage's parts for, without a run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/device_access.hpp"
#include "installer/stages/own_place.hpp"
#include "installer/stages/resume.hpp"
#include "installer/stages/resume_end.hpp"
#include "installer/stages/surviving_answers.hpp"

namespace cosigner::attest {
struct Evidence;
struct FetchedCollateral;
struct HostReport;
}  // namespace cosigner::attest

namespace cosigner::stages {

/// In the order in which they run. `program` is the running file, which installs itself.
std::vector<std::unique_ptr<engine::Stage>> all_stages(const Path& program);

/// The stable ids, in order; for --until, help and the profile's list.
const std::vector<std::string>& stage_ids();

/// The stages that the profile wants, from `first` to `last` (empty: from the beginning, to the end), both included.
std::vector<const engine::Stage*> selected(const std::vector<std::unique_ptr<engine::Stage>>& all, const std::vector<std::string>& wanted,
                                           const std::string& first, const std::string& last);

/// attest cosigner: the running co-signer's answer to this nonce (32 bytes), judged as stage `attestation` does. Keeps nothing. Fails with
/// service.not_running and the errors of quoted_verdict.hpp; evidence that is not good is no error.
Result<attest::Evidence> evidence_of_running_cosigner(host::Host& host, const engine::StageContext& context, const std::string& nonce);

/// attest collateral fetch: what a quote needs, from the service of this machine's quote provider itself.
Result<attest::FetchedCollateral> collateral_bundle(host::Host& host, const engine::StageContext& context, const std::string& quote);

/// attest host: asks the service daemon, reads the provider's configuration, fetches and verifies the quoting enclave's identity, and
/// verifies the PCK chain of the kept quote, where there is one. What is wrong is in the report, with its remedy.
attest::HostReport look_at_quoting(host::Host& host, const engine::StageContext& context);

}  // namespace cosigner::stages

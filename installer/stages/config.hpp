// Stage `config`: /etc/cosigner/config.json says what was set up (contracts, section 5). Written when missing or different.
//
// Errors: `config.answers_malformed`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/generated_config.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

inline const Path generated_config_path{"/etc/cosigner/config.json"};

struct ConfigFacts {
  bool paired = false;
  std::optional<std::string> text;  // what is there
  host::FileAttributes attributes{};
  std::string wanted;               // what has to be there
};

/// What the machine and the ledger say, as the file's block.
config::Generated generated_of(const engine::StageContext& context);

Result<ConfigFacts> probe_config(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_config(const ConfigFacts& facts);
std::unique_ptr<engine::Stage> make_config_stage();

}  // namespace cosigner::stages

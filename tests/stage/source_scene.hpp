// What tests of a package source ask of its stage.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "host_scene.hpp"
#include "installer/stages/apt_repo.hpp"
#include "state/journal.hpp"

namespace cosigner::scene {

/// An Ubuntu with the stage apt-repo alone.
class SourceScene : public HostScene {
 public:
  explicit SourceScene(System system = System::ubuntu) : HostScene(system) {}

  report::RunReport converge() { return run({stage_.get()}); }
  bool ends_well() { return has_ended_well(converge()); }
  /// A look with what the journal says.
  engine::StagePlan plan() {
    const state::Ledger known = ledger();
    auto plan = stage_->look(host, {settings, known, ""});
    if (!plan) FAIL(plan.error().code << " " << plan.error().message);
    return std::move(*plan);
  }
  state::Ledger ledger() {
    auto journal = state::Journal::load(host, "/var/lib/cosigner/journal.jsonl");
    REQUIRE(journal);
    return journal->ledger();
  }
  void accept(const std::vector<std::string>& keys) {
    for (auto& platform : settings.profile.platforms) {
      platform.sgx_source.keys.clear();
      for (const auto& key : keys) platform.sgx_source.keys.push_back({key_fixture_print(key), std::nullopt});
    }
  }
  void pass(std::chrono::seconds time) { host.model.now += time; }
  /// Nothing was asked, started or written.
  bool is_idle() {
    host.model.traffic.clear();
    host.log.clear();
    const bool has_no_effect = converge().effects == 0;
    return has_no_effect && host.model.traffic.empty() && host.log.calls().empty();
  }
  int count_traffic(const std::string& start) const {
    int found = 0;
    for (const auto& line : host.model.traffic) found += line.rfind(start, 0) == 0 ? 1 : 0;
    return found;
  }

 private:
  std::unique_ptr<engine::Stage> stage_ = stages::make_apt_repo_stage();
};

/// The keyring as this program writes it for a key of the fixtures.
inline std::string keyring_of(const std::string& file) {
  const auto keys = apt::read_public_keys(key_fixture(file));
  REQUIRE(keys);
  return apt::to_keyring(keys->front());
}

inline bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace cosigner::scene

// A model machine with a paper terminal, paper files and stages of paper: what a verb needs, and nothing of this computer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "installer/cli/verbs.hpp"
#include "kit/fake_host.hpp"
#include "kit/paper_files.hpp"
#include "kit/paper_terminal.hpp"

namespace cosigner::cli {

/// Wants one file; once it is there the stage is converged.
class PaperStage : public engine::Stage {
 public:
  explicit PaperStage(std::string id) : id_(std::move(id)) {}
  std::string id() const override { return id_; }
  std::string title() const override { return "Stage " + id_; }
  Path file() const { return "/made/" + id_; }
  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    ++looks;
    wish = context.settings.run_wish;
    replaced = context.settings.replaced_container;
    engine::StagePlan plan;
    if (error) return *error;
    if (TRY(host.files().stat(file()))) return plan;
    plan.findings = findings;
    if (only_looks) return plan;
    plan.blocked = blocked;
    if (wants_token && !context.settings.answers.pairing_token.is_set()) plan.waiting = make_error("pairing.token_needed", "a token is needed", "Bring one.");
    if (wants_token && context.settings.answers.pairing_token.is_set() && !context.settings.answers.callback_decided) {
      plan.blocked = make_error("answers.callback_undecided", "undecided", "Decide.");
    }
    if (plan.blocked || plan.waiting) return plan;
    engine::Step step;
    step.id = "file";
    step.payload = engine::WriteFile{file(), "content of " + id_ + "\n", {{0644}, {}}};
    step.why = "it is missing";
    step.undo = "removed";
    step.disruption = disruption;
    plan.steps.push_back(step);
    return plan;
  }
  mutable int looks = 0;
  mutable profile::RunWish wish = profile::RunWish::as_left;  // of the last look
  mutable std::string replaced;
  bool wants_token = false;
  bool only_looks = false;  // has nothing to do
  std::vector<report::Finding> findings;  // while its file is not there
  engine::Disruption disruption = engine::Disruption::none;
  std::optional<Error> blocked;
  std::optional<Error> error;

 private:
  std::string id_;
};

struct PaperMachine {
  kit::FakeHost host;
  kit::PaperTerminal terminal;
  kit::PaperFiles files;
  CancelToken cancel;
  int locks = 0;
  std::optional<Error> lock_error;
  Environment environment{host, files, terminal, cancel, {}, {}, 0, 0, std::nullopt, {}, {}, {}, {}};
  std::vector<PaperStage*> stages;

  PaperMachine() {
    for (const auto* folder : {"/", "/made", "/etc", "/var", "/var/lib", "/var/log", "/run"}) {
      kit::Entry entry;
      entry.kind = host::FileKind::directory;
      entry.attributes = {{0755}, {}};
      host.model.entries[folder] = entry;
    }
    kit::Entry machine_id;
    machine_id.content = "0123456789abcdef0123456789abcdef\n";
    host.model.entries["/etc/machine-id"] = machine_id;
    host.model.addresses["download.01.org"] = {"192.0.2.1"};
    host.model.web["https://download.01.org/intel-sgx/sgx_repo/ubuntu/intel-sgx-deb.key"] = [](kit::MachineModel&, const host::HttpRequest&) -> Result<host::HttpResponse> {
      return host::HttpResponse{200, {}, "key"};
    };
    terminal.interactive = false;
    for (const auto* id : {"hardware", "image", "pairing", "config", "service"}) {
      auto stage = std::make_unique<PaperStage>(id);
      stages.push_back(stage.get());
      environment.stages.push_back(std::move(stage));
    }
    stage("pairing").wants_token = true;
    environment.take_lock = [this]() -> Result<LockHeld> {
      if (lock_error) return *lock_error;
      ++locks;
      return LockHeld(nullptr);
    };
  }

  PaperStage& stage(const std::string& id) {
    for (auto* each : stages) {
      if (each->id() == id) return *each;
    }
    throw std::logic_error("no such stage");
  }

  int run(const std::vector<std::string>& arguments) {
    const auto parsed = parse_arguments(arguments);
    if (!parsed.invocation) {
      terminal.erred += parsed.text;
      return static_cast<int>(parsed.code);
    }
    return static_cast<int>(dispatch(*parsed.invocation, environment));
  }

  std::string text_of(const std::string& path) { return host.files().read(path).value().value_or(""); }
  bool has(const std::string& path) { return host.files().stat(path).value().has_value(); }
};

/// A token whose grammar is right and which lives until an hour after the model's clock.
std::string paper_token(const PaperMachine& machine);

}  // namespace cosigner::cli

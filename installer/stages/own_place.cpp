#include "installer/stages/own_place.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace cosigner::stages {
namespace {

using engine::Step;

/// The one-file program is about 8 MB; a build with debug information is larger.
constexpr std::size_t program_limit = 256 * 1024 * 1024;
constexpr host::FileAttributes program_attributes{{0755}, {}};
constexpr std::size_t compared_at_once = 64 * 1024;  // small enough for the heap: larger blocks are mapped anew each time

// A file, not a link: the seam makes and compares files, and a link would be followed to wherever it was led since.
constexpr const char* command_text =
    "#!/bin/sh\n"
    "# Written by cosigner setup: makes the program's own copy a command.\n"
    "exec /var/lib/cosigner/bin/cosigner \"$@\"\n";
constexpr host::FileAttributes command_attributes{{0755}, {}};
constexpr std::size_t command_limit = 1024;

/// Compared byte by byte: on a machine where all is well this is several times cheaper than two digests, and trusts no time stamp.
Result<bool> same_bytes(const host::FilesView& files, const Path& one, const Path& other) {
  const auto first = TRY(files.stat(one));
  const auto second = TRY(files.stat(other));
  if (!first || !second || first->size != second->size) return false;
  for (std::uint64_t at = 0; at < first->size; at += compared_at_once) {
    if (TRY(files.read_part(one, at, compared_at_once)) != TRY(files.read_part(other, at, compared_at_once))) return false;
  }
  return true;
}

struct OwnDirectory {
  Path path;
  host::FileAttributes attributes;
  const char* id;
  const char* why;
};

const OwnDirectory own_directories[] = {
    {own_settings, {{0755}, {}}, "settings-directory", "the operator's settings and the generated configuration lie there"},
    {own_state, {{0755}, {}}, "state-directory", "journal, reports and backups lie there"},
    {own_state / "bin", {{0755}, {}}, "program-directory", "the program's own copy lies there"},
    {own_logs, {{0750}, {}}, "log-directory", "run logs lie there, for root only"},
};

class WithOwnPlace : public engine::Stage {
 public:
  WithOwnPlace(std::unique_ptr<engine::Stage> inner, Path program) : inner_(std::move(inner)), program_(std::move(program)) {}

  std::string id() const override { return inner_->id(); }
  std::string title() const override { return inner_->title(); }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    engine::StagePlan plan = TRY(inner_->look(host, context));
    if (plan.blocked) return plan;
    std::vector<Step> own;
    TRY(plan_directories(host, own));
    TRY(plan_program(host, own));
    plan_command(host, context.ledger, plan.findings, own);
    plan.steps.insert(plan.steps.begin(), own.begin(), own.end());
    return plan;
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context,
                                   const host::ProgressSink& progress) const override {
    if (step.name != "install program") return inner_->apply(step, host, context, progress);
    const auto bytes = TRY(host.files().read(program_, program_limit));
    if (!bytes) return make_error("host.program_gone", "the running program's file " + program_.text() + " is gone", "Copy the program file again and run it.");
    TRY(host.change_files().write_atomic(installed_program, *bytes, program_attributes));
    return engine::Remembered{{"program.sha256", sha256_hex(*bytes)}};
  }

 private:
  static Status plan_directories(const host::HostView& host, std::vector<Step>& steps) {
    for (const auto& wanted : own_directories) {
      const auto found = TRY(host.files().stat(wanted.path));
      if (found && found->kind == host::FileKind::directory && found->attributes == wanted.attributes) continue;
      steps.push_back({wanted.id, engine::MakeDirectory{wanted.path, wanted.attributes}, wanted.why, "remove it when it is empty"});
    }
    return {};
  }

  Status plan_program(const host::HostView& host, std::vector<Step>& steps) const {
    if (program_ == installed_program) return {};
    const auto copy = TRY(host.files().stat(installed_program));
    if (copy && copy->attributes == program_attributes && TRY(same_bytes(host.files(), program_, installed_program))) return {};
    const auto running = TRY(host.files().sha256(program_));
    if (!running) return {};  // started from a file that is gone: nothing to copy, and nothing to worry about
    Step step;
    step.id = "program";
    step.payload = engine::Custom{"install program", {{"subject", installed_program.text()}, {"from", program_.text()}, {"sha256", *running}}};
    step.why = "units and later repairs run this root-owned copy, not a file in somebody's home";
    step.undo = "remove " + installed_program.text();
    steps.push_back(std::move(step));
    return {};
  }

  /// Convenience, never a reason to fail: what somebody else put there stays, and a folder that is not root's alone, or cannot be written,
  /// gets no command. What cannot be looked at is said, too.
  void plan_command(const host::HostView& host, const state::Ledger& ledger, std::vector<report::Finding>& findings,
                    std::vector<Step>& steps) const {
    const auto wanted = is_command_wanted(host.files(), ledger);
    if (!wanted) {
      findings.push_back({"own.command", "\"cosigner\" is a command", report::Outcome::warn, wanted.error().message, "Type " + installed_program.text() + " instead.", {}, {}});
      return;
    }
    if (!*wanted) return;
    steps.push_back({"command", engine::WriteFile{installed_command, command_text, command_attributes, "file", true, false},
                     "\"cosigner status\" has to work from any folder", "remove " + installed_command.text()});
  }

  /// False where there is nothing to do; fails with what is in the way.
  Result<bool> is_command_wanted(const host::FilesView& files, const state::Ledger& ledger) const {
    const auto in_the_way = [](std::string what) { return make_error("own.command", std::move(what), ""); };
    if (program_ == installed_command) return false;  // whoever put the program itself there has the command
    const Path folder = installed_command.parent();
    const auto parent = TRY(files.stat(folder));
    if (!parent || parent->kind != host::FileKind::directory) return in_the_way(folder.text() + " is no folder");
    if (parent->attributes.owner.uid != 0 || (parent->attributes.mode.bits & 0022) != 0) return in_the_way(folder.text() + " can be written to by others than root");
    const auto found = TRY(files.stat(installed_command));
    if (found && found->kind != host::FileKind::regular) return in_the_way(installed_command.text() + " is there already and is no plain file");
    if (found) {
      const bool is_right = found->size <= command_limit && TRY(files.read(installed_command, command_limit)) == command_text;
      if (is_right && found->attributes == command_attributes) return false;
      if (!is_right && TRY(same_bytes(files, program_, installed_command))) return false;
      if (!is_right && ledger.find("file", installed_command.text()) == nullptr) return in_the_way(installed_command.text() + " is somebody else's file");
    }
    const auto options = TRY(files.mount_of(folder)).options;
    if (std::find(options.begin(), options.end(), "ro") != options.end()) return in_the_way(folder.text() + " lies on a file system that is read-only");
    return true;
  }

  std::unique_ptr<engine::Stage> inner_;
  Path program_;
};

}  // namespace

std::unique_ptr<engine::Stage> with_own_place(std::unique_ptr<engine::Stage> inner, Path program) {
  return std::make_unique<WithOwnPlace>(std::move(inner), std::move(program));
}

}  // namespace cosigner::stages

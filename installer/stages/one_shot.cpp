#include "installer/stages/one_shot.hpp"

#include <algorithm>

#include "installer/stages/cosigner_container.hpp"

namespace cosigner::stages {
namespace {

constexpr std::chrono::milliseconds poll_interval{1000};
constexpr int log_lines = 2000;

host::FileAttributes private_to_service(const profile::CosignerContract& contract, std::uint32_t mode) {
  return {{mode}, {contract.data_uid, contract.data_gid}};
}

Status put_document(host::Host& host, const profile::CosignerContract& contract, const Secret& document) {
  TRY(require_memory(host));
  TRY(host.change_files().make_dir(document_directory, private_to_service(contract, 0700)));
  return host.change_files().write_atomic(document_directory / "document.json", document.reveal("bind-mounted for the one-shot container"),
                                          private_to_service(contract, 0600));
}

bool is_over(const host::Container& container) { return !container.running && container.state != "created" && container.state != "restarting"; }

/// The exit status, or nothing at the deadline.
Result<std::optional<int>> wait_for_end(host::Host& host, const std::string& name, const std::string& what, const host::ProgressSink& progress) {
  const auto began = host.clock().monotonic();
  while (true) {
    const auto container = TRY(host.containers().container(name));
    if (!container) return make_error("engine.container_failed", "the container " + name + " disappeared while it worked", "Find out what removed it, then run the command again.");
    if (is_over(*container)) return std::optional<int>(container->exit_code);
    const auto took = host.clock().monotonic() - began;
    if (took > one_shot_limit) return std::optional<int>();
    if (progress) progress({what, 0, std::nullopt, std::nullopt});  // nothing counts up while the executable works: only that it does
    TRY(host.wait().sleep(poll_interval));
  }
}

Result<OneShotEnd> start_and_wait(host::Host& host, const host::ContainerSpec& spec, const std::string& what, const host::ProgressSink& progress) {
  TRY(host.change_containers().create(spec));
  TRY(host.change_containers().start(spec.name));
  OneShotEnd end;
  end.exit_code = TRY(wait_for_end(host, spec.name, what, progress));
  end.log = TRY(host.containers().logs(spec.name, log_lines, std::nullopt));
  return end;
}

/// Both are tried, whatever the first says: the document is the more urgent one.
Status clear_away(host::Host& host, const std::string& name, bool document) {
  Status removed = document ? host.change_files().remove_tree(document_directory) : Status();
  Status ended = host.change_containers().remove(name);
  if (removed.ok()) return ended;
  if (ended.ok()) return removed;
  return std::move(removed).error().followed_by(std::move(ended).error());
}

engine::Step plain_step(const char* id, engine::Payload payload, const char* why) {
  engine::Step step;
  step.id = id;
  step.payload = std::move(payload);
  step.why = why;
  step.undo = "nothing: it is what a cut-off run left";
  step.ownership.clear();
  return step;
}

bool is_enrolment(const host::Container& container) {
  const auto& words = container.spec.command;
  return std::find(words.begin(), words.end(), "--initial-config-file") != words.end() || std::find(words.begin(), words.end(), "--enroll-new-device") != words.end();
}

}  // namespace

Status require_memory(const host::HostView& host) {
  const host::Mount mount = TRY(host.files().mount_of(document_directory));
  if (mount.type == "tmpfs" || mount.type == "ramfs") return {};
  return make_error("pairing.not_in_memory", document_directory.text() + " lies on " + mount.type + ", so a pairing token would be written to a disk",
                    "Mount a tmpfs on /run, as systemd does, and run the command again.");
}

Result<OneShotEnd> run_one_shot(host::Host& host, const engine::StageContext& context, const std::string& image_id, const OneShot& job,
                                const host::ProgressSink& progress) {
  const profile::CosignerContract& contract = context.settings.profile.cosigner;
  const bool has_document = !job.document.empty();
  std::vector<std::string> arguments = {job.flag};
  arguments.insert(arguments.end(), job.arguments.begin(), job.arguments.end());
  if (has_document) arguments.push_back(std::string(document_directory_inside) + "/document.json");
  const host::ContainerSpec spec = TRY(one_shot_spec(host, context.settings, image_id, arguments, has_document ? document_directory.text() : ""));

  Status ready = has_document ? put_document(host, contract, job.document) : Status();
  Result<OneShotEnd> end = ready.ok() ? start_and_wait(host, spec, job.what, progress) : Result<OneShotEnd>(std::move(ready).error());
  Status cleared = clear_away(host, spec.name, has_document);
  if (cleared.ok()) return end;
  if (!end.ok()) return std::move(end).error().followed_by(std::move(cleared).error());
  return std::move(cleared).error().within("clearing away after " + job.flag);
}

Result<std::vector<engine::Step>> plan_leftovers(const host::HostView& host, const engine::StageContext& context) {
  std::vector<engine::Step> steps;
  const std::string& name = context.settings.profile.cosigner.init_name;
  const auto container = TRY(find_container(host, name));
  if (container && container->running && is_enrolment(*container)) {
    steps.push_back(plain_step("wait-for-leftover", engine::Custom{"wait", {{"subject", name}}}, "an earlier run was cut off while the co-signer enrolled; ending that would waste the token"));
  }
  if (container) steps.push_back(plain_step("remove-leftover", engine::RemoveContainer{name}, "the one-shot container of an earlier run is still there"));
  if (TRY(host.files().stat(document_directory))) {
    steps.push_back(plain_step("remove-document", engine::RemoveEntry{document_directory, true}, "the document of an earlier run, which holds a token, is still there"));
  }
  return steps;
}

Status wait_for_leftover(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
  const std::string& name = context.settings.profile.cosigner.init_name;
  if (!TRY(host.containers().container(name))) return {};
  TRY(wait_for_end(host, name, "waiting for the enrolment of an earlier run", progress));
  return {};
}

}  // namespace cosigner::stages

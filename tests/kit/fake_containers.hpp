// The Docker Engine of the model: images, containers and a registry behind it, as a small state machine.
//
// A container's program is `MachineModel::container_program`, run with entrypoint and command at start and with the asked argv at
// exec and ask. At start, exit code -1 means that it keeps running; anything else ends the container with that code, or, when its
// restart policy says so, leaves it "restarting". What it printed is in `container_logs`.
#pragma once

#include "host/containers.hpp"
#include "kit/call_log.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

class FakeContainers : public host::Containers {
 public:
  FakeContainers(MachineModel& model, CallLog& log) : model_(model), log_(log) {}

  Result<std::optional<host::EngineInfo>> engine() const override;
  Result<std::optional<host::Image>> image(const std::string& reference) const override;
  Result<std::optional<host::Container>> container(const std::string& name) const override;
  Result<std::vector<std::string>> names() const override;
  Result<bool> has_network(const std::string& name) const override;
  Result<Untrusted> logs(const std::string& name, int lines, std::optional<Time> since) const override;
  /// Who follows gets what the model's `coming_logs` hold; then the container counts as ended, because nobody can wait in a model.
  Status read_log(const std::string& name, int lines, bool follow, const host::LogSink& take) const override;
  Result<std::string> resolve_tag(const std::string& reference, const std::optional<host::RegistryLogin>& login) const override;
  /// The program answers on a copy of the machine: a question changes nothing.
  Result<host::ExecOutput> ask(const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                               std::chrono::seconds limit) const override;

  Status check_login(const host::RegistryLogin& login) override;
  Status pull(const std::string& reference, const std::optional<host::RegistryLogin>& login, const host::ProgressSink& progress) override;
  Result<std::vector<std::string>> load(const std::string& archive_path, const host::ProgressSink& progress) override;
  Status create_network(const std::string& name) override;
  Result<std::string> create(const host::ContainerSpec& spec) override;
  Status start(const std::string& name) override;
  Status stop(const std::string& name, std::chrono::seconds grace) override;
  Status remove(const std::string& name) override;
  Result<host::ExecOutput> exec(const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                                std::chrono::seconds limit) override;

 private:
  MachineModel& model_;
  CallLog& log_;
};

/// What the engine does when it starts again (boot, restart without live-restore): containers with the policies "always" and
/// "unless-stopped" run their program again, the others that ran are now exited.
void engine_started_again(MachineModel& model);

}  // namespace cosigner::kit

// The real containers port: the Docker Engine over its Unix socket.
#pragma once

#include "base/cancel.hpp"
#include "host/containers.hpp"
#include "host/posix/engine_client.hpp"

namespace cosigner::host {

class EngineContainers : public Containers {
 public:
  /// `socket` is the profile's path and the only way to an engine (threats L7). `cancel` may be null; it must outlive this.
  EngineContainers(std::string socket, const CancelToken* cancel) : client_(std::move(socket), cancel) {}

  Result<std::optional<EngineInfo>> engine() const override;
  Result<std::optional<Image>> image(const std::string& reference) const override;
  Result<std::optional<Container>> container(const std::string& name) const override;
  Result<std::vector<std::string>> names() const override;
  Result<bool> has_network(const std::string& name) const override;
  Result<Untrusted> logs(const std::string& name, int lines, std::optional<Time> since) const override;
  Status read_log(const std::string& name, int lines, bool follow, const LogSink& take) const override;
  Result<std::string> resolve_tag(const std::string& reference, const std::optional<RegistryLogin>& login) const override;
  Result<ExecOutput> ask(const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                         std::chrono::seconds limit) const override;

  Status check_login(const RegistryLogin& login) override;
  Status pull(const std::string& reference, const std::optional<RegistryLogin>& login, const ProgressSink& progress) override;
  Result<std::vector<std::string>> load(const std::string& archive_path, const ProgressSink& progress) override;
  Status create_network(const std::string& name) override;
  Result<std::string> create(const ContainerSpec& spec) override;
  Status start(const std::string& name) override;
  Status stop(const std::string& name, std::chrono::seconds grace) override;
  Status remove(const std::string& name) override;
  Result<ExecOutput> exec(const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                          std::chrono::seconds limit) override;

 private:
  mutable EngineClient client_;  // one call at a time
};

}  // namespace cosigner::host

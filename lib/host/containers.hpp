// The Docker Engine, by its API on the profile's Unix socket (no docker command line, no compose).
//
// Errors: `engine.unreachable`, `engine.api_unsupported`, `engine.login_refused`, `engine.pull_failed`, `engine.digest_mismatch`,
// `engine.image_not_found`, `engine.tls_untrusted`, `engine.registry_unreachable`, `engine.container_failed`, `engine.answer_malformed`.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "base/untrusted.hpp"
#include "host/types.hpp"

namespace cosigner::host {

struct EngineInfo {
  std::string version;          // "20.10.24"
  std::string api_version;      // highest that the engine speaks
  std::string min_api_version;
  std::string root_dir;         // where images lie, for the free-space check
  std::string storage_driver;
  std::vector<std::string> insecure_registries;
  std::vector<std::string> mirrors;
  bool live_restore = false;
  std::string https_proxy;  // as the engine shows it: a password is masked
};

/// Sent with one request, never stored.
struct RegistryLogin {
  std::string host;
  std::string username;
  Secret password;
};

struct Image {
  std::string id;                          // "sha256:…" of the configuration
  std::vector<std::string> repo_digests;   // "registry/name@sha256:…"
  std::vector<std::string> repo_tags;
  std::map<std::string, std::string> labels;
};

struct Mounted {
  std::string source;  // host path
  std::string target;
  bool read_only = false;
  friend bool operator==(const Mounted&, const Mounted&) = default;
};

struct DeviceMapping {
  std::string source;
  std::string target;
  friend bool operator==(const DeviceMapping&, const DeviceMapping&) = default;
};

/// What a container is created from; compared field by field with what is there.
struct ContainerSpec {
  std::string name;
  std::string image_id;  // never a tag (threats R1)
  std::string hostname;
  std::string network;
  std::string user;                   // empty: the image's own
  std::vector<std::string> entrypoint;  // empty: the image's own
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::vector<Mounted> mounts;
  std::vector<DeviceMapping> devices;
  std::vector<std::string> group_ids;  // numeric, as text
  std::map<std::string, std::string> labels;
  std::string restart_policy = "no";  // "no", "always", "unless-stopped"
  bool init_process = false;
  bool no_new_privileges = true;
  std::uint64_t memory_limit = 0;  // bytes, 0 = none
  std::int64_t pids_limit = 0;     // 0 = none
  std::map<std::string, std::string> log_options;  // json-file: max-size, max-file …
  friend bool operator==(const ContainerSpec&, const ContainerSpec&) = default;
};

struct Container {
  std::string id;
  ContainerSpec spec;  // as the engine reports it, in our terms
  bool running = false;
  std::string state;   // "created", "running", "restarting", "exited", "paused", "dead"
  int exit_code = 0;
  int restart_count = 0;
  Time started{};
  std::optional<std::string> health;
};

struct ExecOutput {
  int exit_code = 0;
  Untrusted out;
  Untrusted err;
};

/// Takes a log piece by piece; pieces end anywhere, also within a line or a character. An error of it ends the reading.
using LogSink = std::function<Status(const Untrusted& piece)>;

class ContainersView {
 public:
  virtual ~ContainersView() = default;
  /// Nothing when no engine answers on the socket.
  virtual Result<std::optional<EngineInfo>> engine() const = 0;
  /// By id, "repo@digest" or "repo:tag"; nothing when not here.
  virtual Result<std::optional<Image>> image(const std::string& reference) const = 0;
  virtual Result<std::optional<Container>> container(const std::string& name) const = 0;
  /// Names of all containers, running or not; nothing when no engine answers.
  virtual Result<std::vector<std::string>> names() const { return std::vector<std::string>(); }
  virtual Result<bool> has_network(const std::string& name) const = 0;
  /// The last `lines` of both streams since `since` (nothing: from the beginning), at most 1 MiB.
  virtual Result<Untrusted> logs(const std::string& name, int lines, std::optional<Time> since) const = 0;
  /// The last `lines` of both streams, however long, in the order of their arrival; with `follow` then what comes until the container
  /// ends. An error of `take` is the result, and so is `run.cancelled` when the process is asked to end.
  virtual Status read_log(const std::string& name, int lines, bool follow, const LogSink& take) const = 0;
  /// The digest ("sha256:…") that the registry gives for "repo:tag" now: one TLS question through the engine, nothing is pulled.
  virtual Result<std::string> resolve_tag(const std::string& reference, const std::optional<RegistryLogin>& login) const = 0;
  /// A read-only question to a running container (--list-devices, --print-pubkey, --version): executes, changes nothing.
  virtual Result<ExecOutput> ask(const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                                 std::chrono::seconds limit) const = 0;
};

class Containers : public virtual ContainersView {
 public:
  /// POST /auth: a wrong password is found even when the image is already here.
  virtual Status check_login(const RegistryLogin& login) = 0;
  /// `reference` is "repo@sha256:…". Good only when no line of the stream is an error and inspect then names the digest.
  virtual Status pull(const std::string& reference, const std::optional<RegistryLogin>& login, const ProgressSink& progress) = 0;
  /// Loads a docker-archive file of the host; gives the image ids it brought.
  virtual Result<std::vector<std::string>> load(const std::string& archive_path, const ProgressSink& progress) = 0;
  virtual Status create_network(const std::string& name) = 0;
  virtual Result<std::string> create(const ContainerSpec& spec) = 0;  // the id
  virtual Status start(const std::string& name) = 0;
  virtual Status stop(const std::string& name, std::chrono::seconds grace) = 0;
  virtual Status remove(const std::string& name) = 0;  // forced; absent is success
  /// Executes and waits; for what changes the co-signer (pairing, callback).
  virtual Result<ExecOutput> exec(const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                                  std::chrono::seconds limit) = 0;
};

}  // namespace cosigner::host

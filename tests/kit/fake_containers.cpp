#include "kit/fake_containers.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace cosigner::kit {
namespace {

using host::Container;
using host::ContainerSpec;
using host::ExecOutput;
using host::Image;

Status require_engine(MachineModel& model, const std::string& question) {
  model.traffic.push_back("engine " + question);
  if (model.engine) return {};
  return make_error("engine.unreachable", "no container engine answers on the socket", "Start the docker service.");
}

/// "registry.example:5000/a/b:1" → "registry.example:5000/a/b"; the colon of a port is no tag.
std::string repository_of(const std::string& reference) {
  const std::string name = reference.substr(0, reference.find('@'));
  const std::size_t colon = name.rfind(':');
  return colon != std::string::npos && name.find('/', colon) == std::string::npos ? name.substr(0, colon) : name;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

const Image* find_image(const MachineModel& model, const std::string& reference) {
  for (const auto& [id, image] : model.images)
    if (id == reference || contains(image.repo_digests, reference) || contains(image.repo_tags, reference)) return &image;
  return nullptr;
}

Status judge_login(const MachineModel& model, const std::optional<host::RegistryLogin>& login) {
  if (model.registry_logins.empty()) return {};
  const auto known = login ? model.registry_logins.find(login->username) : model.registry_logins.end();
  if (known != model.registry_logins.end() && login->password.reveal("compare in the model") == known->second) return {};
  return make_error("engine.login_refused", "the registry refused the login",
                    "Check the user name and the password of the registry.");
}

Error missing_in_registry(const std::string& reference) {
  return make_error("engine.image_not_found", "the registry has no image " + reference, "Check the image revision.");
}

Error no_container(const std::string& name) {
  return make_error("engine.container_failed", "there is no container " + name, "Run `cosigner setup` again.");
}

ExecOutput run_program(MachineModel& model, const Container& container, const std::vector<std::string>& argv) {
  if (model.container_program) return model.container_program(model, container, argv);
  return ExecOutput{-1, Untrusted(), Untrusted()};
}

void run_at_start(MachineModel& model, const std::string& name) {
  const Container before = model.containers.at(name);
  std::vector<std::string> argv = before.spec.entrypoint;
  argv.insert(argv.end(), before.spec.command.begin(), before.spec.command.end());
  model.containers.at(name).started = model.now;
  const ExecOutput output = run_program(model, before, argv);
  const auto found = model.containers.find(name);
  if (found == model.containers.end()) return;
  Container& container = found->second;
  model.container_logs[name] += std::string(output.out.raw()) + std::string(output.err.raw());
  const bool again = container.spec.restart_policy != "no";
  container.running = output.exit_code == -1;
  container.exit_code = container.running ? 0 : output.exit_code;
  container.state = container.running ? "running" : again ? "restarting" : "exited";
  if (!container.running && again) ++container.restart_count;
}

Result<ExecOutput> run_inside(MachineModel& model, const std::string& name, const std::vector<std::string>& argv) {
  const auto found = model.containers.find(name);
  if (found == model.containers.end()) return no_container(name);
  if (!found->second.running)
    return make_error("engine.container_failed", "the container " + name + " is not running", "Run `cosigner start`.");
  const Container container = found->second;
  ExecOutput output = run_program(model, container, argv);
  if (output.exit_code == -1) return make_error("engine.container_failed", "the program in " + name + " did not end in time", "");
  return output;
}

Status put_image(MachineModel& model, const Image& image) {
  Image& kept = model.images[image.id];
  Image merged = image;
  for (const auto& digest : kept.repo_digests)
    if (!contains(merged.repo_digests, digest)) merged.repo_digests.push_back(digest);
  kept = merged;
  return {};
}

void tell(const host::ProgressSink& progress, const std::string& what) {
  constexpr std::uint64_t total = 64u << 20;
  for (std::uint64_t part = 1; part <= 4 && progress; ++part) progress({what, total / 4 * part, total, {}});
}

}  // namespace

Result<std::optional<host::EngineInfo>> FakeContainers::engine() const {
  model_.traffic.push_back("engine info");
  return model_.engine;
}

Result<std::optional<Image>> FakeContainers::image(const std::string& reference) const {
  TRY(require_engine(model_, "image " + reference));
  const Image* found = find_image(model_, reference);
  return found ? std::optional<Image>(*found) : std::nullopt;
}

Result<std::optional<Container>> FakeContainers::container(const std::string& name) const {
  TRY(require_engine(model_, "container " + name));
  const auto found = model_.containers.find(name);
  return found == model_.containers.end() ? std::nullopt : std::optional<Container>(found->second);
}

Result<std::vector<std::string>> FakeContainers::names() const {
  std::vector<std::string> out;
  for (const auto& [name, container] : model_.containers) out.push_back(name);
  return out;
}

Result<bool> FakeContainers::has_network(const std::string& name) const {
  TRY(require_engine(model_, "network " + name));
  return model_.networks.count(name) != 0;
}

Result<Untrusted> FakeContainers::logs(const std::string& name, int lines, std::optional<Time>) const {
  TRY(require_engine(model_, "logs " + name));
  if (model_.containers.count(name) == 0) return no_container(name);
  const std::string text = model_.container_logs[name];
  const auto all = lines_of(text);
  std::string last;
  const std::size_t wanted = static_cast<std::size_t>(std::max(lines, 0));
  for (std::size_t at = all.size() > wanted ? all.size() - wanted : 0; at < all.size(); ++at) last += std::string(all[at]) + "\n";
  return Untrusted(last);
}

Status FakeContainers::read_log(const std::string& name, int lines, bool follow, const host::LogSink& take) const {
  const Untrusted text = TRY(logs(name, lines, std::nullopt));
  if (!text.empty()) TRY(take(text));
  if (!follow || !model_.containers[name].running) return {};
  for (const auto& piece : model_.coming_logs[name]) TRY(take(Untrusted(piece)));
  return {};
}

Result<std::string> FakeContainers::resolve_tag(const std::string& reference,
                                                const std::optional<host::RegistryLogin>& login) const {
  TRY(require_engine(model_, "resolve " + reference));
  model_.traffic.push_back("registry resolve " + reference);
  TRY(judge_login(model_, login));
  for (const auto& [name, offered] : model_.registry)
    if (name == reference || repository_of(name) + "@" + offered.digest == reference) return offered.digest;
  return missing_in_registry(reference);
}

Result<ExecOutput> FakeContainers::ask(const std::string& container, const std::vector<std::string>& argv, const std::string&,
                                       std::chrono::seconds) const {
  TRY(require_engine(model_, "ask " + container + " " + joined(argv, " ")));
  MachineModel copy = model_;
  return run_inside(copy, container, argv);
}

Status FakeContainers::check_login(const host::RegistryLogin& login) {
  return log_.write<void>("containers.check_login", login.host, [&]() -> Status {
    TRY(require_engine(model_, "login " + login.host));
    model_.traffic.push_back("registry login " + login.host);
    return judge_login(model_, login);
  });
}

Status FakeContainers::pull(const std::string& reference, const std::optional<host::RegistryLogin>& login,
                            const host::ProgressSink& progress) {
  return log_.write<void>("containers.pull", reference, [&]() -> Status {
    TRY(require_engine(model_, "pull " + reference));
    if (find_image(model_, reference)) return {};  // the registry is not asked, not even for the login (building.md, section 3)
    model_.traffic.push_back("registry pull " + reference);
    TRY(judge_login(model_, login));
    for (const auto& [name, offered] : model_.registry) {
      if (repository_of(name) + "@" + offered.digest != reference) continue;
      tell(progress, "downloading layers");
      Image image = offered.image;
      if (!contains(image.repo_digests, reference)) image.repo_digests.push_back(reference);
      return put_image(model_, image);
    }
    return missing_in_registry(reference);
  });
}

Result<std::vector<std::string>> FakeContainers::load(const std::string& archive_path, const host::ProgressSink& progress) {
  return log_.write<std::vector<std::string>>("containers.load", archive_path, [&]() -> Result<std::vector<std::string>> {
    TRY(require_engine(model_, "load " + archive_path));
    const auto found = model_.archives.find(archive_path);
    if (found == model_.archives.end() || model_.entries.count(archive_path) == 0)
      return make_error("engine.archive_unreadable", "the image archive " + archive_path + " cannot be read",
                        "Check image.archive.");
    tell(progress, "loading the image archive");
    TRY(put_image(model_, found->second));
    return std::vector<std::string>{found->second.id};
  });
}

Status FakeContainers::create_network(const std::string& name) {
  return log_.write<void>("containers.create_network", name, [&]() -> Status {
    TRY(require_engine(model_, "create network " + name));
    model_.networks.insert(name);
    return {};
  });
}

Result<std::string> FakeContainers::create(const ContainerSpec& spec) {
  return log_.write<std::string>("containers.create", spec.name, [&]() -> Result<std::string> {
    TRY(require_engine(model_, "create " + spec.name));
    if (model_.containers.count(spec.name) != 0)
      return make_error("engine.container_failed", "the name " + spec.name + " is taken by another container", "");
    if (model_.images.count(spec.image_id) == 0)
      return make_error("engine.image_not_found", "the image " + spec.image_id + " is not here", "Run `cosigner setup` again.");
    if (!spec.network.empty() && model_.networks.count(spec.network) == 0)
      return make_error("engine.container_failed", "there is no network " + spec.network, "Run `cosigner setup` again.");
    Container container;
    container.id = sha256_hex(spec.name + " " + std::to_string(++model_.containers_created));
    container.spec = spec;
    container.state = "created";
    model_.containers[spec.name] = container;
    model_.container_logs[spec.name].clear();
    return container.id;
  });
}

Status FakeContainers::start(const std::string& name) {
  return log_.write<void>("containers.start", name, [&]() -> Status {
    TRY(require_engine(model_, "start " + name));
    const auto found = model_.containers.find(name);
    if (found == model_.containers.end()) return no_container(name);
    if (!found->second.running) run_at_start(model_, name);
    return {};
  });
}

Status FakeContainers::stop(const std::string& name, std::chrono::seconds) {
  return log_.write<void>("containers.stop", name, [&]() -> Status {
    TRY(require_engine(model_, "stop " + name));
    const auto found = model_.containers.find(name);
    if (found == model_.containers.end()) return {};
    Container& container = found->second;
    if (container.running || container.state == "restarting") {
      container.running = false;
      container.state = "exited";
      container.exit_code = 143;
      if (const auto ended = model_.container_ended) ended(model_, host::Container(container));
    }
    return {};
  });
}

Status FakeContainers::remove(const std::string& name) {
  return log_.write<void>("containers.remove", name, [&]() -> Status {
    TRY(require_engine(model_, "remove " + name));
    const auto found = model_.containers.find(name);
    const auto gone = found == model_.containers.end() ? std::nullopt : std::optional<Container>(found->second);
    model_.containers.erase(name);
    model_.container_logs.erase(name);
    const auto ended = model_.container_ended;
    if (ended && gone && gone->running) ended(model_, *gone);
    return {};
  });
}

Result<ExecOutput> FakeContainers::exec(const std::string& container, const std::vector<std::string>& argv, const std::string&,
                                        std::chrono::seconds) {
  return log_.write<ExecOutput>("containers.exec", container + " " + joined(argv, " "), [&]() -> Result<ExecOutput> {
    TRY(require_engine(model_, "exec " + container + " " + joined(argv, " ")));
    return run_inside(model_, container, argv);
  });
}

void engine_started_again(MachineModel& model) {
  std::vector<std::string> names;
  for (auto& [name, container] : model.containers) {
    const bool ran = container.running || container.state == "restarting";
    if (container.spec.restart_policy == "always" || (ran && container.spec.restart_policy == "unless-stopped"))
      names.push_back(name);
    if (ran) container.state = "exited";
    container.running = false;
  }
  for (const auto& name : names) run_at_start(model, name);
}

}  // namespace cosigner::kit

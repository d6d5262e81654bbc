#include "host/remembering_host.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "host/answer_codec.hpp"

namespace cosigner::host {
namespace {

constexpr std::string_view first_line = "cosigner.capture/1";

/// One line, whatever the bytes are.
std::string to_line(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out;
}

std::string from_line(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      out += line[i];
      continue;
    }
    const char c = line[++i];
    out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
  }
  return out;
}

std::string key_of(std::string_view name, std::initializer_list<std::string> arguments) {
  std::string key(name);
  for (const auto& argument : arguments) key += " " + to_line(argument);
  return key;
}

}  // namespace

struct RememberingHost::Memory {
  const HostView* machine = nullptr;
  Scrub scrub;
  std::map<std::string, std::string> answers;
  std::map<std::string, std::string> real_users;  // by the names that stand for them

  std::string scrubbed(const std::string& what, std::string text) const { return scrub ? scrub(what, std::move(text)) : text; }
  Untrusted scrubbed(const std::string& what, const Untrusted& text) const { return Untrusted(scrubbed(what, to_kept(text))); }

  /// The remembered answer; else the machine's, made fit to keep.
  template <class T, class Ask, class Clean>
  Result<T> recall(const std::string& key, Ask&& ask, Clean&& clean) {
    const auto found = answers.find(key);
    if (found != answers.end()) return from_answer<T>(found->second);
    if (machine == nullptr)
      return make_error("capture.not_recorded", "the capture does not hold the answer to \"" + key.substr(0, 120) + "\"",
                        "Capture again with this version of the program.");
    Result<T> answer = ask(*machine);
    if (answer && scrub) clean(*answer);
    answers[key] = to_answer(answer);
    return answer;
  }
  template <class T, class Ask>
  Result<T> recall(const std::string& key, Ask&& ask) {
    return recall<T>(key, std::forward<Ask>(ask), [](T&) {});
  }
};

struct RememberingHost::Ports {
  explicit Ports(Memory& memory)
      : files(memory),
        packages(memory),
        services(memory),
        accounts(memory),
        containers(memory),
        network(memory),
        clock(memory),
        devices(memory) {}

  struct Files : FilesView {
    explicit Files(Memory& memory) : m(memory) {}
    Memory& m;
    Result<std::optional<FileStat>> stat(const Path& path) const override {
      return m.recall<std::optional<FileStat>>(key_of("stat", {path.text()}),
                                               [&](const HostView& host) { return host.files().stat(path); });
    }
    void clean(const Path& path, std::optional<std::string>& text) const {
      if (text) text = m.scrubbed("file " + path.text(), std::move(*text));
    }
    Result<std::optional<std::string>> read(const Path& path, std::size_t limit) const override {
      return m.recall<std::optional<std::string>>(
          key_of("read", {path.text(), std::to_string(limit)}),
          [&](const HostView& host) { return host.files().read(path, limit); }, [&](auto& text) { clean(path, text); });
    }
    Result<std::optional<std::string>> read_part(const Path& path, std::uint64_t offset, std::size_t limit) const override {
      return m.recall<std::optional<std::string>>(
          key_of("part", {path.text(), std::to_string(offset), std::to_string(limit)}),
          [&](const HostView& host) { return host.files().read_part(path, offset, limit); },
          [&](auto& text) { clean(path, text); });
    }
    Result<std::vector<std::string>> list(const Path& path) const override {
      return m.recall<std::vector<std::string>>(key_of("list", {path.text()}),
                                                [&](const HostView& host) { return host.files().list(path); });
    }
    Result<std::optional<std::string>> sha256(const Path& path) const override {
      return m.recall<std::optional<std::string>>(key_of("sha256", {path.text()}),
                                                  [&](const HostView& host) { return host.files().sha256(path); });
    }
    Result<Mount> mount_of(const Path& path) const override {
      return m.recall<Mount>(key_of("mount", {path.text()}), [&](const HostView& host) { return host.files().mount_of(path); });
    }
    Result<std::uint64_t> free_space(const Path& path) const override {
      return m.recall<std::uint64_t>(key_of("free", {path.text()}),
                                     [&](const HostView& host) { return host.files().free_space(path); });
    }
  } files;

  struct Packages : PackagesView {
    explicit Packages(Memory& memory) : m(memory) {}
    Memory& m;
    Result<std::map<std::string, Package>> installed() const override {
      return m.recall<std::map<std::string, Package>>(
          "packages", [](const HostView& host) { return host.packages().installed(); },
          [&](auto& all) {
            for (auto each = all.begin(); each != all.end();)
              each = m.scrubbed("package " + each->first, "keep").empty() ? all.erase(each) : std::next(each);
          });
    }
    Result<bool> interrupted() const override {
      return m.recall<bool>("interrupted", [](const HostView& host) { return host.packages().interrupted(); });
    }
    Result<bool> has_lists(const std::string& prefix) const override {
      return m.recall<bool>(key_of("lists", {prefix}), [&](const HostView& host) { return host.packages().has_lists(prefix); });
    }
    Result<std::optional<std::string>> candidate(const std::string& name) const override {
      return m.recall<std::optional<std::string>>(key_of("candidate", {name}),
                                                  [&](const HostView& host) { return host.packages().candidate(name); });
    }
  } packages;

  struct Services : ServicesView {
    explicit Services(Memory& memory) : m(memory) {}
    Memory& m;
    Result<std::map<std::string, UnitState>> states(const std::vector<std::string>& units) const override {
      return m.recall<std::map<std::string, UnitState>>(key_of("units", {joined(units, " ")}),
                                                        [&](const HostView& host) { return host.services().states(units); });
    }
    Result<std::optional<Untrusted>> log(const std::string& unit, int lines) const override {
      return m.recall<std::optional<Untrusted>>(
          key_of("log", {unit, std::to_string(lines)}), [&](const HostView& host) { return host.services().log(unit, lines); },
          [&](auto& log) {
            if (log) log = m.scrubbed("log " + unit, *log);
          });
    }
  } services;

  struct Accounts : AccountsView {
    explicit Accounts(Memory& memory) : m(memory) {}
    Memory& m;
    void clean(std::optional<User>& user) const {
      if (!user) return;
      user->name = m.scrubbed("user", user->name);
      user->home = m.scrubbed("home", user->home);
    }
    void clean(std::optional<Group>& group) const {
      if (!group) return;
      group->name = m.scrubbed("user", group->name);
      for (auto& name : group->members) name = m.scrubbed("user", name);
    }
    Result<std::optional<User>> user(const std::string& name) const override {
      const auto known = m.real_users.find(name);
      const std::string real = known == m.real_users.end() ? name : known->second;
      return m.recall<std::optional<User>>(
          key_of("user", {name}), [&](const HostView& host) { return host.accounts().user(real); },
          [&](auto& user) { clean(user); });
    }
    Result<std::optional<User>> user_by_id(std::uint32_t uid) const override {
      return m.recall<std::optional<User>>(
          key_of("uid", {std::to_string(uid)}), [&](const HostView& host) { return host.accounts().user_by_id(uid); },
          [&](auto& user) { clean(user); });
    }
    Result<std::optional<Group>> group(const std::string& name) const override {
      return m.recall<std::optional<Group>>(
          key_of("group", {name}), [&](const HostView& host) { return host.accounts().group(name); },
          [&](auto& group) { clean(group); });
    }
    Result<std::optional<Group>> group_by_id(std::uint32_t gid) const override {
      return m.recall<std::optional<Group>>(
          key_of("gid", {std::to_string(gid)}), [&](const HostView& host) { return host.accounts().group_by_id(gid); },
          [&](auto& group) { clean(group); });
    }
  } accounts;

  struct Containers : ContainersView {
    explicit Containers(Memory& memory) : m(memory) {}
    Memory& m;
    Result<std::optional<EngineInfo>> engine() const override {
      return m.recall<std::optional<EngineInfo>>(
          "engine", [](const HostView& host) { return host.containers().engine(); },
          [&](auto& info) {
            if (!info) return;
            for (auto* addresses : {&info->mirrors, &info->insecure_registries}) {
              for (auto& address : *addresses) address = m.scrubbed("address", address);
            }
            if (!info->https_proxy.empty()) info->https_proxy = m.scrubbed("address", info->https_proxy);
          });
    }
    Result<std::optional<Image>> image(const std::string& reference) const override {
      return m.recall<std::optional<Image>>(
          key_of("image", {reference}), [&](const HostView& host) { return host.containers().image(reference); },
          [](auto& image) {
            if (image) image->labels.clear();
          });
    }
    void clean(const std::string& variable, std::string& value) const { value = m.scrubbed("variable " + variable, value); }
    void clean(ContainerSpec& spec) const {
      spec.labels.clear();
      spec.entrypoint.clear();
      spec.hostname.clear();
      for (auto& word : spec.command) word = m.scrubbed("argument", word);
      for (auto& mount : spec.mounts) mount.source = m.scrubbed("mount", mount.source);
      for (auto& [variable, value] : spec.environment) clean(variable, value);
    }
    Result<std::optional<Container>> container(const std::string& name) const override {
      return m.recall<std::optional<Container>>(
          key_of("container", {name}), [&](const HostView& host) { return host.containers().container(name); },
          [&](auto& container) {
            if (container) clean(container->spec);
          });
    }
    Result<std::vector<std::string>> names() const override {
      return m.recall<std::vector<std::string>>("containers", [](const HostView& host) { return host.containers().names(); });
    }
    Result<bool> has_network(const std::string& name) const override {
      return m.recall<bool>(key_of("network", {name}), [&](const HostView& host) { return host.containers().has_network(name); });
    }
    Result<Untrusted> logs(const std::string& name, int lines, std::optional<Time> since) const override {
      return m.recall<Untrusted>(
          key_of("container-log", {name, std::to_string(lines)}),
          [&](const HostView& host) { return host.containers().logs(name, lines, since); },
          [&](auto& log) { log = m.scrubbed("log container", log); });
    }
    Status read_log(const std::string& name, int, bool, const LogSink&) const override {
      return make_error("capture.not_recorded", "the whole log of " + name + " is not asked for here", "");
    }
    Result<std::string> resolve_tag(const std::string& reference, const std::optional<RegistryLogin>& login) const override {
      return m.recall<std::string>(key_of("tag", {reference}),
                                   [&](const HostView& host) { return host.containers().resolve_tag(reference, login); });
    }
    Result<ExecOutput> ask(const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                           std::chrono::seconds limit) const override {
      return m.recall<ExecOutput>(
          key_of("ask", {container, joined(argv, " "), user}),
          [&](const HostView& host) { return host.containers().ask(container, argv, user, limit); },
          [&](auto& output) {
            output.out = m.scrubbed("output", output.out);
            output.err = Untrusted();
          });
    }
  } containers;

  struct Network : NetworkView {
    explicit Network(Memory& memory) : m(memory) {}
    Memory& m;
    Result<std::vector<std::string>> resolve(const std::string& host_name) const override {
      return m.recall<std::vector<std::string>>(key_of("resolve", {host_name}),
                                                [&](const HostView& host) { return host.network().resolve(host_name); });
    }
    Result<HttpResponse> request(const HttpRequest& request) const override {
      return m.recall<HttpResponse>(
          key_of("http", {request.method, request.url}), [&](const HostView& host) { return host.network().request(request); },
          [](auto& answer) {
            // Only the public certificates that prove an answer; other headers may name this machine.
            auto kept = answer.headers.extract("sgx-enclave-identity-issuer-chain");
            answer.headers.clear();
            if (kept) answer.headers.insert(std::move(kept));
          });
    }
    std::vector<Reached> reach(const std::vector<Endpoint>& endpoints, std::chrono::seconds limit) const override {
      std::string names;
      for (const auto& endpoint : endpoints) names += endpoint.host + ":" + std::to_string(endpoint.port) + " ";
      auto answer = m.recall<std::vector<Reached>>(
          key_of("reach", {sha256_hex(names).substr(0, 16)}),
          [&](const HostView& host) { return Result<std::vector<Reached>>(host.network().reach(endpoints, limit)); },
          [](auto& all) {
            for (auto& each : all) each.addresses.clear();
          });
      if (answer) return std::move(*answer);
      std::vector<Reached> out(endpoints.size());
      for (auto& each : out) each.error = answer.error();
      return out;
    }
    Result<ServedCertificates> served_certificates(const std::string& host_name, int, std::chrono::seconds) const override {
      return make_error("capture.not_recorded", "the certificates of " + host_name + " are not asked for here", "");
    }
    Result<std::string> exchange(const Path& socket, std::string_view message, std::size_t limit,
                                 std::chrono::seconds timeout) const override {
      return m.recall<std::string>(
          key_of("socket", {socket.text(), sha256_hex(message).substr(0, 16)}),
          [&](const HostView& host) { return host.network().exchange(socket, message, limit, timeout); },
          [&](auto& answer) { answer = m.scrubbed("socket", answer); });
    }
  } network;

  struct Clock : ClockView {
    explicit Clock(Memory& memory) : m(memory) {}
    Memory& m;
    Time now() const override {
      return m.recall<Time>("now", [](const HostView& host) { return Result<Time>(host.clock().now()); }).value_or(Time{});
    }
    std::chrono::milliseconds monotonic() const override {
      return m.machine == nullptr ? std::chrono::milliseconds(0) : m.machine->clock().monotonic();
    }
    std::string boot_id() const override { return {}; }
    ClockSync sync() const override {
      const auto error = m.recall<std::int64_t>("clock-error", [](const HostView& host) {
        const ClockSync sync = host.clock().sync();
        return Result<std::int64_t>(sync.synchronised ? sync.max_error.count() : -1);
      });
      if (!error || *error < 0) return {false, std::chrono::microseconds(0)};
      return {true, std::chrono::microseconds(*error)};
    }
  } clock;

  struct Devices : DevicesView {
    explicit Devices(Memory& memory) : m(memory) {}
    Memory& m;
    Result<std::vector<CpuidDump>> cpuid() const override {
      return m.recall<std::vector<CpuidDump>>("cpuid", [](const HostView& host) { return host.devices().cpuid(); });
    }
    Result<std::optional<std::uint64_t>> msr(std::uint32_t number) const override {
      return m.recall<std::optional<std::uint64_t>>(key_of("msr", {std::to_string(number)}),
                                                    [&](const HostView& host) { return host.devices().msr(number); });
    }
    OpenResult try_open(const Path& node) const override {
      return m
          .recall<OpenResult>(key_of("open", {node.text()}),
                              [&](const HostView& host) { return Result<OpenResult>(host.devices().try_open(node)); })
          .value_or(OpenResult::failed);
    }
    Result<std::optional<Untrusted>> kernel_log() const override {
      return m.recall<std::optional<Untrusted>>(
          "kernel-log", [](const HostView& host) { return host.devices().kernel_log(); },
          [&](auto& log) {
            if (log) log = m.scrubbed("log kernel", *log);
          });
    }
    Result<std::optional<Untrusted>> registration_status() const override {
      return m.recall<std::optional<Untrusted>>(
          "registration-status", [](const HostView& host) { return host.devices().registration_status(); },
          [&](auto& status) {
            if (status) status = m.scrubbed("log registration", *status);
          });
    }
  } devices;
};

RememberingHost::RememberingHost() : memory_(std::make_unique<Memory>()), ports_(std::make_unique<Ports>(*memory_)) {}
RememberingHost::~RememberingHost() = default;

RememberingHost::RememberingHost(const HostView& machine, Scrub scrub) : RememberingHost() {
  memory_->machine = &machine;
  memory_->scrub = std::move(scrub);
}

Result<std::unique_ptr<RememberingHost>> RememberingHost::from_capture(std::string_view text) {
  const auto lines = lines_of(text);
  if (lines.empty() || lines.front() != first_line)
    return make_error("capture.malformed", "this is no capture of this version",
                      "Name a file that `cosigner doctor --capture FILE` wrote.");
  std::unique_ptr<RememberingHost> out(new RememberingHost());
  for (std::size_t at = 1; at < lines.size(); ++at) {
    const std::size_t tab = lines[at].find('\t');
    if (tab == std::string_view::npos)
      return make_error("capture.malformed", "line " + std::to_string(at + 1) + " of the capture has no answer",
                        "Capture it again.");
    out->memory_->answers[std::string(lines[at].substr(0, tab))] = from_line(lines[at].substr(tab + 1));
  }
  return out;
}

void RememberingHost::name_user(const std::string& stand_in, const std::string& real) { memory_->real_users[stand_in] = real; }

void RememberingHost::note(const std::string& name, const std::string& value) { memory_->answers["note " + name] = value; }

std::string RememberingHost::noted(const std::string& name) const {
  const auto found = memory_->answers.find("note " + name);
  return found == memory_->answers.end() ? std::string() : found->second;
}

std::string RememberingHost::to_capture() const {
  std::string out = std::string(first_line) + "\n";
  for (const auto& [key, answer] : memory_->answers) out += key + "\t" + to_line(answer) + "\n";
  return out;
}

const FilesView& RememberingHost::files() const { return ports_->files; }
const PackagesView& RememberingHost::packages() const { return ports_->packages; }
const ServicesView& RememberingHost::services() const { return ports_->services; }
const AccountsView& RememberingHost::accounts() const { return ports_->accounts; }
const ContainersView& RememberingHost::containers() const { return ports_->containers; }
const NetworkView& RememberingHost::network() const { return ports_->network; }
const ClockView& RememberingHost::clock() const { return ports_->clock; }
const DevicesView& RememberingHost::devices() const { return ports_->devices; }

}  // namespace cosigner::host

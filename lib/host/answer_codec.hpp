// What the reading ports answer, as bytes and back: for a host that remembers. Both directions go through the same description of
// a type, so that they cannot drift apart. The bytes are netstrings ("5:hello") without a schema of their own: a capture file
// carries one.
#pragma once

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace cosigner::host {

/// Writes.
class AnswerWriter {
 public:
  void text(std::string& value) { bytes_ += std::to_string(value.size()) + ":" + value; }
  std::string take() { return std::move(bytes_); }
  static constexpr bool reads = false;

 private:
  std::string bytes_;
};

/// Reads; what does not fit leaves `broken` behind, and empty values.
class AnswerReader {
 public:
  explicit AnswerReader(std::string_view bytes) : rest_(bytes) {}
  void text(std::string& value) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
    const std::size_t begin = static_cast<std::size_t>(end - rest_.data()) + 1;
    if (error != std::errc() || begin > rest_.size() || *end != ':' || size > rest_.size() - begin) {
      broken_ = true;
      value.clear();
      return;
    }
    value = std::string(rest_.substr(begin, size));
    rest_.remove_prefix(begin + size);
  }
  bool is_broken() const { return broken_ || !rest_.empty(); }
  bool is_cut() const { return broken_; }
  static constexpr bool reads = true;

 private:
  std::string_view rest_;
  bool broken_ = false;
};

template <class Codec>
void pass(Codec& codec, std::string& value) {
  codec.text(value);
}

template <class Codec, class T>
requires std::is_integral_v<T> || std::is_enum_v<T>
void pass(Codec& codec, T& value) {
  std::string text = std::to_string(static_cast<long long>(value));
  codec.text(text);
  if constexpr (Codec::reads) {
    long long number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    value = static_cast<T>(number);
  }
}

/// For keeping alone: a capture holds foreign text as it is, and gives it back as foreign text.
inline std::string to_kept(const Untrusted& value) { return std::string(value.raw()); }

template <class Codec>
void pass(Codec& codec, Untrusted& value) {
  std::string text = to_kept(value);
  codec.text(text);
  if constexpr (Codec::reads) value = Untrusted(std::move(text));
}

template <class Codec>
void pass(Codec& codec, Path& value) {
  std::string text = value.text();
  codec.text(text);
  if constexpr (Codec::reads) value = Path(text);
}

template <class Codec>
void pass(Codec& codec, Time& value) {
  constexpr long long farthest = 253402300799;  // the last second of year 9999: later ones overflow when they are compared
  long long seconds = value.time_since_epoch().count();
  pass(codec, seconds);
  if constexpr (Codec::reads) value = Time(std::chrono::seconds(seconds < -farthest || seconds > farthest ? 0 : seconds));
}

template <class Codec, class T>
void pass(Codec& codec, std::vector<T>& values) {
  std::size_t count = values.size();
  pass(codec, count);
  if constexpr (Codec::reads) {
    values.clear();
    for (std::size_t i = 0; i < count && !codec.is_cut(); ++i) pass(codec, values.emplace_back());
  } else {
    for (auto& value : values) pass(codec, value);
  }
}

template <class Codec, class T>
void pass(Codec& codec, std::map<std::string, T>& values) {
  std::size_t count = values.size();
  pass(codec, count);
  if constexpr (Codec::reads) {
    values.clear();
    for (std::size_t i = 0; i < count && !codec.is_cut(); ++i) {
      std::string name;
      codec.text(name);
      pass(codec, values[name]);
    }
  } else {
    for (auto& [name, value] : values) {
      std::string key = name;
      codec.text(key);
      pass(codec, value);
    }
  }
}

template <class Codec, class T>
void pass(Codec& codec, std::optional<T>& value) {
  bool is_there = value.has_value();
  pass(codec, is_there);
  if constexpr (Codec::reads) value = is_there ? std::optional<T>(T{}) : std::nullopt;
  if (is_there) pass(codec, *value);
}

template <class Codec>
void pass(Codec& codec, Error& error) {
  pass(codec, error.code);
  pass(codec, error.message);
  pass(codec, error.remedy);
  pass(codec, error.retryable);
}

template <class Codec>
void pass(Codec& codec, FileAttributes& value) {
  pass(codec, value.mode.bits);
  pass(codec, value.owner.uid);
  pass(codec, value.owner.gid);
}

// One line a type: its members, in an order that a capture file keeps.
#define COSIGNER_PASS(Type, ...)                                           \
  template <class Codec>                                                   \
  void pass(Codec& codec, Type& v) {                                       \
    const auto all = [&](auto&... member) { (pass(codec, member), ...); }; \
    all(__VA_ARGS__);                                                      \
  }
COSIGNER_PASS(FileStat, v.kind, v.attributes, v.size, v.links, v.modified)
COSIGNER_PASS(Mount, v.point, v.type, v.options)
COSIGNER_PASS(Package, v.name, v.version, v.status)
COSIGNER_PASS(UnitState, v.found, v.active, v.enabled, v.needs_reload)
COSIGNER_PASS(User, v.name, v.uid, v.gid, v.home)
COSIGNER_PASS(Group, v.name, v.gid, v.members)
COSIGNER_PASS(EngineInfo, v.version, v.api_version, v.min_api_version, v.root_dir, v.storage_driver, v.insecure_registries,
              v.mirrors, v.live_restore, v.https_proxy)
COSIGNER_PASS(Image, v.id, v.repo_digests, v.repo_tags, v.labels)
COSIGNER_PASS(Mounted, v.source, v.target, v.read_only)
COSIGNER_PASS(DeviceMapping, v.source, v.target)
COSIGNER_PASS(ContainerSpec, v.name, v.image_id, v.hostname, v.network, v.user, v.entrypoint, v.command, v.environment, v.mounts,
              v.devices, v.group_ids, v.labels, v.restart_policy, v.init_process, v.no_new_privileges, v.memory_limit,
              v.pids_limit, v.log_options)
COSIGNER_PASS(Container, v.id, v.spec, v.running, v.state, v.exit_code, v.restart_count, v.started, v.health)
COSIGNER_PASS(ExecOutput, v.exit_code, v.out, v.err)
COSIGNER_PASS(HttpResponse, v.status, v.headers, v.body)
COSIGNER_PASS(Reached, v.addresses, v.error, v.server_time, v.asked, v.answered)
COSIGNER_PASS(CpuidRegisters, v.eax, v.ebx, v.ecx, v.edx)
COSIGNER_PASS(CpuidLeaf, v.leaf, v.subleaf, v.registers)
COSIGNER_PASS(CpuidDump, v.cpu, v.leaves)
#undef COSIGNER_PASS

template <class T>
std::string to_answer(Result<T> result) {
  AnswerWriter writer;
  bool is_good = result.ok();
  pass(writer, is_good);
  if (is_good)
    pass(writer, *result);
  else
    pass(writer, result.error());
  return writer.take();
}

/// `capture.malformed` for bytes that were not written by to_answer of the same type.
template <class T>
Result<T> from_answer(std::string_view bytes) {
  AnswerReader reader(bytes);
  bool is_good = false;
  pass(reader, is_good);
  T value{};
  Error error;
  if (is_good)
    pass(reader, value);
  else
    pass(reader, error);
  if (reader.is_broken())
    return make_error("capture.malformed", "an answer in the captured file cannot be read",
                      "Capture it again with this version of the program.");
  if (!is_good) return error;
  return value;
}

}  // namespace cosigner::host

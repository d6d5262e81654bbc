// Small value types that the ports speak in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cosigner::host {

/// Permission bits only (07777); always stated, never left to the umask.
struct FileMode {
  std::uint32_t bits = 0;
  friend bool operator==(const FileMode&, const FileMode&) = default;
};

/// Numeric: names do not carry over into containers or `--root` trees.
struct Owner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  friend bool operator==(const Owner&, const Owner&) = default;
};

struct FileAttributes {
  FileMode mode{0644};
  Owner owner{};
  friend bool operator==(const FileAttributes&, const FileAttributes&) = default;
};

/// How far a long effect is. `total` is unknown until the other side says it; `percent` is for sources that say only that.
struct Progress {
  std::string what;  // e.g. "downloading packages", "layer 3 of 5"
  std::uint64_t done = 0;
  std::optional<std::uint64_t> total;
  std::optional<double> percent;
};
using ProgressSink = std::function<void(const Progress&)>;

}  // namespace cosigner::host

// A settings file that the SGX service daemon reads: who may read it. The daemon runs as a user of its own, so that a file of root's alone is
// as none; one that was closed to others on purpose (a token, a proxy's login) is not opened to them.
#pragma once

#include <optional>
#include <string>

#include "engine/stage.hpp"

namespace cosigner::stages {

struct DaemonFile {
  std::optional<host::FileAttributes> now;  // nothing: no regular file is there
  host::FileAttributes wanted;              // as now, where the daemon can read it
  bool must_change() const { return now && !(*now == wanted); }
};

/// `is_secret`: what it holds is not for everybody, so that it is opened to the daemon's group alone where that is possible. A daemon in a
/// container is another user than the host's, so it reads only what all may read.
Result<DaemonFile> probe_daemon_file(const host::HostView& host, const profile::Settings& settings, const Path& path, bool is_secret);

/// For a file whose text is right. Pure.
engine::Step daemon_file_step(const std::string& id, const Path& path, const DaemonFile& file);

}  // namespace cosigner::stages

// Calls to the Engine in the API version that both sides speak, with its failures as our codes.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "host/posix/engine_json.hpp"
#include "host/posix/engine_transport.hpp"

namespace cosigner::host {

class EngineClient {
 public:
  EngineClient(std::string socket, const CancelToken* cancel) : transport_(std::move(socket), cancel) {}

  /// Asks who is there and agrees on a version anew (an engine may have been replaced during the run). Nothing when nobody is.
  Result<std::optional<EngineVersion>> meet();
  /// `call.path` is without the version. Any status is a success.
  Result<EngineAnswer> call(EngineCall call);
  /// As above; a status of 400 and more is an error by its message, `otherwise` when nothing is recognised.
  Result<EngineAnswer> require(EngineCall call, std::string_view otherwise, std::string_view doing);
  /// Nothing for 404.
  Result<std::optional<EngineAnswer>> find(const std::string& path, std::string_view otherwise, std::string_view doing);

 private:
  EngineTransport transport_;
  std::string api_;  // empty: not agreed yet
};

/// A name or reference inside a path: everything but RFC 3986's unreserved characters and "/:@" is percent-encoded.
std::string to_engine_path(std::string_view name);

}  // namespace cosigner::host

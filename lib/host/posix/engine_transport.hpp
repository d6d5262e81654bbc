// HTTP over the Engine's Unix socket by libcurl, one kept connection. No redirects, no proxy, limits on header, body and time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.hpp"
#include "base/result.hpp"
#include "host/types.hpp"

namespace cosigner::host {

struct EngineCall {
  std::string path;  // with its version and query
  std::string method = "GET";
  std::vector<std::string> headers;
  std::string body;
  std::string content_type = "application/json";
  std::string upload_file;  // sent as the body, streamed
  /// Pieces of a good answer (status 200), instead of collecting them; an error ends the call and is its result.
  std::function<Status(std::string_view)> on_body;
  std::size_t limit = 8 * 1024 * 1024;
  bool cut_at_limit = false;  // keep the first bytes instead of failing
  std::chrono::seconds timeout{60};
  bool endless = false;  // a followed log: neither silence nor time ends it
  ProgressSink upload_progress;
};

struct EngineAnswer {
  int status = 0;
  std::string body;
};

class EngineTransport {
 public:
  /// `cancel` may be null; it must outlive this.
  EngineTransport(std::string socket, const CancelToken* cancel);
  ~EngineTransport();
  EngineTransport(const EngineTransport&) = delete;
  EngineTransport& operator=(const EngineTransport&) = delete;

  /// Nothing when nobody listens on the socket or it is not there. Fails with `engine.unreachable` (no right, no answer in time, cut
  /// off), `engine.answer_malformed` (no HTTP, too large), `engine.archive_unreadable` or `run.cancelled`.
  Result<std::optional<EngineAnswer>> call(const EngineCall& call);
  const std::string& socket() const { return socket_; }

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  std::string socket_;
  const CancelToken* cancel_;
};

}  // namespace cosigner::host

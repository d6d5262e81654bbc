#include "host/posix/engine_transport.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/secret.hpp"
#include "host/posix/path_walker.hpp"

namespace cosigner::host {
namespace {

constexpr long silent_seconds = 900;  // unpacking a large layer sends nothing for minutes on a slow disk

struct HandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
/// Header lines may hold a login: wiped before they are freed.
struct ListWiper {
  void operator()(curl_slist* list) const {
    for (curl_slist* line = list; line; line = line->next) std::fill_n(static_cast<volatile char*>(line->data), std::strlen(line->data), '\0');
    curl_slist_free_all(list);
  }
};
using HeaderList = std::unique_ptr<curl_slist, ListWiper>;

struct Running {
  const EngineCall* call = nullptr;
  const CancelToken* cancel = nullptr;
  CURL* handle = nullptr;
  Descriptor upload;
  EngineAnswer answer;
  std::uint64_t received = 0;
  std::uint64_t told = 0;
  bool cut = false;
  std::optional<Error> stopped_by;
};

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& running = *static_cast<Running*>(user);
  const EngineCall& call = *running.call;
  const std::size_t length = size * count;
  long status = 0;
  curl_easy_getinfo(running.handle, CURLINFO_RESPONSE_CODE, &status);
  running.received += length;
  if (call.on_body && status == 200) {
    Status taken = call.on_body(std::string_view(bytes, length));
    if (taken) return length;
    running.stopped_by = std::move(taken).error();
    return 0;
  }
  const std::size_t room = call.limit - std::min(call.limit, running.answer.body.size());
  running.answer.body.append(bytes, std::min(room, length));
  if (length <= room) return length;
  running.cut = call.cut_at_limit;
  if (!running.cut) running.stopped_by = make_error("engine.answer_malformed", "the engine's answer is too large", "Check that the socket is the container engine's.");
  return 0;
}

std::size_t on_upload(char* bytes, std::size_t size, std::size_t count, void* user) {
  const int file = static_cast<Running*>(user)->upload.number();
  for (;;) {
    const ssize_t got = ::read(file, bytes, size * count);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return CURL_READFUNC_ABORT;
  }
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t total, curl_off_t now) {
  auto& running = *static_cast<Running*>(user);
  if (running.cancel && running.cancel->requested()) return 1;
  const auto done = static_cast<std::uint64_t>(now);
  if (!running.call->upload_progress || done == running.told) return 0;
  running.told = done;
  running.call->upload_progress({"sending the image archive", done, static_cast<std::uint64_t>(total), {}});
  return 0;
}

HeaderList header_list(const EngineCall& call) {
  HeaderList list;
  const auto add = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    (void)list.release();
    list.reset(longer);
  };
  add("Expect:");
  if (!call.body.empty() || !call.upload_file.empty()) add("Content-Type: " + call.content_type);
  for (const std::string& line : call.headers) add(line);
  return list;
}

Status open_upload(Running& running) {
  const std::string& path = running.call->upload_file;
  if (path.empty()) return {};
  auto found = PathWalker("/").open_to_read(Path(path), O_RDONLY);
  if (found && *found) running.upload = std::move(**found);
  struct stat seen{};
  if (!running.upload || ::fstat(running.upload.number(), &seen) != 0 || !S_ISREG(seen.st_mode)) {
    Error error = make_error("engine.archive_unreadable", "the image archive " + path + " is not a readable file", "Check image.archive.");
    return found ? std::move(error) : std::move(error).followed_by(std::move(found).error());
  }
  curl_easy_setopt(running.handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(running.handle, CURLOPT_READFUNCTION, on_upload);
  curl_easy_setopt(running.handle, CURLOPT_READDATA, &running);
  curl_easy_setopt(running.handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(seen.st_size));
  return {};
}

void set_rules(CURL* handle, const std::string& socket, Running& running) {
  const EngineCall& call = *running.call;
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(handle, CURLOPT_URL, ("http://engine" + call.path).c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, call.endless ? 0L : static_cast<long>(call.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, call.endless ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, call.endless ? 0L : silent_seconds);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &running);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &running);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  if (call.method != "POST" || !call.upload_file.empty()) return;
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call.body.c_str());
}

Error unreachable(const std::string& socket, const std::string& why, const std::string& remedy) {
  return make_error("engine.unreachable", "the container engine on " + socket + " " + why, remedy);
}

/// Nothing for "no engine there"; an error for everything else.
Result<std::optional<EngineAnswer>> failure_of(CURL* handle, CURLcode code, const std::string& socket) {
  long reason = 0;
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &reason);
  if (code == CURLE_ABORTED_BY_CALLBACK) return make_error("run.cancelled", "the call to the container engine was cancelled", "");
  if (code == CURLE_COULDNT_CONNECT) {
    if (reason == EACCES || reason == EPERM) return unreachable(socket, "may not be used by this user", "Run as root.");
    return std::optional<EngineAnswer>();
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return unreachable(socket, "did not answer in time", "Look at the docker service: systemctl status docker.");
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
    return make_error("engine.answer_malformed", "what answers on " + socket + " does not speak HTTP", "Check that the socket is the container engine's.");
  return unreachable(socket, "ended the connection early (libcurl code " + std::to_string(code) + ")", "Look at the docker service: systemctl status docker.");
}

}  // namespace

struct EngineTransport::Handle {
  std::unique_ptr<CURL, HandleDeleter> easy;
};

EngineTransport::EngineTransport(std::string socket, const CancelToken* cancel) : socket_(std::move(socket)), cancel_(cancel) {}
EngineTransport::~EngineTransport() = default;

Result<std::optional<EngineAnswer>> EngineTransport::call(const EngineCall& call) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (!handle_) handle_ = std::make_unique<Handle>(Handle{std::unique_ptr<CURL, HandleDeleter>(ready == CURLE_OK ? curl_easy_init() : nullptr)});
  CURL* handle = handle_->easy.get();
  if (!handle) return unreachable(socket_, "cannot be asked: libcurl could not be started", "Report this as a bug.");
  Running running;
  running.call = &call;
  running.cancel = cancel_;
  running.handle = handle;
  set_rules(handle, socket_, running);
  TRY(open_upload(running));
  const HeaderList headers = header_list(call);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(handle);
  if (running.stopped_by) return std::move(*running.stopped_by);
  if (code != CURLE_OK && !(running.cut && code == CURLE_WRITE_ERROR)) return failure_of(handle, code, socket_);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  running.answer.status = static_cast<int>(status);
  return std::optional<EngineAnswer>(std::move(running.answer));
}

}  // namespace cosigner::host

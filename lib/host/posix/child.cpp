#include "host/posix/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

#include "host/posix/descriptor.hpp"
#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

using Instant = std::chrono::steady_clock::time_point;

constexpr int slice_ms = 100;                // how late a cancellation is seen at most
constexpr int slice_without_notice_ms = 10;  // where the kernel has no pidfd_open (before Linux 5.3)
constexpr std::chrono::seconds grace{10};    // between SIGTERM and SIGKILL
constexpr std::size_t longest_status_line = 65536;

Error start_error(const ChildRequest& request, int number) {
  return make_error("child.failed", request.argv.front() + " cannot be started: " + errno_text(number),
                    "Check that it is installed.");
}

Result<Descriptor> memory_file(const char* name) {
  Descriptor file(::memfd_create(name, MFD_CLOEXEC));
  if (!file) return make_error("child.failed", "no memory for a child's output: " + errno_text(errno));
  return file;
}

std::string end_of(const Descriptor& file, std::size_t limit) {
  const off_t size = ::lseek(file.number(), 0, SEEK_END);
  const auto length = std::min(static_cast<std::size_t>(std::max<off_t>(size, 0)), limit);
  std::string text(length, '\0');
  std::size_t done = 0;
  while (done < length) {
    const auto at = size - static_cast<off_t>(length - done);
    const ssize_t count = ::pread(file.number(), text.data() + done, length - done, at);
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  text.resize(done);
  return text;
}

struct Streams {
  Descriptor in;
  Descriptor out;
  Descriptor err;
  Descriptor status_reader;
  Descriptor status_writer;
  std::map<int, Descriptor> documents;
};

Result<Descriptor> memory_document(const std::string& bytes) {
  Descriptor file = TRY(memory_file("child-in"));
  const ssize_t count = ::pwrite(file.number(), bytes.data(), bytes.size(), 0);
  if (count != static_cast<ssize_t>(bytes.size())) return make_error("child.failed", "no memory for a child's input");
  return file;
}

Result<Streams> open_streams(const ChildRequest& request) {
  Streams streams;
  streams.out = TRY(memory_file("child-out"));
  streams.err = TRY(memory_file("child-err"));
  if (request.input.empty()) {
    streams.in = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!streams.in) return start_error(request, errno);
  } else {
    streams.in = TRY(memory_document(request.input));
  }
  for (const auto& [number, bytes] : request.documents) streams.documents[number] = TRY(memory_document(bytes));
  if (request.status_descriptor < 0) return streams;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return start_error(request, errno);
  streams.status_reader = Descriptor(ends[0]);
  streams.status_writer = Descriptor(ends[1]);
  return streams;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_of(const ChildRequest& request) {
  std::map<std::string, std::string> all = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"LC_ALL", "C"}, {"HOME", "/root"}};
  for (const auto& [name, value] : request.environment) all[name] = value;
  std::vector<std::string> lines;
  lines.reserve(all.size());
  for (const auto& [name, value] : all) lines.emplace_back(name).append("=").append(value);
  return lines;
}

/// Everything that posix_spawn needs, freed on every way out.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

void describe(SpawnPlan& plan, const ChildRequest& request, const Streams& streams) {
  ::posix_spawn_file_actions_adddup2(&plan.actions, streams.in.number(), 0);
  ::posix_spawn_file_actions_adddup2(&plan.actions, streams.out.number(), 1);
  ::posix_spawn_file_actions_adddup2(&plan.actions, streams.err.number(), 2);
  if (streams.status_writer)
    ::posix_spawn_file_actions_adddup2(&plan.actions, streams.status_writer.number(), request.status_descriptor);
  for (const auto& [number, document] : streams.documents)
    ::posix_spawn_file_actions_adddup2(&plan.actions, document.number(), number);
  ::posix_spawn_file_actions_addchdir_np(&plan.actions, "/");
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&plan.attributes, &none);
  ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
  ::posix_spawnattr_setpgroup(&plan.attributes, 0);
  ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

Result<pid_t> start(const ChildRequest& request, const Streams& streams) {
  SpawnPlan plan;
  describe(plan, request, streams);
  std::vector<std::string> arguments = request.argv;
  std::vector<std::string> environment = environment_of(request);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, request.argv.front().c_str(), &plan.actions, &plan.attributes,
                                   pointers_to(arguments).data(), pointers_to(environment).data());
  if (failed != 0) return start_error(request, failed);
  return pid;
}

/// Cuts what comes out of the status pipe into lines.
class StatusLines {
 public:
  StatusLines(const Descriptor& pipe, const std::function<void(std::string_view)>& take) : pipe_(pipe), take_(take) {
    if (pipe_) ::fcntl(pipe_.number(), F_SETFL, O_NONBLOCK);
  }

  /// False when the other side is closed for good.
  bool read_some() {
    char buffer[4096];
    for (;;) {
      const ssize_t count = ::read(pipe_.number(), buffer, sizeof buffer);
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      if (count == 0) return false;
      rest_.append(buffer, static_cast<std::size_t>(count));
      give_lines();
      if (rest_.size() > longest_status_line) rest_.clear();
    }
  }

 private:
  void give_lines() {
    for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
      if (take_) take_(std::string_view(rest_).substr(0, end));
      rest_.erase(0, end + 1);
    }
  }

  const Descriptor& pipe_;
  const std::function<void(std::string_view)>& take_;
  std::string rest_;
};

enum class Ending { by_itself, timed_out, cancelled };

/// Waits, and asks the child to end when it is time to.
class Watch {
 public:
  Watch(pid_t pid, const ChildRequest& request, const Streams& streams, const CancelToken* cancel)
      : pid_(pid),
        request_(request),
        cancel_(cancel),
        lines_(streams.status_reader, request.on_status),
        status_open_(static_cast<bool>(streams.status_reader)),
        status_(streams.status_reader.number()),
        notice_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
        started_(std::chrono::steady_clock::now()) {}

  int wait_for_end() {
    int state = 0;
    while (::waitpid(pid_, &state, WNOHANG) == 0) {
      wait_a_slice();
      judge();
    }
    if (status_open_) lines_.read_some();
    return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  }

  Ending ending() const { return ending_; }

 private:
  void wait_a_slice() {
    pollfd waits[2] = {{notice_.number(), POLLIN, 0}, {status_open_ ? status_ : -1, POLLIN, 0}};
    ::poll(waits, 2, notice_ ? slice_ms : slice_without_notice_ms);
    if (status_open_ && waits[1].revents != 0) status_open_ = lines_.read_some();
  }

  void judge() {
    if (request_.uninterruptible) return;
    const Instant now = std::chrono::steady_clock::now();
    if (ending_ == Ending::by_itself) {
      if (cancel_ != nullptr && cancel_->requested()) ending_ = Ending::cancelled;
      if (now - started_ > request_.deadline) ending_ = Ending::timed_out;
      if (ending_ == Ending::by_itself) return;
      ::kill(-pid_, SIGTERM);
      asked_ = now;
    } else if (now - asked_ > grace) {
      ::kill(-pid_, SIGKILL);
    }
  }

  pid_t pid_;
  const ChildRequest& request_;
  const CancelToken* cancel_;
  StatusLines lines_;
  bool status_open_;
  int status_;
  Descriptor notice_;
  Instant started_;
  Instant asked_{};
  Ending ending_ = Ending::by_itself;
};

}  // namespace

Error cancelled_error() { return make_error("run.cancelled", "the run was cancelled", "Run the same command again to go on."); }

Result<ChildResult> run_child(const ChildRequest& request, const CancelToken* cancel) {
  if (request.argv.empty() || request.argv.front().substr(0, 1) != "/")
    return make_error("child.failed", "a child without an absolute program name");
  if (cancel != nullptr && cancel->requested()) return cancelled_error();
  Streams streams = TRY(open_streams(request));
  const pid_t pid = TRY(start(request, streams));
  streams.status_writer.reset();
  Watch watch(pid, request, streams, cancel);
  const int exit_code = watch.wait_for_end();
  if (watch.ending() == Ending::cancelled) return cancelled_error();
  if (watch.ending() == Ending::timed_out)
    return make_error(
        "child.timed_out",
        request.argv.front() + " did not end within " + std::to_string(request.deadline.count()) + " s and was stopped",
        "Look at what keeps it busy and run again.");
  return ChildResult{exit_code, end_of(streams.out, request.output_limit), end_of(streams.err, request.output_limit)};
}

}  // namespace cosigner::host

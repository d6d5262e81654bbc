#include "host/posix/process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/text.hpp"

extern char** environ;

namespace cosigner::host {
namespace {

constexpr unsigned first_other_descriptor = 3;

std::atomic<CancelToken*> watched{nullptr};

extern "C" void request_end(int signal) {
  if (CancelToken* token = watched.load(std::memory_order_relaxed)) token->request(signal);
}

void open_standard_descriptors() {
  for (int number = 0; number < 3; ++number)
    if (::fcntl(number, F_GETFD) < 0) (void)::open("/dev/null", O_RDWR);  // the lowest free number is this one
}

void close_other_descriptors() {
  if (::syscall(SYS_close_range, first_other_descriptor, ~0u, 0) == 0) return;
  DIR* open_ones = ::opendir("/proc/self/fd");  // before Linux 5.9
  if (open_ones == nullptr) return;
  std::vector<int> numbers;
  while (const dirent* entry = ::readdir(open_ones))  // NOLINT(concurrency-mt-unsafe): the stream is this function's own
    if (const auto number = parse_number(entry->d_name)) numbers.push_back(static_cast<int>(*number));
  ::closedir(open_ones);
  for (const int number : numbers)
    if (number >= static_cast<int>(first_other_descriptor)) ::close(number);
}

std::map<std::string, Secret> take_environment() {
  std::map<std::string, Secret> taken;
  for (char** line = environ; line != nullptr && *line != nullptr; ++line) {
    if (const char* sign = std::strchr(*line, '='))
      taken.emplace(std::string(*line, static_cast<std::size_t>(sign - *line)), Secret(std::string(sign + 1)));
    ::explicit_bzero(*line, std::strlen(*line));
  }
  // NOLINTBEGIN(concurrency-mt-unsafe): the first thing of all, before there is a second thread
  ::clearenv();
  ::setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
  ::setenv("LC_ALL", "C", 1);
  // NOLINTEND(concurrency-mt-unsafe)
  return taken;
}

void limit_what_leaks() {
  ::umask(077);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

bool is_ignored(int number) {
  struct sigaction now {};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

/// Default for all, but nohup keeps its promise.
void reset_signals() {
  for (int number = 1; number < NSIG; ++number)
    if (number != SIGHUP || !is_ignored(number)) static_cast<void>(::signal(number, SIG_DFL));  // SIGKILL and SIGSTOP refuse
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

std::optional<std::uint32_t> parse_id(const std::string& text) {
  const auto number = parse_number(text);
  if (!number || *number > 0xFFFFFFFFull) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::string own_file() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  return std::string(path, static_cast<std::size_t>(length > 0 ? length : 0));
}

}  // namespace

std::string ProcessStart::variable(const std::string& name) const {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : std::string(found->second.reveal("a variable that is no secret"));
}

ProcessStart start_clean() {
  open_standard_descriptors();
  close_other_descriptors();
  limit_what_leaks();
  reset_signals();
  ProcessStart start;
  start.environment = take_environment();
  start.self = own_file();
  start.uid = ::geteuid();
  start.gid = ::getegid();
  const auto uid = parse_id(start.variable("SUDO_UID"));
  const auto gid = parse_id(start.variable("SUDO_GID"));
  if (::geteuid() == 0 && uid && gid) {
    start.caller = Owner{*uid, *gid};
    start.caller_name = start.variable("SUDO_USER");
  }
  return start;
}

void watch_signals(CancelToken& token) {
  watched.store(&token, std::memory_order_relaxed);
  struct sigaction action {};
  action.sa_handler = request_end;  // without SA_RESTART: a wait ends at once
  ::sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    if (number != SIGHUP || !is_ignored(number)) ::sigaction(number, &action, nullptr);
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  static_cast<void>(::signal(SIGXFSZ, SIG_IGN));
}

}  // namespace cosigner::host

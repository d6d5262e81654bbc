// A clean start, each time in a process of its own (threats L3, L4).
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>

#include "host/posix/process.hpp"

using namespace cosigner;
using namespace cosigner::host;

extern char** environ;

namespace {

int in_child(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int state = 0;
  ::waitpid(pid, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

}  // namespace

TEST_CASE("whichever of the standard descriptors are closed, they are open afterwards and no other is") {
  for (int closed = 0; closed < 8; ++closed) {
    INFO("closed: " << closed);
    CHECK(in_child([&] {
            const int extra = ::open("/dev/null", O_RDONLY);
            for (int number = 0; number < 3; ++number)
              if ((closed & (1 << number)) != 0) ::close(number);
            (void)start_clean();
            for (int number = 0; number < 3; ++number)
              if (::fcntl(number, F_GETFD) < 0) return 1;
            return ::fcntl(extra, F_GETFD) < 0 ? 0 : 2;
          }) == 0);
  }
}

TEST_CASE("the environment is taken over whole and nothing of it stays behind") {
  CHECK(in_child([] {
          ::clearenv();
          ::setenv("OPENSSL_CONF", "/trap", 1);
          ::setenv("https_proxy", "http://proxy:3128", 1);
          ::setenv("EMPTY", "", 1);
          const ProcessStart start = start_clean();
          if (start.variable("https_proxy") != "http://proxy:3128" || start.variable("none") != "" ||
              start.environment.count("EMPTY") != 1)
            return 1;
          int left = 0;
          for (char** line = environ; *line != nullptr; ++line) ++left;
          return left == 2 && ::getenv("OPENSSL_CONF") == nullptr && ::getenv("PATH") != nullptr ? 0 : 2;
        }) == 0);
}

TEST_CASE("no core, not dumpable, a closed umask and an open signal mask") {
  CHECK(in_child([] {
          sigset_t all;
          ::sigfillset(&all);
          ::sigprocmask(SIG_SETMASK, &all, nullptr);
          ::umask(0);
          (void)start_clean();
          rlimit core{};
          ::getrlimit(RLIMIT_CORE, &core);
          sigset_t mask;
          ::sigprocmask(SIG_SETMASK, nullptr, &mask);
          if (core.rlim_cur != 0 || core.rlim_max != 0) return 1;
          if (::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return 2;
          if (::sigismember(&mask, SIGTERM) != 0) return 3;
          return ::umask(0) == 077 ? 0 : 4;
        }) == 0);
}

TEST_CASE("a signal requests an end and does not kill") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    CHECK(in_child([&] {
            ::signal(SIGHUP, SIG_DFL);
            CancelToken token;
            watch_signals(token);
            ::raise(number);
            return token.requested() && token.signal() == number ? 0 : 1;
          }) == 0);
  }
}

TEST_CASE("a run under nohup goes on when its terminal is gone") {
  CHECK(in_child([] {
          ::signal(SIGHUP, SIG_IGN);
          (void)start_clean();
          CancelToken token;
          watch_signals(token);
          ::raise(SIGHUP);
          return token.requested() ? 1 : 0;
        }) == 0);
}

TEST_CASE("the caller of sudo is known by number when we are root") {
  CHECK(in_child([] {
          ::setenv("SUDO_UID", "1000", 1);
          ::setenv("SUDO_GID", "1001", 1);
          ::setenv("SUDO_USER", "alice", 1);
          const ProcessStart start = start_clean();
          if (start.self.empty()) return 1;
          if (::geteuid() != 0) return start.caller ? 2 : 0;
          return start.caller && *start.caller == Owner{1000, 1001} && start.caller_name == "alice" ? 0 : 3;
        }) == 0);
}

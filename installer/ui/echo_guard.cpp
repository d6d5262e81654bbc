#include "installer/ui/echo_guard.hpp"

#include <unistd.h>

namespace cosigner::ui {
namespace {

// What the handler needs; one guard lives at a time.
int guarded_descriptor = -1;
termios with_echo{};
termios without_echo{};

void on_stop(int) {
  // tcsetattr, sigaction, raise and sigprocmask are allowed in handlers (POSIX.1-2017, 2.4.3).
  ::tcsetattr(guarded_descriptor, TCSANOW, &with_echo);
  struct sigaction by_default {};
  struct sigaction ours {};
  by_default.sa_handler = SIG_DFL;
  ::sigaction(SIGTSTP, &by_default, &ours);
  sigset_t stop;
  sigset_t before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, &before);
  static_cast<void>(::raise(SIGTSTP));  // the program stops here and goes on here
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::sigaction(SIGTSTP, &ours, nullptr);
  ::tcsetattr(guarded_descriptor, TCSANOW, &without_echo);
}

}  // namespace

EchoGuard::EchoGuard(int descriptor) {
  if (::tcgetattr(descriptor, &with_echo) != 0) return;  // not a terminal: nothing to hide
  without_echo = with_echo;
  without_echo.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
  guarded_descriptor = descriptor;
  struct sigaction stop {};
  stop.sa_handler = &on_stop;
  ::sigaction(SIGTSTP, &stop, &previous_stop_);
  active_ = ::tcsetattr(descriptor, TCSAFLUSH, &without_echo) == 0;
}

EchoGuard::~EchoGuard() {
  if (guarded_descriptor < 0) return;
  if (active_) ::tcsetattr(guarded_descriptor, TCSANOW, &with_echo);
  ::sigaction(SIGTSTP, &previous_stop_, nullptr);
  guarded_descriptor = -1;
}

}  // namespace cosigner::ui

// Switches the terminal's echo off for as long as it lives (threats L9). While the program is stopped (Ctrl-Z) echo is on again;
// after fg it is off again. Interrupts and hang-ups end the read, so that the destructor restores it.
#pragma once

#include <termios.h>

#include <csignal>

namespace cosigner::ui {

class EchoGuard {
 public:
  explicit EchoGuard(int descriptor);
  ~EchoGuard();
  EchoGuard(const EchoGuard&) = delete;
  EchoGuard& operator=(const EchoGuard&) = delete;

 private:
  bool active_ = false;
  struct sigaction previous_stop_ {};
};

}  // namespace cosigner::ui

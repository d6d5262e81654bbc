#include "installer/ui/posix_terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "installer/ui/echo_guard.hpp"

namespace cosigner::ui {
namespace {

constexpr std::size_t longest_line = 64 * 1024;
constexpr int poll_ms = 200;  // how soon a signal that came between check and poll is noticed

Error cancelled() { return make_error("run.cancelled", "cancelled at a question", "Run the same command again; nothing was lost."); }

/// False for a closed pipe: there is nobody left to tell.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

PosixTerminal::PosixTerminal(const CancelToken& cancel, bool no_color, const std::string& term)
    : cancel_(cancel), no_color_(no_color), dumb_(term.empty() || term == "dumb"), input_(::isatty(0) == 1), output_(::isatty(1) == 1) {}

int PosixTerminal::columns() const {
  winsize size{};
  if (::ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void PosixTerminal::out(std::string_view text) {
  if (!write_all(1, text)) output_closed_ = true;
}
void PosixTerminal::err(std::string_view text) { (void)write_all(2, text); }

Status PosixTerminal::wait_for_input() {
  while (true) {
    if (cancel_.requested()) return cancelled();
    pollfd descriptor{0, POLLIN, 0};
    const int ready = ::poll(&descriptor, 1, poll_ms);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return cancelled();
  }
}

Result<std::string> PosixTerminal::take_line() {
  while (true) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      std::string rest = pending_.substr(end + 1);
      wipe_text(pending_);
      pending_ = std::move(rest);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    if (pending_.size() > longest_line) return make_error("usage.input_too_large", "the line is too long", "Enter a shorter text.");
    TRY(wait_for_input());
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(0, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return cancelled();
    pending_.append(buffer.data(), static_cast<std::size_t>(count));
    std::fill(buffer.begin(), buffer.end(), '\0');
  }
}

Result<std::string> PosixTerminal::read_line() { return take_line(); }

Result<Secret> PosixTerminal::read_hidden_line(std::string_view question) {
  Result<std::string> line = [&] {
    const EchoGuard guard(0);
    out(question);
    return take_line();
  }();
  if (input_) out("\n");  // the one the person typed was not shown
  if (!line.ok()) return std::move(line).error();
  return Secret(std::move(line.value()));
}

Result<Secret> PosixTerminal::read_all(std::size_t limit) {
  std::string bytes;
  bytes.swap(pending_);
  while (true) {
    TRY(wait_for_input());
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(0, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
    std::fill(buffer.begin(), buffer.end(), '\0');
    if (bytes.size() <= limit) continue;
    wipe_text(bytes);
    return make_error("usage.input_too_large", "more than " + std::to_string(limit) + " bytes came on standard input", "Pipe only the token.");
  }
  while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r')) bytes.pop_back();
  return Secret(std::move(bytes));
}

}  // namespace cosigner::ui

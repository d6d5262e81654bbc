#include "journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace lab {
namespace {

constexpr off_t largest = 4L << 20;
constexpr int kept = 10;

std::string stamp() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  std::array<char, 40> text{};
  const std::size_t used = strftime(text.data(), text.size(), "%d/%m/%Y %H:%M:%S", &parts);
  std::snprintf(text.data() + used, text.size() - used, ",%03d", static_cast<int>(now.tv_nsec / 1000000));
  return text.data();
}

}  // namespace

void Journal::rotate() const {
  struct stat info {};
  if (stat(path_.c_str(), &info) != 0 || info.st_size < largest) return;
  for (int i = kept - 1; i > 0; --i) {
    const std::string from = i == 1 ? path_ : path_ + "." + std::to_string(i - 1);
    std::rename(from.c_str(), (path_ + "." + std::to_string(i)).c_str());
  }
}

void Journal::add(const char* level, const char* where, const std::string& text) {
  std::string line = "customer_cosigner:" + std::to_string(getpid()) + " " + level + " " + stamp() + " " + where + " - " + text;
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  line += '\n';
  rotate();
  const int fd = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd >= 0) {
    if (write(fd, line.data(), line.size()) < 0) std::fprintf(stderr, "cannot write the log\n");
    close(fd);
  }
  std::FILE* const out = serving_ ? stdout : stderr;
  std::fwrite(line.data(), 1, line.size(), out);
  std::fflush(out);
}

}  // namespace lab

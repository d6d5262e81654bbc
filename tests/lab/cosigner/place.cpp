#include "place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

namespace lab {

Place find_place() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size() - 1);
  const std::string name(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return Place{name.substr(0, name.rfind('/'))};
}

std::optional<std::string> read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string data;
  std::array<char, 65536> part{};
  ssize_t size = 0;
  while ((size = read(fd, part.data(), part.size())) > 0) data.append(part.data(), static_cast<std::size_t>(size));
  close(fd);
  if (size < 0) return std::nullopt;
  return data;
}

bool write_file(const std::string& path, const std::string& data, unsigned mode) {
  const std::string scratch = path + ".new";
  unlink(scratch.c_str());
  const int fd = open(scratch.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return false;
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t size = write(fd, data.data() + done, data.size() - done);
    if (size <= 0) break;
    done += static_cast<std::size_t>(size);
  }
  const bool good = done == data.size() && fsync(fd) == 0;
  close(fd);
  return good && std::rename(scratch.c_str(), path.c_str()) == 0;
}

std::string lab_setting(const Place& place, const std::string& name) {
  const auto text = read_file(place.lab_file(name));
  return text ? text->substr(0, text->find('\n')) : std::string();
}

std::string enclave_problem(const Place& place) {
  if (lab_setting(place, "device") == "none") return {};
  for (const char* node : {"/dev/sgx/enclave", "/dev/sgx/provision"}) {
    const int fd = open(node, O_RDWR | O_CLOEXEC);
    if (fd < 0) return std::string("cannot open ") + node + ": " + std::strerror(errno);
    close(fd);
  }
  return {};
}

}  // namespace lab

// Files that the operator names: his rights, no link, nothing overwritten (threats E1, L6).
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "host/posix/posix_operator_files.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

struct Folder {
  Folder() {
    std::string pattern = "/tmp/cosigner-test-XXXXXX";
    path = ::mkdtemp(pattern.data());
    ::chmod(path.c_str(), 0755);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

}  // namespace

TEST_CASE("a named file is read with what it is, and links, directories and long files are refused") {
  const Folder folder;
  const PosixOperatorFiles files;
  const std::string file = folder.path + "/answers.json";
  std::ofstream(file) << "{}";
  ::chmod(file.c_str(), 0640);
  std::filesystem::create_symlink(file, folder.path + "/link");
  const auto read = files.read(file, 100, std::nullopt);
  REQUIRE(read.ok());
  CHECK((*read)->bytes == "{}");
  CHECK((*read)->stat.attributes.mode.bits == 0640);
  CHECK((*read)->stat.attributes.owner.uid == ::geteuid());
  CHECK_FALSE(files.read(folder.path + "/none", 100, std::nullopt)->has_value());
  CHECK(files.read(folder.path + "/link", 100, std::nullopt).error().code == "operator_file.not_regular");
  CHECK(files.read(folder.path, 100, std::nullopt).error().code == "operator_file.not_regular");
  CHECK(files.read(file, 1, std::nullopt).error().code == "operator_file.too_large");
}

TEST_CASE("a new file is made closed to others and never over something") {
  const Folder folder;
  PosixOperatorFiles files;
  const std::string file = folder.path + "/out.json";
  REQUIRE(files.create(file, "{}", std::nullopt).ok());
  struct stat seen {};
  REQUIRE(::stat(file.c_str(), &seen) == 0);
  CHECK((seen.st_mode & 07777) == 0600);
  CHECK(files.create(file, "x", std::nullopt).error().code == "operator_file.exists");
  std::filesystem::create_symlink("elsewhere", folder.path + "/link");
  CHECK(files.create(folder.path + "/link", "x", std::nullopt).error().code == "operator_file.exists");
}

TEST_CASE("through sudo nothing is read or made that the caller could not") {
  if (::geteuid() != 0) return;
  const Folder folder;
  PosixOperatorFiles files;
  const Owner caller{12345, 12345};
  const std::string secret = folder.path + "/secret";
  std::ofstream(secret) << "root's";
  ::chmod(secret.c_str(), 0600);
  CHECK(files.read(secret, 100, caller).error().code == "operator_file.unreadable");
  CHECK(files.read(secret, 100, std::nullopt).ok());
  CHECK(files.create(folder.path + "/new", "x", caller).error().code == "operator_file.not_writable");
  REQUIRE(::chown(folder.path.c_str(), 12345, 12345) == 0);
  REQUIRE(files.create(folder.path + "/new", "x", caller).ok());
  struct stat seen {};
  REQUIRE(::stat((folder.path + "/new").c_str(), &seen) == 0);
  CHECK(seen.st_uid == 12345);
}

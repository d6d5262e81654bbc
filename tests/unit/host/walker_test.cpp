// The walker and the files port where only the real system can answer: swaps, crashes, full disks, size limits.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "host/posix/posix_files.hpp"

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

FileAttributes mine(std::uint32_t mode) { return {{mode}, {::geteuid(), ::getegid()}}; }

/// Runs `body` in a process of its own and gives its exit code.
int in_child(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int state = 0;
  ::waitpid(pid, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

}  // namespace

TEST_CASE("both ways of walking give the same answers") {
  const Folder folder;
  namespace fs = std::filesystem;
  fs::create_directories(folder.path + "/usr/lib");
  fs::create_directories(folder.path + "/etc");
  std::ofstream(folder.path + "/usr/lib/os-release") << "ID=x";
  fs::create_symlink("../usr/lib/os-release", folder.path + "/etc/os-release");
  fs::create_symlink("usr/lib", folder.path + "/lib");
  const PathWalker quick(folder.path, PathWalker::Method::openat2);
  const PathWalker careful(folder.path, PathWalker::Method::each_component);
  for (const PathWalker* walker : {&quick, &careful}) {
    const PosixFiles files(*walker);
    CHECK(**files.read("/usr/lib/os-release") == "ID=x");
    CHECK(**files.read("/etc/os-release") == "ID=x");
    CHECK(**files.read("/lib/os-release") == "ID=x");
    CHECK(files.list("/")->size() == 3);
    CHECK_FALSE(files.read("/lib/none")->has_value());
    CHECK((*files.stat("/"))->kind == FileKind::directory);
    CHECK((*files.stat("/etc/os-release"))->kind == FileKind::link);
    CHECK(files.read("/etc/../etc/os-release").error().code == "host.path_unsafe");
    CHECK(files.read("/usr/lib/os-release/x").error().code == "host.path_unsafe");
  }
}

TEST_CASE("a root directory that others may change, or that is not there, is refused with every call") {
  const Folder folder;
  ::mkdir((folder.path + "/open").c_str(), 0755);
  ::chmod((folder.path + "/open").c_str(), 0777);
  ::mkdir((folder.path + "/open/root").c_str(), 0755);
  std::filesystem::create_symlink("open", folder.path + "/link");
  for (const char* root : {"/open/root", "/open", "/link", "/none"}) {
    const PathWalker walker(folder.path + root);
    INFO(root);
    CHECK_FALSE(walker.usable().ok());
    PosixFiles files(walker);
    CHECK_FALSE(files.read("/x").ok());
    CHECK_FALSE(files.write_atomic("/x", "", mine(0600)).ok());
    CHECK_FALSE(files.remove_tree("/x").ok());
  }
}

TEST_CASE("files of the kernel are read although they say they are empty, within the limit") {
  const PathWalker machine("/");
  const PosixFiles files(machine);
  CHECK((*files.read("/proc/self/status"))->find("Name:") != std::string::npos);
  CHECK(files.read("/proc/self/status", 10).error().code == "host.file_too_large");
  CHECK(files.mount_of("/proc/self")->type == "proc");
}

TEST_CASE("what a crash left beside a file is gone after the next write, and nothing else is left") {
  const Folder folder;
  const PathWalker walker(folder.path);
  std::ofstream(folder.path + "/.file.cosigner-new") << "half";
  PosixFiles files(walker);
  REQUIRE(files.write_atomic("/file", "whole", mine(0600)).ok());
  CHECK(*files.list("/") == std::vector<std::string>{"file"});
  CHECK(**files.read("/file") == "whole");
}

TEST_CASE("a link beside a file, made to catch its new content, catches nothing") {
  const Folder folder;
  const PathWalker walker(folder.path);
  std::ofstream(folder.path + "/victim") << "kept";
  std::filesystem::create_symlink("victim", folder.path + "/.file.cosigner-new");
  PosixFiles files(walker);
  REQUIRE(files.write_atomic("/file", "new", mine(0600)).ok());
  CHECK(**files.read("/victim") == "kept");
  CHECK(**files.read("/file") == "new");
}

TEST_CASE("two writers at once leave one whole content") {
  const Folder folder;
  const PathWalker walker(folder.path);
  std::atomic<int> failed{0};
  const auto write_many = [&](char byte) {
    PosixFiles files(walker);
    for (int i = 0; i < 20; ++i)
      if (!files.write_atomic("/file", std::string(5000, byte), mine(0600)).ok()) ++failed;
  };
  std::thread other(write_many, 'a');
  write_many('b');
  other.join();
  CHECK(failed == 0);
  const std::string content = **PosixFiles(walker).read("/file");
  CHECK((content == std::string(5000, 'a') || content == std::string(5000, 'b')));
  CHECK(PosixFiles(walker).list("/")->size() == 1);
}

TEST_CASE("a directory that is swapped for a link while we write never leads outside") {
  const Folder folder;
  namespace fs = std::filesystem;
  fs::create_directories(folder.path + "/root/way/real");
  fs::create_directories(folder.path + "/root/way/other");
  std::ofstream(folder.path + "/root/way/other/file") << "untouched";
  const PathWalker walker(folder.path + "/root");
  std::atomic<bool> ended{false};
  std::thread racer([&] {  // swaps /way/real for a link to /way/other and back
    const std::string way = folder.path + "/root/way/";
    while (!ended) {
      ::rename((way + "real").c_str(), (way + "aside").c_str());
      (void)!::symlink("other", (way + "real").c_str());
      ::unlink((way + "real").c_str());
      ::rename((way + "aside").c_str(), (way + "real").c_str());
    }
  });
  PosixFiles files(walker);
  int refused = 0;
  for (int i = 0; i < 400; ++i) refused += files.write_atomic("/way/real/file", "ours", mine(0600)).ok() ? 0 : 1;
  ended = true;
  racer.join();
  INFO("refused " << refused << " of 400");
  CHECK(**files.read("/way/other/file") == "untouched");
  CHECK(*files.list("/way/other") == std::vector<std::string>{"file"});
}

TEST_CASE("a hard link in another user's directory is not read and not given away") {
  if (::geteuid() != 0) return;
  const Folder folder;
  std::ofstream(folder.path + "/secret") << "secret";
  std::filesystem::create_directories(folder.path + "/his");
  REQUIRE(::chown((folder.path + "/his").c_str(), 2000, 2000) == 0);
  REQUIRE(::link((folder.path + "/secret").c_str(), (folder.path + "/his/log").c_str()) == 0);
  const PathWalker walker(folder.path);
  PosixFiles files(walker);
  CHECK(files.read("/his/log").error().code == "host.path_unsafe");
  CHECK(files.set_attributes("/his/log", {{0600}, {2000, 2000}}).error().code == "host.path_unsafe");
  CHECK(**files.read("/secret") == "secret");
}

TEST_CASE("with a limit on file sizes in force a write is a named error and leaves the old content") {
  const Folder folder;
  const int code = in_child([&] {
    const PathWalker walker(folder.path);
    PosixFiles files(walker);
    if (!files.write_atomic("/file", "old", mine(0600)).ok()) return 1;
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1024, 1024};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const Status written = files.write_atomic("/file", std::string(5000, 'x'), mine(0600));
    if (written.ok() || written.error().code != "host.file_size_limited") return 2;
    const Status appended = files.append_durable("/file", std::string(5000, 'x'), mine(0600));
    if (appended.ok() || appended.error().code != "host.file_size_limited") return 3;
    if (**files.read("/file") != "old") return 4;
    return files.list("/")->size() == 1 ? 0 : 5;
  });
  CHECK(code == 0);
}

TEST_CASE("on a full disk a write is a named error, leaves the old content and cuts a half record off again") {
  constexpr int not_possible_here = 77;
  const Folder folder;
  const int code = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", folder.path.c_str(), "tmpfs", 0, "size=64k,mode=0755") != 0)
      return not_possible_here;
    const PathWalker walker(folder.path);
    PosixFiles files(walker);
    if (!files.append_durable("/log", "old\n", mine(0600)).ok()) return 1;
    const Status written = files.write_atomic("/new", std::string(1 << 20, 'x'), mine(0600));
    if (written.ok() || written.error().code != "host.disk_full") return 2;
    const Status appended = files.append_durable("/log", std::string(1 << 20, 'x'), mine(0600));
    if (appended.ok() || appended.error().code != "host.disk_full") return 3;
    if (**files.read("/log") != "old\n") return 4;
    return *files.list("/") == std::vector<std::string>{"log"} ? 0 : 5;
  });
  if (code == not_possible_here) {
    WARN("no mount namespace here: the full disk was not tried");
    return;
  }
  CHECK(code == 0);
}

TEST_CASE("a service's cache below its own home is removed with everything in it, and a link in its place alone") {
  const Folder folder;
  namespace fs = std::filesystem;
  const std::string home = folder.path + "/var/opt/aesmd", cache = home + "/.dcap-qcnl";
  fs::create_directories(cache + "/deeper");
  fs::create_directories(folder.path + "/etc");
  std::ofstream(cache + "/deeper/certificate") << "old";
  std::ofstream(folder.path + "/etc/passwd") << "kept";
  fs::create_symlink("../../../../etc", cache + "/deeper/etc");
  if (::geteuid() == 0) {  // as on a machine: home and cache are the service's, and the home is closed to others
    REQUIRE(::chown(home.c_str(), 990, 990) == 0);
    REQUIRE(::chown(cache.c_str(), 990, 990) == 0);
  }
  ::chmod(home.c_str(), 0750);
  const PathWalker walker(folder.path);
  PosixFiles files(walker);
  REQUIRE(files.stat("/var/opt/aesmd/.dcap-qcnl").value());
  CHECK(files.remove_tree("/var/opt/aesmd/.dcap-qcnl").ok());
  CHECK_FALSE(fs::exists(cache));
  CHECK(fs::exists(folder.path + "/etc/passwd"));
  CHECK(files.remove_tree("/var/opt/aesmd/.dcap-qcnl").ok());  // absent is success
  fs::create_symlink(folder.path + "/etc", cache);
  CHECK(files.remove_tree("/var/opt/aesmd/.dcap-qcnl").ok());
  CHECK_FALSE(fs::is_symlink(cache));
  CHECK(fs::exists(folder.path + "/etc/passwd"));
}

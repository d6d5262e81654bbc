// Children, the run lock and waiting, on the real system.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "host/posix/child.hpp"
#include "host/posix/package_lock.hpp"
#include "host/posix/posix_clock.hpp"
#include "host/posix/posix_devices.hpp"
#include "host/posix/posix_files.hpp"
#include "host/posix/posix_lock.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

ChildRequest shell(const std::string& script) {
  ChildRequest request;
  request.argv = {"/bin/sh", "-c", script};
  return request;
}

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

TEST_CASE("a child gives its output, its complaints and its exit code") {
  const auto result = run_child(shell("echo out; echo err >&2; exit 7"), nullptr);
  REQUIRE(result.ok());
  CHECK(result->out == "out\n");
  CHECK(result->err == "err\n");
  CHECK(result->exit_code == 7);
}

TEST_CASE("a child sees only the environment that was built for it, the root directory and an empty input") {
  ::setenv("COSIGNER_TEST_HOSTILE", "1", 1);
  ChildRequest request = shell("env | sort; pwd; cat");
  request.environment["EXTRA"] = "yes";
  const auto result = run_child(request, nullptr);
  ::unsetenv("COSIGNER_TEST_HOSTILE");
  REQUIRE(result.ok());
  CHECK(result->out == "EXTRA=yes\nHOME=/root\nLC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/\n/\n");
}

TEST_CASE("a child gets bytes by standard input and documents by descriptor") {
  ChildRequest request = shell("cat; cat <&8; cat /proc/self/fd/8");
  request.input = "by input\n";
  request.documents[8] = "by descriptor\n";
  const auto result = run_child(request, nullptr);
  REQUIRE(result.ok());
  CHECK(result->out == "by input\nby descriptor\nby descriptor\n");
}

TEST_CASE("lines of a status descriptor come while the child runs, also in pieces") {
  std::vector<std::string> lines;
  ChildRequest request = shell("printf 'one\\ntw' >&9; sleep 0.05; printf 'o\\n' >&9; printf unfinished >&9");
  request.status_descriptor = 9;
  request.on_status = [&](std::string_view line) { lines.emplace_back(line); };
  REQUIRE(run_child(request, nullptr).ok());
  CHECK(lines == std::vector<std::string>{"one", "two"});
}

TEST_CASE("of an output without end the end is kept") {
  ChildRequest request = shell("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done");
  request.output_limit = 10;
  CHECK(run_child(request, nullptr)->out == "line 1999\n");
}

TEST_CASE("a program that is not there, or named without its path, is an error") {
  ChildRequest request;
  request.argv = {"/none/such"};
  CHECK(run_child(request, nullptr).error().code == "child.failed");
  request.argv = {"sh"};
  CHECK(run_child(request, nullptr).error().code == "child.failed");
}

TEST_CASE("a child that does not end in time is stopped") {
  ChildRequest request = shell("exec sleep 60");
  request.deadline = std::chrono::seconds(0);
  CHECK(run_child(request, nullptr).error().code == "child.timed_out");
}

TEST_CASE("cancelling stops a child") {
  CancelToken cancel;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    cancel.request(SIGINT);
  });
  const auto result = run_child(shell("exec sleep 60"), &cancel);
  later.join();
  CHECK(result.error().code == "run.cancelled");
}

TEST_CASE("an uninterruptible child is neither signalled nor given up") {
  CancelToken cancel;
  ChildRequest request = shell("trap 'echo signalled' TERM; sleep 0.5; echo done");
  request.uninterruptible = true;
  request.deadline = std::chrono::seconds(0);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel.request(SIGINT);
  });
  const auto result = run_child(request, &cancel);
  later.join();
  REQUIRE(result.ok());
  CHECK(result->out == "done\n");
}

TEST_CASE("a child lives in a process group of its own, out of a terminal's reach") {
  const auto result = run_child(shell("cut -d' ' -f5 /proc/self/stat"), nullptr);
  REQUIRE(result.ok());
  CHECK(std::stoi(result->out) != ::getpgrp());
}

TEST_CASE("sleeping ends when a cancellation is requested") {
  CancelToken cancel;
  PosixClock clock(&cancel);
  cancel.request(SIGTERM);
  CHECK(clock.sleep(std::chrono::hours(1)).error().code == "run.cancelled");
}

TEST_CASE("the second run finds the lock held and is told by whom") {
  const Folder folder;
  const PathWalker walker(folder.path);
  PosixRunLock first(walker, "cosigner setup");
  PosixRunLock second(walker, "cosigner pair");
  {
    const auto held = first.acquire("/run/cosigner/lock");
    REQUIRE(held.ok());
    const auto refused = second.acquire("/run/cosigner/lock");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == "lock.held");
    CHECK(refused.error().message.find("cosigner setup (pid " + std::to_string(::getpid()) + ")") != std::string::npos);
    struct stat seen {};
    REQUIRE(::stat((folder.path + "/run/cosigner/lock").c_str(), &seen) == 0);
    CHECK((seen.st_mode & 07777) == 0600);
    REQUIRE(::stat((folder.path + "/run/cosigner").c_str(), &seen) == 0);
    CHECK((seen.st_mode & 07777) == 0755);
  }
  CHECK(second.acquire("/run/cosigner/lock").ok());
}

TEST_CASE("what the lock's holder calls himself cannot reach the terminal raw") {
  const Folder folder;
  const PathWalker walker(folder.path);
  PosixRunLock first(walker, "evil\x1b[2J");
  const auto held = first.acquire("/run/cosigner/lock");
  REQUIRE(held.ok());
  const auto refused = first.acquire("/run/cosigner/lock");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find('\x1b') == std::string::npos);
}

TEST_CASE("a lock file that is a link is refused, and one that others could open is closed to them") {
  const Folder folder;
  const PathWalker walker(folder.path);
  PosixRunLock lock(walker, "x");
  REQUIRE(lock.acquire("/run/cosigner/lock").ok());
  const std::string file = folder.path + "/run/cosigner/lock";
  ::chmod(file.c_str(), 0644);
  REQUIRE(lock.acquire("/run/cosigner/lock").ok());
  struct stat seen {};
  ::stat(file.c_str(), &seen);
  CHECK((seen.st_mode & 07777) == 0600);
  ::unlink(file.c_str());
  REQUIRE(::symlink("/etc/passwd", file.c_str()) == 0);
  CHECK(lock.acquire("/run/cosigner/lock").error().code == "host.path_unsafe");
}

TEST_CASE("the holder of the package lock is named, and waited for until the limit") {
  const Folder folder;
  std::filesystem::create_directories(folder.path + "/var/lib/dpkg");
  const std::string file = folder.path + "/var/lib/dpkg/lock-frontend";
  const PathWalker walker(folder.path);
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t holder = ::fork();
  if (holder == 0) {  // a process that holds the lock as apt does
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT, 0640);
    struct flock wanted {};
    wanted.l_type = F_WRLCK;
    ::fcntl(lock, F_SETLK, &wanted);
    (void)!::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  const auto found = find_package_lock_holder(walker);
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  CHECK((*found)->pid == holder);
  std::string said;
  const Status waited = wait_for_package_lock(
      walker, std::chrono::seconds(0), [&](const Progress& progress) { said = progress.what; }, nullptr);
  CHECK(waited.error().code == "packages.lock_held");
  CHECK(waited.error().message.find("(pid " + std::to_string(holder) + ")") != std::string::npos);
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK(wait_for_package_lock(walker, std::chrono::seconds(0), {}, nullptr).ok());
}

TEST_CASE("every logical CPU that we may run on is asked, and the thread may run where it could before") {
  cpu_set_t before;
  cpu_set_t after;
  REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
  const PathWalker walker("/");
  const auto dumps = PosixDevices(walker).cpuid();
  REQUIRE(dumps.ok());
  REQUIRE(::sched_getaffinity(0, sizeof after, &after) == 0);
  CHECK(dumps->size() == static_cast<std::size_t>(CPU_COUNT(&before)));
  CHECK(CPU_EQUAL(&before, &after));
  for (const CpuidDump& dump : *dumps) {
    REQUIRE(dump.leaves.size() >= 3);
    CHECK(dump.leaves[0].registers.eax >= 1);
  }
}

TEST_CASE("a node that exists can be opened, one without a driver has no device") {
  const PathWalker walker("/");
  const PosixDevices devices(walker);
  const OpenResult null = devices.try_open("/dev/null");
  CHECK((null == OpenResult::opened || null == OpenResult::noexec_mount));
  CHECK(devices.try_open("/dev/none-such") == OpenResult::absent);
}

// A machine as plain data: what the model host reads and changes. Copyable and comparable, so that two histories can be held
// against each other.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/host.hpp"

namespace cosigner::kit {

struct MachineModel;

struct Entry {
  host::FileKind kind = host::FileKind::regular;
  host::FileAttributes attributes{};
  std::string content;  // of a file; the target of a link
  Time modified{};
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// What a package source offers, and what its maintainer scripts do to the machine.
struct AvailablePackage {
  std::string version;
  std::string source_file;  // the apt source that offers it must be there and its lists fetched; empty: the OS archive
  std::vector<std::string> depends;
  std::function<void(MachineModel&)> installed;  // maintainer scripts and files
  std::function<void(MachineModel&)> unpacked = nullptr;  // where dpkg's first half matters: files that are there before the scripts ran
};

struct UnitModel {
  host::UnitState state;
  std::function<void(MachineModel&)> started;  // e.g. the socket appears
  std::function<void(MachineModel&)> stopped;
  std::function<void(MachineModel&)> reloaded;
};

struct RegistryImage {
  std::string digest;
  host::Image image;
};

/// Behaviour of the programs inside containers, by the container's argv: returns exit code and output, may change the model.
using ContainerProgram =
    std::function<host::ExecOutput(MachineModel&, const host::Container&, const std::vector<std::string>& argv)>;

struct MachineModel {
  std::map<std::string, Entry> entries;  // by absolute path
  std::vector<host::Mount> mounts;
  std::uint64_t free_space = 200ull << 30;

  std::map<std::string, host::Package> packages;
  std::map<std::string, AvailablePackage> available;
  std::set<std::string> fetched_sources;  // source files whose lists are there
  std::map<std::string, int> missing_files;  // packages whose file the publisher has not (404): after so many fetches of lists he has; below 0: never
  bool dpkg_interrupted = false;
  std::string lock_holder;  // not empty: apt's lock is held by this program

  std::map<std::string, UnitModel> units;
  std::map<std::string, std::string> unit_logs;  // by unit; the log of one that is not named may not be read
  std::map<std::string, host::User> users;
  std::map<std::string, host::Group> groups;

  std::optional<host::EngineInfo> engine;
  std::map<std::string, host::Image> images;          // by id
  std::map<std::string, host::Container> containers;  // by name
  std::set<std::string> networks;
  std::map<std::string, RegistryImage> registry;       // by "registry/repo:tag"
  std::map<std::string, std::string> registry_logins;  // user → password; empty: the registry asks for none
  std::map<std::string, host::Image> archives;         // what an image archive at that path holds
  std::map<std::string, std::string> container_logs;   // by container name
  std::map<std::string, std::vector<std::string>> coming_logs;  // what it prints while somebody follows its log
  int containers_created = 0;                          // makes ids of containers differ, as the engine's do
  ContainerProgram container_program;
  std::function<void(MachineModel&, const host::Container&)> container_ended;  // what goes with a running container that is stopped or removed

  std::map<std::string, std::vector<std::string>> addresses;  // host name → addresses
  std::map<std::string, std::function<Result<host::HttpResponse>(MachineModel&, const host::HttpRequest&)>>
      web;                                                 // by URL without query
  std::map<std::string, host::ServedCertificates> served;  // by "host:port"
  std::map<std::string, Error> unreachable;  // by "host:port": how reaching it fails; other names with an address are reached
  std::optional<Time> server_time;           // what reached servers say
  std::chrono::seconds answer_takes{0};      // from the question to a reached server's header
  std::map<std::string, std::function<std::string(MachineModel&, std::string_view)>> sockets;  // by path

  Time now{std::chrono::seconds(1795688251)};  // 2026-11-26T10:17:31Z
  std::chrono::milliseconds monotonic{0};
  std::string boot_id = "00000000-0000-4000-8000-000000000001";
  host::ClockSync clock_sync{true, std::chrono::microseconds(20000)};

  std::vector<host::CpuidDump> cpuid;
  std::map<std::string, host::OpenResult> devices;  // by node path; absent when not named
  std::map<std::uint32_t, std::uint64_t> msrs;
  std::function<void(MachineModel&)> device_rules;      // what udev makes of the rules that are there
  std::function<Status(MachineModel&)> driver_begun;      // what the out-of-tree driver's installer leaves while it builds
  std::function<Status(MachineModel&)> driver_installer;  // what it brings in the end
  std::string platform_id = "AA,0000,BB,0d00,CC\n";    // what the retrieval tool writes
  std::optional<std::string> registration_status;       // what mpa_manage says; nothing: it is not there
  int reboots = 0;                                      // that were asked for; happening is the test's own doing
  std::optional<std::string> kernel_log;  // nothing: this user may not read it

  /// Observed from outside, for assertions: requests made, children that the real host would have started, engine calls.
  std::vector<std::string> traffic;
  std::vector<std::string> apt_settings;  // that calls of apt were given, the proxy with its login among them
};

/// What must be the same after a crash and resume as without: files, packages, units, accounts, images, containers. Times, the
/// journal's records, logs and traffic are left out.
std::string settled_state(const MachineModel& model);

}  // namespace cosigner::kit

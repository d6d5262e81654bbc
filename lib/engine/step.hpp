// A step is data, not code: what will be made true, why, how it is undone and what it interrupts. It is executed, journaled and
// fault-tested in one place.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/path.hpp"
#include "host/host.hpp"

namespace cosigner::engine {

enum class Disruption { none, aesm, container, docker, host };

std::string_view name_of(Disruption disruption);
std::optional<Disruption> parse_disruption(std::string_view text);

struct MakeDirectory {
  Path path;
  host::FileAttributes attributes{{0755}, {}};
};
struct WriteFile {
  Path path;
  std::string content;
  host::FileAttributes attributes;
  std::string what = "file";   // "keyring", "package source", "pin", "engine settings" …
  bool keep_previous = false;  // a foreign file is kept below /var/lib/cosigner/backup
  bool sensitive = false;      // content is not shown in --diff
};
struct SetAttributes {
  Path path;
  host::FileAttributes attributes;
};
struct RemoveEntry {
  Path path;
  bool tree = false;
};
struct RefreshLists {
  std::vector<Path> source_files;
  host::AptOptions options;
};
struct InstallPackages {
  host::InstallRequest request;
};
struct RemovePackages {
  std::vector<std::string> names;
};
struct FinishPackages {};
struct UnitAction {
  host::UnitVerb verb = host::UnitVerb::start;
  std::string unit;
};
struct AddGroup {
  std::string name;
};
struct AddMember {
  std::string user;
  std::string group;
};
struct Download {
  host::HttpRequest request;
  Path target;
  std::optional<std::string> sha256;
  std::uint64_t size_limit = 0;
};
struct PullImage {
  std::string reference;  // "repo@sha256:…"
  std::optional<host::RegistryLogin> login;
};
struct LoadImage {
  Path archive;
};
struct CreateNetwork {
  std::string name;
};
struct RemoveContainer {
  std::string name;
};
/// Only the journal changes: something decided once that must survive (a pinned digest, the device id).
struct Remember {
  std::string name;
  std::string value;
};
/// What only one stage knows how to do; carried out by that stage's `apply`. As few as possible.
struct Custom {
  std::string name;
  std::map<std::string, std::string> arguments;  // shown in plan and journal; never secret
};

using Payload = std::variant<MakeDirectory, WriteFile, SetAttributes, RemoveEntry, RefreshLists, InstallPackages, RemovePackages, FinishPackages,
                             UnitAction, AddGroup, AddMember, Download, PullImage, LoadImage, CreateNetwork, RemoveContainer, Remember, Custom>;

struct Step {
  std::string id;  // stable within its stage, e.g. "keyring"
  Payload payload;
  std::string why;   // one sentence
  std::string undo;  // one sentence; what uninstall would do
  Disruption disruption = Disruption::none;
  bool interruptible = true;  // false: a signal waits for its end (a running dpkg is never killed)
  std::string ownership = "created";  // what the ledger says afterwards: created | adopted | replaced | removed | ""
};

/// "file", "package lists", "unit" …: for people and for the ledger.
std::string kind_of(const Step& step);
/// The path, name or reference that the step is about.
std::string subject_of(const Step& step);
/// SHA-256 over kind, subject and wanted result; no secret enters it.
std::string fingerprint_of(const Step& step);
/// The precise effect for `plan --diff`: the call with its arguments, secrets masked.
std::string effect_of(const Step& step);

}  // namespace cosigner::engine

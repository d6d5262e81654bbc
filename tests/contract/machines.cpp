#include "contract/machines.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace cosigner::contract {
namespace {

void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error("the test's own preparation failed: " + what);
}

}  // namespace

void ModelMachine::put(const std::string& path, host::FileKind kind, const std::string& content, std::uint32_t mode,
                       std::uint32_t uid) {
  host_.model.entries[path] = kit::Entry{kind, {{mode}, {uid, uid}}, content, host_.model.now};
}
void ModelMachine::put_file(const std::string& path, const std::string& content, std::uint32_t mode, std::uint32_t uid) {
  put(path, host::FileKind::regular, content, mode, uid);
}
void ModelMachine::put_dir(const std::string& path, std::uint32_t mode, std::uint32_t uid) {
  put(path, host::FileKind::directory, "", mode, uid);
}
void ModelMachine::put_link(const std::string& path, const std::string& target, std::uint32_t uid) {
  put(path, host::FileKind::link, target, 0777, uid);
}
void ModelMachine::put_fifo(const std::string& path) { put(path, host::FileKind::fifo, "", 0644, 0); }
void ModelMachine::put_packages(const std::vector<host::Package>& packages) {
  for (const host::Package& package : packages) host_.model.packages[package.name] = package;
}
void ModelMachine::put_accounts(const std::vector<host::User>& users, const std::vector<host::Group>& groups) {
  for (const host::User& user : users) host_.model.users[user.name] = user;
  for (const host::Group& group : groups) host_.model.groups[group.name] = group;
}

RealMachine::RealMachine() {
  std::string pattern = "/tmp/cosigner-contract-XXXXXX";
  require(::mkdtemp(pattern.data()) != nullptr, "mkdtemp");
  root_ = pattern;
  // 0700 as mkdtemp made it would do; the root of a machine is 0755.
  require(::chmod(root_.c_str(), 0755) == 0, "chmod");
  host_ = std::make_unique<host::PosixHost>(host::PosixHostOptions{root_, "/run/docker.sock"}, cancel_);
}

RealMachine::~RealMachine() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

host::FileAttributes RealMachine::mine(std::uint32_t mode) const { return {{mode}, {::geteuid(), ::getegid()}}; }
bool RealMachine::can_own_others() const { return ::geteuid() == 0; }

std::string RealMachine::made_way_to(const std::string& path) {
  const std::filesystem::path full = root_ + path;
  std::string way = root_;
  for (const auto& part : std::filesystem::path(path).parent_path().relative_path()) {
    way += "/" + part.string();
    if (::mkdir(way.c_str(), 0755) == 0) require(::chmod(way.c_str(), 0755) == 0, way);
  }
  return full.string();
}

void RealMachine::own(const std::string& full, std::uint32_t uid) {
  if (uid != 0) require(::lchown(full.c_str(), uid, uid) == 0, "lchown " + full);
}

void RealMachine::put_file(const std::string& path, const std::string& content, std::uint32_t mode, std::uint32_t uid) {
  const std::string full = made_way_to(path);
  std::ofstream(full, std::ios::binary) << content;
  require(::chmod(full.c_str(), mode) == 0, full);
  own(full, uid);
}

void RealMachine::put_dir(const std::string& path, std::uint32_t mode, std::uint32_t uid) {
  const std::string full = made_way_to(path);
  ::mkdir(full.c_str(), 0755);
  require(::chmod(full.c_str(), mode) == 0, full);
  own(full, uid);
}

void RealMachine::put_link(const std::string& path, const std::string& target, std::uint32_t uid) {
  const std::string full = made_way_to(path);
  require(::symlink(target.c_str(), full.c_str()) == 0, full);
  own(full, uid);
}

void RealMachine::put_fifo(const std::string& path) { require(::mkfifo(made_way_to(path).c_str(), 0644) == 0, path); }

void RealMachine::put_packages(const std::vector<host::Package>& packages) {
  std::string text;
  for (const host::Package& package : packages)
    text += "Package: " + package.name + "\nStatus: install ok " + package.status +
            "\nArchitecture: amd64\nVersion: " + package.version + "\n\n";
  put_file("/var/lib/dpkg/status", text);
}

void RealMachine::put_accounts(const std::vector<host::User>& users, const std::vector<host::Group>& groups) {
  std::string passwd;
  for (const host::User& user : users)
    passwd += user.name + ":x:" + std::to_string(user.uid) + ":" + std::to_string(user.gid) + "::" + user.home + ":/bin/sh\n";
  std::string group_text;
  for (const host::Group& group : groups) {
    group_text += group.name + ":x:" + std::to_string(group.gid) + ":";
    for (std::size_t i = 0; i < group.members.size(); ++i) group_text += (i == 0 ? "" : ",") + group.members[i];
    group_text += "\n";
  }
  put_file("/etc/passwd", passwd);
  put_file("/etc/group", group_text);
}

}  // namespace cosigner::contract

// The two hosts that must behave alike: the model, and the real ports below a fresh folder. Each can be given things that no port
// would make: links, pipes, entries of other users.
#pragma once

#include <string>
#include <vector>

#include "base/cancel.hpp"
#include "host/posix/posix_host.hpp"
#include "kit/fake_host.hpp"

namespace cosigner::contract {

class ModelMachine {
 public:
  host::Host& host() { return host_; }
  host::FileAttributes mine(std::uint32_t mode) const { return {{mode}, {}}; }
  bool can_own_others() const { return true; }

  void put_file(const std::string& path, const std::string& content, std::uint32_t mode = 0644, std::uint32_t uid = 0);
  void put_dir(const std::string& path, std::uint32_t mode = 0755, std::uint32_t uid = 0);
  void put_link(const std::string& path, const std::string& target, std::uint32_t uid = 0);
  void put_fifo(const std::string& path);
  void put_packages(const std::vector<host::Package>& packages);
  void put_accounts(const std::vector<host::User>& users, const std::vector<host::Group>& groups);

 private:
  void put(const std::string& path, host::FileKind kind, const std::string& content, std::uint32_t mode, std::uint32_t uid);

  kit::FakeHost host_;
};

class RealMachine {
 public:
  RealMachine();
  ~RealMachine();
  RealMachine(const RealMachine&) = delete;
  RealMachine& operator=(const RealMachine&) = delete;

  host::Host& host() { return *host_; }
  const std::string& root() const { return root_; }
  host::FileAttributes mine(std::uint32_t mode) const;
  /// Giving files away needs root; without it those tests have nothing to look at.
  bool can_own_others() const;

  void put_file(const std::string& path, const std::string& content, std::uint32_t mode = 0644, std::uint32_t uid = 0);
  void put_dir(const std::string& path, std::uint32_t mode = 0755, std::uint32_t uid = 0);
  void put_link(const std::string& path, const std::string& target, std::uint32_t uid = 0);
  void put_fifo(const std::string& path);
  void put_packages(const std::vector<host::Package>& packages);
  void put_accounts(const std::vector<host::User>& users, const std::vector<host::Group>& groups);

 private:
  std::string made_way_to(const std::string& path);
  void own(const std::string& full, std::uint32_t uid);

  std::string root_;
  CancelToken cancel_;
  std::unique_ptr<host::PosixHost> host_;
};

}  // namespace cosigner::contract

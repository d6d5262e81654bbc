// A machine that answers nothing: no file may be read, no program answers, no server is reached. Only the clock can be seen.
#pragma once

#include "host/host.hpp"

namespace cosigner::checks {

class BlindHost : public host::HostView {
 public:
  explicit BlindHost(Time now) : clock_(now) {}
  const host::FilesView& files() const override { return files_; }
  const host::PackagesView& packages() const override { return packages_; }
  const host::ServicesView& services() const override { return services_; }
  const host::AccountsView& accounts() const override { return accounts_; }
  const host::ContainersView& containers() const override { return containers_; }
  const host::NetworkView& network() const override { return network_; }
  const host::ClockView& clock() const override { return clock_; }
  const host::DevicesView& devices() const override { return devices_; }

 private:
  static Error denied() { return make_error("host.permission_denied", "this user may not look", "Run this as root."); }

  struct Files : host::FilesView {
    Result<std::optional<host::FileStat>> stat(const Path&) const override { return denied(); }
    Result<std::optional<std::string>> read(const Path&, std::size_t) const override { return denied(); }
    Result<std::vector<std::string>> list(const Path&) const override { return denied(); }
    Result<std::optional<std::string>> sha256(const Path&) const override { return denied(); }
    Result<host::Mount> mount_of(const Path&) const override { return denied(); }
    Result<std::uint64_t> free_space(const Path&) const override { return denied(); }
  } files_;
  struct Packages : host::PackagesView {
    Result<std::map<std::string, host::Package>> installed() const override { return denied(); }
    Result<bool> interrupted() const override { return denied(); }
    Result<bool> has_lists(const std::string&) const override { return denied(); }
    Result<std::optional<std::string>> candidate(const std::string&) const override { return denied(); }
  } packages_;
  struct Services : host::ServicesView {
    Result<std::map<std::string, host::UnitState>> states(const std::vector<std::string>&) const override { return denied(); }
  } services_;
  struct Accounts : host::AccountsView {
    Result<std::optional<host::User>> user(const std::string&) const override { return denied(); }
    Result<std::optional<host::User>> user_by_id(std::uint32_t) const override { return denied(); }
    Result<std::optional<host::Group>> group(const std::string&) const override { return denied(); }
    Result<std::optional<host::Group>> group_by_id(std::uint32_t) const override { return denied(); }
  } accounts_;
  struct Containers : host::ContainersView {
    Result<std::optional<host::EngineInfo>> engine() const override { return denied(); }
    Result<std::optional<host::Image>> image(const std::string&) const override { return denied(); }
    Result<std::optional<host::Container>> container(const std::string&) const override { return denied(); }
    Result<std::vector<std::string>> names() const override { return denied(); }
    Result<bool> has_network(const std::string&) const override { return denied(); }
    Result<Untrusted> logs(const std::string&, int, std::optional<Time>) const override { return denied(); }
    Status read_log(const std::string&, int, bool, const host::LogSink&) const override { return denied(); }
    Result<std::string> resolve_tag(const std::string&, const std::optional<host::RegistryLogin>&) const override {
      return denied();
    }
    Result<host::ExecOutput> ask(const std::string&, const std::vector<std::string>&, const std::string&,
                                 std::chrono::seconds) const override {
      return denied();
    }
  } containers_;
  struct Network : host::NetworkView {
    Result<std::vector<std::string>> resolve(const std::string&) const override { return denied(); }
    Result<host::HttpResponse> request(const host::HttpRequest&) const override { return denied(); }
    std::vector<host::Reached> reach(const std::vector<host::Endpoint>& endpoints, std::chrono::seconds) const override {
      return std::vector<host::Reached>(endpoints.size(), host::Reached{{}, denied(), std::nullopt});
    }
    Result<host::ServedCertificates> served_certificates(const std::string&, int, std::chrono::seconds) const override {
      return denied();
    }
    Result<std::string> exchange(const Path&, std::string_view, std::size_t, std::chrono::seconds) const override {
      return denied();
    }
  } network_;
  struct Clock : host::ClockView {
    explicit Clock(Time now) : now_(now) {}
    Time now() const override { return now_; }
    std::chrono::milliseconds monotonic() const override { return {}; }
    std::string boot_id() const override { return {}; }
    host::ClockSync sync() const override { return {true, std::chrono::microseconds(1)}; }
    Time now_;
  } clock_;
  struct Devices : host::DevicesView {
    Result<std::vector<host::CpuidDump>> cpuid() const override { return denied(); }
    Result<std::optional<std::uint64_t>> msr(std::uint32_t) const override { return std::optional<std::uint64_t>(); }
    host::OpenResult try_open(const Path&) const override { return host::OpenResult::permission_denied; }
  } devices_;
};

}  // namespace cosigner::checks

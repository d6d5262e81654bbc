#include <catch2/catch.hpp>
#include <set>

#include "installer/checks/catalog.hpp"
#include "installer/checks/machine.hpp"
#include "installer/checks/system.hpp"
#include "kit/fake_host.hpp"

using namespace cosigner;
using namespace cosigner::checks;
using report::Outcome;

TEST_CASE("ids are unique, parents come first, and every check has a title") {
  std::set<std::string> seen;
  for (const auto& check : all_checks()) {
    INFO(check.id);
    CHECK(seen.insert(check.id).second);
    CHECK_FALSE(check.title.empty());
    CHECK((check.parent.empty() || seen.count(check.parent) == 1));
  }
}

TEST_CASE("the ids that operators waive are stable") {
  std::vector<std::string> ids;
  for (const auto& check : all_checks()) {
    if (check.use == engine::CheckUse::preflight) ids.push_back(check.id);
  }
  CHECK(ids == std::vector<std::string>{"cpu.vendor", "cpu.sgx", "cpu.alike", "cpu.flc", "cpu.epc", "machine.cores",
                                        "machine.ram", "machine.disk", "os.known", "os.kernel", "clock.sane",
                                        "clock.synchronised", "dev.exec", "dev.enclave", "dev.provision"});
}

TEST_CASE("a machine of which nothing can be read has unknowns, not passes") {
  const kit::FakeHost host;
  const profile::Settings settings;
  std::set<std::string> demanded;
  for (const auto& check : all_checks()) {
    if (check.use == engine::CheckUse::preflight) demanded.insert(check.id);
  }
  for (const auto& [finding, code] : engine::run_checks(all_checks(), host, settings)) {
    INFO(finding.id);
    if (finding.id.substr(0, 4) == "cpu.") CHECK((finding.outcome == Outcome::unknown || finding.outcome == Outcome::skip));
    if (finding.outcome == Outcome::unknown || finding.outcome == Outcome::skip) CHECK_FALSE(finding.because.empty());
    if (finding.outcome == Outcome::fail)
      CHECK_FALSE((finding.remedy.empty() || (code.empty() && demanded.count(finding.id) != 0)));
  }
}

TEST_CASE("set-up runs what it demands, and nothing else") {
  const kit::FakeHost host;
  engine::CheckChoice demanded;
  demanded.preflight = true;
  CHECK(engine::run_checks(all_checks(), host, {}, demanded).size() == 15);
}

TEST_CASE("lists of processors and sizes of memory are read as the kernel writes them") {
  CHECK(cpus_of("0-3,6\n") == 5);
  CHECK(cpus_of("0") == 1);
  CHECK_FALSE(cpus_of("3-1").has_value());
  CHECK_FALSE(cpus_of("").has_value());
  CHECK(memory_of("MemFree: 1 kB\nMemTotal:        1024 kB\n") == 1048576u);
  CHECK_FALSE(memory_of("MemFree: 1 kB\n").has_value());
}

TEST_CASE("kernels from 5.11 on bring the driver") {
  for (const auto& [release, outcome] : {std::pair{"5.11.0-1-generic", Outcome::pass},
                                         {"5.10.0", Outcome::fail},
                                         {"6.1.0-13-amd64", Outcome::pass},
                                         {"4.19.0", Outcome::fail},
                                         {"10.0", Outcome::pass},
                                         {"linux", Outcome::unknown}}) {
    kit::FakeHost host;
    host.model.entries["/proc/sys/kernel/osrelease"] = {host::FileKind::regular, {}, release, {}};
    CHECK(look_at_kernel(host, {}).outcome == outcome);
  }
}

TEST_CASE("a clock that nothing keeps, or that may be half a second wrong, is a warning") {
  kit::FakeHost host;
  host.model.clock_sync = {true, std::chrono::microseconds(20'000)};
  CHECK(look_at_clock_sync(host, {}).outcome == Outcome::pass);
  host.model.clock_sync = {true, std::chrono::microseconds(900'000)};
  CHECK(look_at_clock_sync(host, {}).outcome == Outcome::warn);
  host.model.clock_sync = {false, std::chrono::microseconds(1)};
  CHECK(look_at_clock_sync(host, {}).outcome == Outcome::warn);
}

TEST_CASE("a device mount without the right to execute is found") {
  kit::FakeHost host;
  host.model.mounts = {{"/", "ext4", {"rw"}}, {"/dev", "devtmpfs", {"rw", "noexec"}}};
  const auto seen = look_at_dev_mount(host, {});
  CHECK(seen.outcome == Outcome::fail);
  CHECK_FALSE(seen.remedy.empty());
}

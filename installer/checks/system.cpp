#include "installer/checks/system.hpp"

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "installer/checks/observing.hpp"
#include "profile/this_platform.hpp"

namespace cosigner::checks {
namespace {

constexpr std::chrono::milliseconds largest_clock_error{500};  // what attestation guides ask for

struct KernelVersion {
  unsigned long long major, minor;
};

/// "6.1.0-13-cloud-amd64" → 6, 1
std::optional<KernelVersion> kernel_version(std::string_view release) {
  const auto parts = split(trimmed(release), '.');
  if (parts.size() < 2) return std::nullopt;
  const auto major = parse_number(parts[0]);
  const auto minor = parse_number(parts[1].substr(0, parts[1].find_first_not_of("0123456789")));
  if (!major || !minor) return std::nullopt;
  return KernelVersion{*major, *minor};
}

}  // namespace

Observation look_at_os(const host::HostView& host, const profile::Settings& settings) {
  const auto os = profile::read_os_release(host);
  if (!os) return unknown(os.error().message);
  std::string known;
  for (const auto& platform : settings.profile.platforms)
    if (!platform.sgx_source.suite.empty())
      known += (known.empty() ? "" : ", ") + platform.os_id + " " + platform.os_version;
  const std::string remedy = "Use one of the systems that the profile knows: " + known + ".";
  if (!*os) return {Outcome::fail, "there is no os-release file", remedy, "", "hardware.os_unknown"};
  const std::string evidence = shown(Untrusted((*os)->title.empty() ? (*os)->id + " " + (*os)->version : (*os)->title), 80);
  const auto platform = profile::find_platform(settings.profile, **os);
  const std::string& other_suite = settings.answers.repository_suite;
  if (platform && platform->sgx_source.suite.empty() && other_suite.empty())
    return {Outcome::fail, evidence + ": Intel has no package suite for this system",
            "Use one of the systems that the profile knows with a suite of its own: " + known +
                "; or name another system's suite in sgx.repository.suite at your own risk (on Debian 11 others use focal, Ubuntu 20.04's).",
            "", "hardware.os_unknown"};
  if (platform && platform->sgx_source.suite.empty())
    return {Outcome::pass, evidence + ", with the packages of " + other_suite, "", "", ""};
  if (platform) return {Outcome::pass, evidence, "", "", ""};
  return {Outcome::fail, evidence + " is not known to the profile", remedy, "", "hardware.os_unknown"};
}

Observation look_at_kernel(const host::HostView& host, const profile::Settings&) {
  const auto text = host.files().read("/proc/sys/kernel/osrelease", 4096);
  const auto version = text && *text ? kernel_version(**text) : std::nullopt;
  if (!version) return unknown("/proc/sys/kernel/osrelease could not be read");
  const std::string evidence = "Linux " + shown(Untrusted(std::string(trimmed(**text))), 64);
  const bool is_new = version->major > 5 || (version->major == 5 && version->minor >= 11);
  if (is_new) return {Outcome::pass, evidence, "", "", ""};
  return {Outcome::fail,
          evidence + " is older than 5.11, which brought the driver",
          "Upgrade the kernel to 5.11 or newer.",
          "",
          "hardware.kernel_too_old",
          {"B1"}};
}

Observation look_at_clock(const host::HostView& host, const profile::Settings&) {
  const Time now = host.clock().now();
  if (now >= source_date) return {Outcome::pass, to_people_time(now), "", "", ""};
  return {Outcome::fail, "the clock says " + to_people_time(now) + ", before this program was made",
          "Set the clock, and let a time service keep it right.", "", "hardware.clock_wrong"};
}

Observation look_at_clock_sync(const host::HostView& host, const profile::Settings&) {
  const host::ClockSync sync = host.clock().sync();
  const std::string error = std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(sync.max_error).count()) + " ms";
  if (sync.synchronised && sync.max_error <= largest_clock_error)
    return {Outcome::pass, "synchronised, at most " + error + " wrong", "", "", ""};
  const std::string evidence =
      sync.synchronised ? "synchronised, but perhaps " + error + " wrong" : "the kernel says that nothing keeps the clock right";
  return {Outcome::warn, evidence, "Install and enable a time service, e.g. chrony or systemd-timesyncd.", "", "", {"E30"}};
}

}  // namespace cosigner::checks

#include "installer/cli/capture_files.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "installer/checks/catalog.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::cli {

const char* const dummy_token =
    "eyJ0aGlzIjoiaXMgbm8gdG9rZW4ifQ.eyJpdCI6Im9wZW5zIG5vdGhpbmcifQ.bm90LWEtc2lnbmF0dXJlLWp1c3QtYS1kdW1teQ";

namespace {

constexpr std::string_view package_run = "Log started:";
constexpr std::size_t shortest_key = 16;  // hex digits; an API key of Intel's has 32

using Names = std::function<std::string(const std::string&)>;

bool begins_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::string keep_whole(const std::string& text, const Names&) { return text; }
std::string keep_settings(const std::string& text, const Names&) { return without_logins(text); }
std::string keep_log(const std::string& text, const Names&) { return known_lines(text); }
std::string keep_own_name(const std::string&, const Names&) { return "this-machine\n"; }

/// Request headers of the quote provider's settings may hold an API key.
std::string keep_provider_settings(const std::string& settings, const Names&) {
  std::string text = without_logins(settings);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t end = at;
    while (end < text.size() && is_hex(text[end])) ++end;
    if (end - at >= shortest_key)
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), '0');
    at = end;
  }
  return text;
}

std::string keep_user_data(const std::string& text, const Names&) {
  if (checks::has_token_shape(text)) return dummy_token;
  const std::string region = sgx::region_of_instance(text);
  return sgx::alibaba_pccs_url(region, true) ? "{\"v1\": {\"region\": \"" + region + "\"}}" : "";
}

std::string keep_package_status(const std::string& text, const Names&) {
  return lines_that(text, [](std::string_view line) {
    return begins_with(line, " /etc/aesmd.conf ") || begins_with(line, " /etc/sgx_default_qcnl.conf ");
  });
}

std::string keep_remote_login(const std::string& text, const Names&) {
  return lines_that(text, [](std::string_view line) { return lower(trimmed(line)).rfind("permitrootlogin", 0) == 0; });
}

std::string keep_variables(const std::string& text, const Names&) {
  return text.find("SGX_AESM_ADDR") != std::string::npos ? "SGX_AESM_ADDR=1\n" : "";
}

std::string keep_unit(const std::string& text, const Names&) {
  return lines_that(text, [](std::string_view line) { return begins_with(line, "PermissionsStartOnly="); });
}

std::string keep_modules(const std::string& text, const Names&) {
  return lines_that(text, [](std::string_view line) { return line.find("sgx") != std::string_view::npos; });
}

std::string keep_kernel_parameters(const std::string& text, const Names&) {
  const auto words = split(trimmed(text), ' ');
  return std::find(words.begin(), words.end(), "nosgx") != words.end() ? "nosgx\n" : "[left out]\n";
}

/// The asset tag names a cloud, or it is the owner's own number.
std::string keep_asset_tag(const std::string& text, const Names&) {
  const bool is_cloud = trimmed(text) == "ibmcloud" || sgx::provider_of_machine("", "", trimmed(text));
  return is_cloud ? text : std::string();
}

/// Ports that are listened on, without the addresses of this machine and of those that it speaks with.
std::string keep_sockets(const std::string& text, const Names&) {
  std::string out;
  for (const auto& listener : checks::listeners_in(text)) {
    std::string port;
    for (unsigned shift = 16; shift > 0; shift -= 4) port += "0123456789ABCDEF"[(listener.port >> (shift - 4)) & 15];
    out += std::string(" 0: ") + (listener.is_local ? "0100007F:" : "00000000:") + port + " 00000000:0000 0A\n";
  }
  return out;
}

/// "bob:100000:65536"
std::string keep_id_ranges(const std::string& text, const Names& name_of) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos)
      out += name_of(std::string(line.substr(0, colon))) + std::string(line.substr(colon)) + "\n";
  }
  return out;
}

/// Only whether it is a web page: which packages are installed and waited for is not captured, and unknown on a replay.
std::string keep_package_list(const std::string& text, const Names&) { return begins_with(text, "<") ? "<" : ""; }

std::string keep_membership(const std::string& text, const Names&) {
  return text.find("\"attached\": true") != std::string::npos ? "\"attached\": true\n" : "";
}

std::string keep_platform_id(const std::string& text, const Names&) {
  return trimmed(text).find_first_not_of('0') == text.find(',') ? "0000,\n" : "[left out],\n";
}

struct Rule {
  std::string_view start;  // of the path; a folder ends with its slash
  std::string (*kept)(const std::string& text, const Names& name_of);
};

/// The first that fits counts.
constexpr Rule rules[] = {
    {"/etc/os-release", keep_whole},
    {"/usr/lib/os-release", keep_whole},
    {"/proc/cpuinfo", keep_whole},
    {"/proc/meminfo", keep_whole},
    {"/proc/sys/kernel/osrelease", keep_whole},
    {"/sys/devices/system/", keep_whole},
    {"/sys/devices/pci0000:00/0000:00:02.0/", keep_whole},
    {"/sys/firmware/efi/efivars/", keep_whole},
    {"/sys/devices/virtual/dmi/id/sys_vendor", keep_whole},
    {"/sys/devices/virtual/dmi/id/product_name", keep_whole},
    {"/sys/devices/virtual/dmi/id/chassis_asset_tag", keep_asset_tag},
    {"/boot/config-", keep_whole},
    {"/proc/cmdline", keep_kernel_parameters},
    {"/proc/modules", keep_modules},
    {"/proc/net/tcp", keep_sockets},
    {"/etc/hostname", keep_own_name},
    {"/etc/subuid", keep_id_ranges},
    {"/etc/aesmd.conf", keep_settings},
    {"/etc/sgx_default_qcnl.conf", keep_provider_settings},
    {"/etc/docker/daemon.json", keep_settings},
    {"/etc/apt/keyrings/", keep_whole},
    {"/usr/share/keyrings/", keep_whole},
    {"/etc/apt/", keep_settings},
    {"/etc/ssh/", keep_remote_login},
    {"/etc/environment", keep_variables},
    {"/etc/default/", keep_variables},
    {"/etc/systemd/system.conf", keep_variables},
    {"/etc/systemd/system/", keep_unit},
    {"/usr/lib/systemd/system/", keep_unit},
    {"/lib/systemd/system/", keep_unit},
    {"/var/lib/cloud/", keep_user_data},
    {"/run/cloud-init/", keep_user_data},
    {"/var/lib/dpkg/status", keep_package_status},
    {"/var/lib/apt/lists/", keep_package_list},
    {"/var/lib/ubuntu-advantage/", keep_membership},
    {"/var/log/", keep_log},
    {"/opt/intel/sgx-pck-id-retrieval-tool/", keep_platform_id},
    {"/root/pckid_retrieval.csv", keep_platform_id},
    {"/var/lib/cosigner/pck-id.csv", keep_platform_id},
};

}  // namespace

std::string without_logins(std::string text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'/]", at + 3), text.size());
    const std::size_t login = text.rfind('@', end);
    if (login != std::string::npos && login > at + 2 && login < end) text.erase(at + 3, login - at - 2);
  }
  return text;
}

std::string lines_that(std::string_view text, const std::function<bool(std::string_view)>& keep) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    if (keep(line)) out += std::string(line) + "\n";
  }
  return out;
}

/// Levels are kept, as a check counts on FATAL, and where a package run begins, as the last one alone is judged.
std::string known_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    if (begins_with(line, package_run)) out += std::string(package_run) + "\n";
    const bool is_fatal = line.find("FATAL ") != std::string_view::npos;
    std::string words;
    for (const auto& match : checks::find_troubles(line)) {
      for (const auto& fragments : match.trouble->quotes) {
        if (line.find(fragments.front()) != std::string_view::npos) words += " " + joined(fragments, " ");
      }
    }
    for (const char* known : {"microcode: Updated early", "microcode updated early", "status code = 28", "Couldn't resolve host",
                              "queue is full", "failed attestation", "Failed to pair device"}) {
      if (line.find(known) != std::string_view::npos) words += " " + std::string(known);
    }
    if (is_fatal || !words.empty()) out += std::string(is_fatal ? "FATAL" : "") + words + " [rest left out]\n";
  }
  return out;
}

bool is_asked_for(std::string_view package) {
  for (const char* start : {"sgx-", "libsgx-", "docker", "containerd", "runc", "podman", "moby", "az-dcap", "unattended-upgrades",
                            "libssl3", "libcurl4", "libc-ares2", "libcares2", "zlib1g"}) {
    if (begins_with(package, start)) return true;
  }
  return false;
}

std::optional<std::string> kept_of_file(const std::string& path, const std::string& text, const Names& name_of) {
  for (const Rule& rule : rules) {
    if (begins_with(path, rule.start)) return rule.kept(text, name_of);
  }
  return std::nullopt;
}

}  // namespace cosigner::cli

#include "installer/cli/capture_scrub.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include "base/text.hpp"
#include "installer/checks/catalog.hpp"

namespace cosigner::cli {

const char* const dummy_token =
    "eyJ0aGlzIjoiaXMgbm8gdG9rZW4ifQ.eyJpdCI6Im9wZW5zIG5vdGhpbmcifQ.bm90LWEtc2lnbmF0dXJlLWp1c3QtYS1kdW1teQ";

namespace {

bool begins_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// "https://user:password@host" without the login.
std::string without_logins(std::string text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'/]", at + 3), text.size());
    const std::size_t login = text.rfind('@', end);
    if (login != std::string::npos && login > at + 2 && login < end) text.erase(at + 3, login - at - 2);
  }
  return text;
}

template <class Keep>
std::string lines_that(std::string_view text, Keep&& keep) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    if (keep(line)) out += std::string(line) + "\n";
  }
  return out;
}

/// The known words alone: what stands around them in a log may be business. Levels are kept, as a check counts on FATAL.
std::string known_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
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

/// What the checks ask of a package; the others are nobody's business.
bool is_asked_for(std::string_view package) {
  for (const char* start : {"sgx-", "libsgx-", "docker", "containerd", "runc", "podman", "moby", "az-dcap", "unattended-upgrades",
                            "libssl3", "libcurl4", "libc-ares2", "libcares2", "zlib1g"}) {
    if (begins_with(package, start)) return true;
  }
  return false;
}

/// Of an index of packages the names and versions that are asked for.
std::string scrub_index(std::string_view text) {
  if (begins_with(text, "<")) return "<";  // a web page in a list's place is a finding
  std::string out, name;
  for (const std::string_view line : lines_of(text)) {
    if (begins_with(line, "Package: ")) name = std::string(line.substr(9));
    if (begins_with(line, "Version: ") && is_asked_for(name)) out += "Package: " + name + "\n" + std::string(line) + "\n\n";
  }
  return out;
}

std::string scrub_file(const std::string& path, std::string text) {
  if (path == "/etc/hostname") return "this-machine\n";
  if (begins_with(path, "/var/lib/cloud/") || begins_with(path, "/run/cloud-init/")) {
    const bool has_token = text.find("eyJ") != std::string::npos;
    const std::size_t region = text.find("\"region\": \"");
    std::string out = has_token ? std::string(dummy_token) : std::string();
    if (region != std::string::npos && !has_token)
      out = "{\"v1\": {" + text.substr(region, text.find('"', region + 11) - region + 1) + "}}";
    return out;
  }
  if (path == "/var/lib/dpkg/status")
    return lines_that(text, [](auto line) {
      return begins_with(line, " /etc/aesmd.conf ") || begins_with(line, " /etc/sgx_default_qcnl.conf ");
    });
  if (begins_with(path, "/etc/ssh/"))
    return lines_that(text, [](auto line) { return lower(trimmed(line)).rfind("permitrootlogin", 0) == 0; });
  if (path == "/etc/environment" || begins_with(path, "/etc/default/"))
    return text.find("SGX_AESM_ADDR") != std::string::npos ? "SGX_AESM_ADDR=1\n" : "";
  if (path == "/proc/modules") return lines_that(text, [](auto line) { return line.find("sgx") != std::string_view::npos; });
  if (path == "/proc/cmdline") return text.find("nosgx") != std::string::npos ? "nosgx\n" : "[left out]\n";
  if (begins_with(path, "/var/log/")) return known_lines(text);
  if (begins_with(path, "/var/lib/apt/lists/") && path.find("_Packages") != std::string::npos) return scrub_index(text);
  if (begins_with(path, "/var/lib/ubuntu-advantage/"))
    return text.find("\"attached\": true") != std::string::npos ? "\"attached\": true\n" : "";
  if (path.size() > 4 && path.substr(path.size() - 4) == ".csv")
    return trimmed(text).find_first_not_of('0') == text.find(',') ? "0000,\n" : "[left out],\n";
  return without_logins(std::move(text));
}

class Pseudonyms {
 public:
  std::string of(const std::string& name) {
    for (const char* kept : {"root", "aesmd", "sgx", "docker"}) {
      if (name == kept) return name;
    }
    const auto [place, is_new] = names_.emplace(name, "user-" + std::to_string(names_.size() + 1));
    return place->second;
  }

 private:
  std::map<std::string, std::string> names_;
};

}  // namespace

host::Scrub capture_scrub() {
  const auto names = std::make_shared<Pseudonyms>();
  return [names](const std::string& what, std::string text) -> std::string {
    if (begins_with(what, "file ")) return scrub_file(what.substr(5), std::move(text));
    if (begins_with(what, "log ")) return known_lines(text);
    if (what == "user") return names->of(text);
    if (what == "home") return text == "/var/opt/aesmd" ? text : "/home/somebody";
    if (begins_with(what, "variable ")) return what == "variable SGX_AESM_ADDR" ? "1" : "";
    if (begins_with(what, "package ")) return is_asked_for(std::string_view(what).substr(8)) ? text : "";
    if (what == "output") return lines_that(text, [](auto line) { return line.find(" /dev ") != std::string_view::npos; });
    return text;
  };
}

}  // namespace cosigner::cli

#include "host/posix/apt_text.hpp"

#include <cstdlib>
#include <vector>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/apt_conflict.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t lines_shown = 3;
constexpr std::size_t line_length = 300;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }
bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// "12.5" without locale and without strtod's leniency; nothing when it is no percentage.
std::optional<double> parse_percent(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto whole = parse_number(text.substr(0, dot));
  if (!whole || *whole > 100) return std::nullopt;
  double value = static_cast<double>(*whole);
  double unit = 0.1;
  for (const char digit : dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value += unit * (digit - '0');
    unit /= 10;
  }
  return value > 100 ? 100 : value;
}

constexpr std::string_view missing_file_mark = "404  Not Found";

/// Of a package, not of a list: "E: Failed to fetch https://…/x_1_amd64.deb  404  Not Found [IP: …]".
bool lacks_package_file(std::string_view output) {
  for (const std::string_view line : lines_of(output)) {
    if (contains(line, "Failed to fetch") && contains(line, ".deb ") && (contains(line, missing_file_mark) || contains(line, "File not found"))) return true;
  }
  return false;
}

struct Cause {
  std::string_view code;
  std::string_view remedy;
  bool retryable;
  std::vector<std::string_view> literals;
};

/// In the order of asking: what is said first wins, because one failure drags others along.
const std::vector<Cause>& causes() {
  static const std::vector<Cause> all = {
      {"packages.lock_held",
       "Wait until the other package run has ended and run again.",
       true,
       {"Could not get lock", "Unable to acquire the dpkg frontend lock", "Unable to lock",
        "frontend lock was locked by another process"}},
      {"packages.disk_full",
       "Free space on the disk and run again.",
       true,
       {"No space left on device", "You don't have enough free space in"}},
      {"packages.interrupted",
       "Run `dpkg --configure -a`, then `apt-get -f install`.",
       false,
       {"dpkg was interrupted, you must manually run", "Try 'apt --fix-broken install'", "Try apt --fix-broken install",
        "package is in a very bad inconsistent state"}},
      {"packages.signature_invalid",
       "Set this machine's clock right, or use a current mirror.",
       false,
       {"is not valid yet", "is expired (invalid since", "is not yet valid"}},
      {"packages.signature_invalid",
       "Check the source's key and that nothing rewrites what it serves.",
       false,
       {"NO_PUBKEY", "EXPKEYSIG", "KEYEXPIRED", "REVKEYSIG", "BADSIG", "is not signed", "signatures were invalid",
        "signatures couldn't be verified", "At least one invalid signature", "cannot be authenticated",
        "Clearsigned file isn't valid", "unauthenticated packages", "Hash Sum mismatch", "File has unexpected size",
        "is no longer signed"}},
      {"packages.not_found",
       "Look at the package sources of this machine.",
       false,
       {"Unable to locate package", "has no installation candidate", "was not found", "Couldn't find any package by"}},
      {"packages.lists_stale",
       "Run again: the lists are fetched anew. When it stays so, the publisher is in the middle of a release: wait a day, or name a mirror.",
       true,
       {missing_file_mark}},
      {"packages.source_unreachable",
       "Check the network, the proxy and the address of the package source.",
       true,
       {"Temporary failure resolving", "Could not resolve", "Could not connect", "Cannot initiate the connection",
        "Connection failed", "Connection timed out", "Connection refused", "Certificate verification failed",
        "Could not handshake", "Failed to fetch", "does not have a Release file", "Some index files failed to download",
        "Unable to connect", "Invalid response from proxy"}},
      {"packages.conflict",
       "Look at the packages that apt names and decide which of them stay.",
       false,
       {"unmet dependencies", "held broken packages", "but remove is disabled", "Packages were downgraded",
        "Held packages were changed", "but it is not going to be installed", "conflicts with", "Unable to correct problems"}},
  };
  return all;
}

/// The lines in which apt says what is wrong.
std::string shown_complaints(std::string_view output) {
  std::vector<std::string> shown_lines;
  for (const char* start : {"E:", "Err:", "dpkg: error", "W:", "E "}) {
    for (const std::string_view line : lines_of(output))
      if (starts_with(line, start) && shown_lines.size() < lines_shown)
        shown_lines.push_back(shown(Untrusted(std::string(trimmed(line))), line_length));
    if (shown_lines.size() >= lines_shown) break;
  }
  return joined(shown_lines, " | ");
}

}  // namespace

std::optional<Progress> parse_apt_status(std::string_view line) {
  const bool downloading = starts_with(line, "dlstatus:");
  if (!downloading && !starts_with(line, "pmstatus:")) return std::nullopt;
  const std::vector<std::string_view> fields = split(line, ':');
  if (fields.size() < 4) return std::nullopt;
  // The package's name may hold its architecture ("libc6:amd64"), so the percentage is the first number behind it.
  for (std::size_t i = 2; i < fields.size(); ++i) {
    const std::optional<double> percent = parse_percent(fields[i]);
    if (!percent) continue;
    const std::string what = downloading ? "downloading packages" : "installing " + shown(Untrusted(std::string(fields[1])), 60);
    return Progress{what, 0, std::nullopt, percent};
  }
  return std::nullopt;
}

std::optional<std::string> parse_policy_candidate(std::string_view text) {
  constexpr std::string_view field = "Candidate:";
  for (const std::string_view line : lines_of(text)) {
    const std::string_view plain = trimmed(line);
    if (!starts_with(plain, field)) continue;
    const std::string_view version = trimmed(plain.substr(field.size()));
    if (version.empty() || version == "(none)") return std::nullopt;
    return std::string(version);
  }
  return std::nullopt;
}

bool update_was_partial(std::string_view output) {
  for (const std::string_view line : lines_of(output)) {
    if (starts_with(line, "Err:") || starts_with(line, "E:")) return true;
    if (starts_with(line, "W:") && (contains(line, "Failed to fetch") || contains(line, "Some index files failed") ||
                                    contains(line, "error occurred during the signature")))
      return true;
  }
  return false;
}

Error describe_apt_failure(std::string_view output, const std::string& doing, const PackageOrigin* origin) {
  const std::string complaints = shown_complaints(output);
  const std::string message = "apt could not " + doing + (complaints.empty() ? "" : ": " + complaints);
  if (auto overlap = describe_overlap(output, doing, origin)) return std::move(*overlap);
  if (auto suite = describe_wrong_suite(output, message, origin)) return std::move(*suite);
  for (const Cause& cause : causes()) {
    for (const std::string_view literal : cause.literals) {
      if (literal == missing_file_mark ? !lacks_package_file(output) : !contains(output, literal)) continue;
      Error error = make_error(cause.code, message, std::string(cause.remedy));
      error.retryable = cause.retryable;
      return error;
    }
  }
  return make_error("packages.failed", message, "Look at /var/log/apt/term.log and run again.");
}

}  // namespace cosigner::host

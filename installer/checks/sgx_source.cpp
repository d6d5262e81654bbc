#include "installer/checks/sgx_source.hpp"

#include <algorithm>

#include "apt/apt_settings.hpp"
#include "apt/deb822.hpp"
#include "apt/key_choice.hpp"
#include "apt/source_file.hpp"
#include "apt/source_list.hpp"
#include "base/text.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"
#include "profile/package_place.hpp"
#include "profile/this_platform.hpp"

namespace cosigner::checks {
namespace {

constexpr std::size_t conf_limit = 1024 * 1024;
constexpr std::chrono::hours oldest_list{24 * 30};

std::optional<profile::PackageSource> source_of(const host::HostView& host, const profile::Settings& settings) {
  const auto os = profile::read_os_release(host);
  if (!os || !*os) return std::nullopt;
  const auto platform = profile::find_platform(settings.profile, **os);
  if (!platform) return std::nullopt;
  return profile::with_answers(platform->sgx_source, settings.answers);
}

std::string uri_of(const profile::PackageSource& source) { return profile::is_local(source) ? "file:" + Path(source.local_path).text() : source.uri; }

std::vector<std::string> accepted_keys(const profile::PackageSource& source) {
  std::vector<std::string> out;
  for (const auto& key : source.keys) out.push_back(key.fingerprint);
  return out;
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && std::string_view(text).substr(text.size() - end.size()) == end;
}

std::vector<apt::ListedSource> all_sources(const host::HostView& host) {
  auto out = apt::parse_source_list("/etc/apt/sources.list", text_of(host, "/etc/apt/sources.list", conf_limit));
  const Path folder = "/etc/apt/sources.list.d";
  const auto names = host.files().list(folder);
  if (!names) return out;
  for (const auto& name : *names) {
    const std::string path = (folder / name).text(), text = text_of(host, folder / name, conf_limit);
    const auto more = ends_with(name, ".list")      ? apt::parse_source_list(path, text)
                      : ends_with(name, ".sources") ? apt::parse_source_paragraphs(path, text)
                                                    : std::vector<apt::ListedSource>{};
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

std::string suite_in(const std::string& source_file) {
  const auto paragraphs = apt::parse_deb822(source_file);
  return paragraphs && !paragraphs->empty() ? paragraphs->front().value("Suites") : std::string();
}

/// AESM brings its packages: a source that is left from before may grow old.
bool is_container(const profile::Settings& settings) { return settings.answers.aesm == "container"; }

Observation no_source() { return not_needed("the profile names no SGX package source for this operating system"); }

}  // namespace

Observation look_at_source(const host::HostView& host, const profile::Settings& settings) {
  const auto source = source_of(host, settings);
  if (!source) return no_source();
  std::vector<std::string> others;
  bool is_ours = false;
  for (const auto& entry : all_sources(host)) {
    if (!apt::has_same_origin(entry, uri_of(*source))) continue;
    const std::string place = entry.file + (entry.line == 0 ? "" : " line " + std::to_string(entry.line));
    if (entry.file == source->source_path)
      is_ours = true;
    else
      others.push_back(place);
    if (entry.trusted) return failed(place + " says trusted=yes: apt checks no signature of it", remedy("source_trusted"));
  }
  if (is_ours && !others.empty())
    return failed("the same packages come from " + source->source_path + " and " + joined(others, ", "),
                  remedy("source_double", others.front()));
  if (is_ours) return passed(source->source_path);
  if (!others.empty())
    return warned("the SGX packages come from " + joined(others, ", ") + ", which this program did not write", remedy("setup"));
  if (is_container(settings)) return not_needed("no SGX package source is set up, and AESM as a container needs none");
  return not_needed("no SGX package source is set up yet; `sudo cosigner setup` does");
}

Observation look_at_keyring(const host::HostView& host, const profile::Settings& settings) {
  const auto source = source_of(host, settings);
  if (!source) return no_source();
  const auto bytes = host.files().read(source->keyring_path, conf_limit);
  if (!bytes) return unknown(bytes.error().message);
  if (!*bytes) return failed(source->keyring_path + " is not there: apt will say NO_PUBKEY", remedy("setup"), {"C1"});
  const auto key = apt::choose_key(**bytes, accepted_keys(*source), host.clock().now());
  if (!key && key.error().code == "apt.key_expired")
    return passed("the pinned key is the only one in the keyring (it has ended, see sgx.key_expiry)");
  if (!key) return failed(source->keyring_path + ": " + key.error().message, remedy("setup"), {"C1"});
  return passed("exactly the pinned key " + key->fingerprint.substr(24) + " is in " + source->keyring_path);
}

Observation look_at_key_expiry(const host::HostView& host, const profile::Settings& settings) {
  const auto source = source_of(host, settings);
  if (!source) return no_source();
  const auto keys = apt::read_public_keys(text_of(host, source->keyring_path, conf_limit));
  if (!keys || keys->empty()) return unknown("the keyring cannot be read");
  const auto left = apt::days_left(keys->front(), host.clock().now());
  if (!left) return passed("the key does not end");
  const std::string end = to_date(*keys->front().expires);
  const bool has_ended = *left < 0 || keys->front().is_expired(host.clock().now());
  if (has_ended && is_container(settings)) return warned("the key ended on " + end + "; AESM as a container needs no package of this source", remedy("key_expired"), {"C2"});
  if (has_ended) return failed("the key ended on " + end, remedy("key_expired"), {"C2"});
  if (*left < settings.profile.key_warning_days)
    return warned("the key ends on " + end + ", in " + counted(*left, "day"), remedy("key_ends"), {"C2"});
  return passed("the key is good for " + counted(*left, "day") + " more, until " + end);
}

Observation look_at_suite(const host::HostView& host, const profile::Settings& settings) {
  const auto source = source_of(host, settings);
  if (!source) return no_source();
  const std::string seen = suite_in(text_of(host, source->source_path, conf_limit));
  const std::string& wanted = source->suite;
  if (seen.empty()) return not_needed(source->source_path + " is not there or names no suite");
  if (seen == wanted) return passed("the suite is " + safe(seen, 40));
  return failed("the source names the suite " + safe(seen, 40) + ", this system needs " + wanted, remedy("setup"), {"C4"});
}

Observation look_at_pins(const host::HostView& host, const profile::Settings& settings) {
  const auto source = source_of(host, settings);
  if (!source) return no_source();
  const auto text = host.files().read(source->preferences_path, conf_limit);
  if (!text) return unknown(text.error().message);
  if (!*text)
    return warned(source->preferences_path + " is not there: the source may deliver any package of the system", remedy("setup"));
  bool denies = false;
  const auto paragraphs = apt::parse_deb822(**text);
  if (!paragraphs) return failed(source->preferences_path + ": " + paragraphs.error().message, remedy("setup"));
  for (const auto& paragraph : *paragraphs) {
    if (paragraph.value("Package") == "*" && paragraph.value("Pin-Priority").rfind('-', 0) == 0) denies = true;
    const auto priority = parse_number(paragraph.value("Pin-Priority"));
    if (priority && *priority >= 1000)
      return failed("a pin of " + std::to_string(*priority) + " in " + source->preferences_path + " makes apt downgrade packages",
                    remedy("setup"));
  }
  if (denies) return passed("the source may deliver SGX packages and nothing else");
  return warned(source->preferences_path + " does not deny other packages of the source", remedy("setup"));
}

Observation look_at_lists(const host::HostView& host, const profile::Settings& settings) {
  const auto source = source_of(host, settings);
  if (!source) return no_source();
  const std::string prefix = apt::lists_prefix(uri_of(*source), source->suite);
  const Path folder = "/var/lib/apt/lists";
  const auto names = host.files().list(folder);
  if (!names) return unknown(names.error().message);
  std::optional<Time> newest;
  for (const auto& name : *names) {
    if (name.rfind(prefix, 0) != 0) continue;
    const auto begin = host.files().read_part(folder / name, 0, 64);
    if (begin && *begin && (*begin)->rfind('<', 0) == 0)
      return failed("the package list " + safe(name, 80) + " is a web page: a proxy answered in the archive's place",
                    remedy("proxy_exception", "download.01.org"), {"C13"});
    const auto stat = host.files().stat(folder / name);
    if (stat && *stat && (!newest || (*stat)->modified > *newest)) newest = (*stat)->modified;
  }
  if (!newest) return warned("apt has no package lists of the SGX source", remedy("apt_update"), {"C6"});
  const auto age = host.clock().now() - *newest;
  if (source->kind != profile::local_archive_kind && age > oldest_list) {
    return warned("the SGX package lists are " +
                      counted(std::chrono::duration_cast<std::chrono::hours>(age).count() / 24, "day") +
                      " old: downloads may answer 404",
                  remedy("apt_update"), {"C3"});
  }
  return passed("the SGX package lists are of " + to_date(*newest));
}

Observation look_at_apt_settings(const host::HostView& host, const profile::Settings&) {
  std::vector<Path> paths{"/etc/apt/apt.conf"};
  const Path folder = "/etc/apt/apt.conf.d";
  const auto names = host.files().list(folder);
  if (!names) return unknown(names.error().message);
  for (const auto& name : *names) paths.push_back(folder / name);
  std::optional<Observation> minor;
  for (const auto& path : paths) {
    for (const auto& weak : apt::weak_settings(apt::parse_apt_conf(text_of(host, path, conf_limit)))) {
      const std::string evidence =
          path.text() + " line " + std::to_string(weak.setting.line) + ", " + safe(weak.setting.name, 80) + ": " + weak.effect;
      if (weak.stops) return failed(evidence, remedy("apt_setting", path.text()));
      if (!minor) minor = warned(evidence, remedy("apt_setting", path.text()));
    }
  }
  return minor ? *minor : passed("no setting of apt weakens its checks");
}

}  // namespace cosigner::checks

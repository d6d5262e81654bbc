#include "installer/checks/egress.hpp"

#include <algorithm>

#include "apt/apt_settings.hpp"
#include "apt/deb822.hpp"
#include "apt/source_file.hpp"
#include "apt/source_list.hpp"
#include "base/shipped.hpp"
#include "base/text.hpp"
#include "profile/forms.hpp"
#include "profile/this_platform.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::checks {
namespace {

struct Address {
  std::string host;
  int port = 443;
  bool tls = true;
};

/// Nothing for file:, cdrom: and the like.
std::optional<Address> address_of(const std::string& url) {
  Address out;
  std::string_view rest = url;
  if (rest.rfind("https://", 0) == 0)
    rest.remove_prefix(8);
  else if (rest.rfind("http://", 0) == 0)
    rest.remove_prefix(7), out.tls = false, out.port = 80;
  else
    return std::nullopt;
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  const std::size_t bracket = rest.rfind(']'), colon = rest.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const auto port = parse_number(rest.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return std::nullopt;
    out.port = static_cast<int>(*port);
    rest = rest.substr(0, colon);
  }
  if (rest.size() > 1 && rest.front() == '[') rest = rest.substr(1, rest.size() - 2);
  out.host = std::string(rest);
  if (out.host.empty()) return std::nullopt;
  return out;
}

class RowList {
 public:
  void add(const std::string& url, const char* when, const char* owner, std::string reason, const char* check) {
    if (const auto address = address_of(url))
      put({address->host, address->port, "tcp", address->tls, when, owner, std::move(reason), check});
  }
  void put(EgressRow row) {
    const bool is_there = std::any_of(rows_.begin(), rows_.end(), [&](const auto& each) {
      return each.host == row.host && each.port == row.port && each.protocol == row.protocol;
    });
    if (!is_there) rows_.push_back(std::move(row));
  }
  std::vector<EgressRow> take() { return std::move(rows_); }

 private:
  std::vector<EgressRow> rows_;
};

std::string read(const host::HostView& host, const Path& path) {
  const auto text = host.files().read(path, 1024 * 1024);
  return text && *text ? **text : std::string();
}

std::optional<profile::Platform> platform_of(const host::HostView& host, const profile::Settings& settings) {
  const auto os = profile::read_os_release(host);
  if (!os || !*os) return std::nullopt;
  return profile::find_platform(settings.profile, **os);
}

std::vector<apt::AptSetting> apt_settings(const host::HostView& host) {
  auto out = apt::parse_apt_conf(read(host, "/etc/apt/apt.conf"));
  const Path folder = "/etc/apt/apt.conf.d";
  const auto names = host.files().list(folder);
  for (const auto& name : names ? *names : std::vector<std::string>{}) {
    const auto more = apt::parse_apt_conf(read(host, folder / name));
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

/// The proxy that apt takes for a URI, by the host's own setting or the general one (apt-transport-http(1)); empty: none.
std::string apt_proxy(const std::vector<apt::AptSetting>& settings, const std::string& uri) {
  const std::string general = uri.rfind("https:", 0) == 0 ? "acquire::https::proxy" : "acquire::http::proxy";
  const std::string own = general + "::" + lower(apt::host_of(uri));
  std::string found;
  bool is_own = false;
  for (const auto& setting : settings) {  // the last one of a name counts
    if (setting.name == own) is_own = true;
    if (setting.name == own || (setting.name == general && !is_own)) found = setting.value;
  }
  return found == "DIRECT" ? std::string() : found;
}

/// The machine's own sources, without those of third parties that this program writes.
void add_archive(const host::HostView& host, RowList& rows) {
  std::vector<apt::ListedSource> sources = apt::parse_source_list("/etc/apt/sources.list", read(host, "/etc/apt/sources.list"));
  const Path folder = "/etc/apt/sources.list.d";
  const auto names = host.files().list(folder);
  for (const auto& name : names ? *names : std::vector<std::string>{}) {
    const bool is_ours = name.rfind("intel-sgx", 0) == 0 || name.rfind("docker", 0) == 0;
    const std::size_t dot = name.rfind('.');
    if (is_ours || dot == std::string::npos) continue;
    const std::string text = read(host, folder / name);
    const auto more = name.substr(dot) == ".list" ? apt::parse_source_list(name, text) : apt::parse_source_paragraphs(name, text);
    sources.insert(sources.end(), more.begin(), more.end());
  }
  const auto settings = apt_settings(host);
  for (const auto& source : sources) {
    for (const auto& uri : source.uris) {
      const std::string proxy = apt_proxy(settings, uri);
      if (proxy.empty())
        rows.add(uri, "always", "the operating system", "packages and security updates of the operating system",
                 "net.os_archive");
      else
        rows.add(proxy, "always", "you", "apt's proxy, for packages and security updates of the operating system",
                 "net.os_archive");
    }
  }
}

void add_sgx(const host::HostView& host, const profile::Settings& settings, RowList& rows) {
  const auto platform = platform_of(host, settings);
  if (platform) {
    const auto& source = platform->sgx_source;
    const std::string mirror = settings.answers.repository_mirror;
    const bool is_here = !profile::local_directory_of(mirror).empty();  // nothing is fetched, the key neither
    if (!is_here)
      rows.add(!mirror.empty()                  ? mirror
               : source.kind == "local-archive" ? source.archive_url
                                                : source.uri,
               "install", mirror.empty() ? "Intel" : "you", "SGX packages", "net.sgx_packages");
    if (!is_here && source.kind != "local-archive")
      rows.add(source.key_url, "install", "Intel", "key of the SGX packages", "net.sgx_packages");
    if (settings.answers.docker_install == "auto")
      rows.add(platform->engine_source.uri, "install", "Docker", "container engine, unless one is there already",
               "net.engine_packages");
  }
  const std::string conf = read(host, "/etc/sgx_default_qcnl.conf");
  const std::string provider = !settings.answers.pccs_url.empty() ? settings.answers.pccs_url
                               : conf.empty()                     ? settings.profile.quote_provider.intel_pcs_url
                                                                  : sgx::read_qcnl(conf).pccs_url;
  rows.add(provider, "always", provider == settings.profile.quote_provider.intel_pcs_url ? "Intel" : "your quote provider",
           "certificates that quotes need", "net.quote_provider");
}

void add_shipped(const profile::Settings& settings, RowList& rows) {
  for (const auto& file : shipped_files()) {
    if (file.name != "texts/egress.txt") continue;
    const auto paragraphs = apt::parse_deb822(file.bytes);
    for (const auto& row : paragraphs ? *paragraphs : std::vector<apt::Paragraph>{}) {
      const bool is_left_out = row.value("Needs") == "registry" && settings.answers.image_source != "registry";
      if (!is_left_out)
        rows.put({row.value("Host"), 443, "tcp", true, row.value("When"), row.value("Owner"), row.value("Reason"),
                  row.value("Check")});
    }
  }
}

void add_image(const profile::Settings& settings, RowList& rows) {
  const auto& answers = settings.answers;
  if (answers.image_source == "mirror")
    rows.add("https://" + answers.image_mirror, "install", "you", "the co-signer's image", "net.registry");
  if (answers.image_source == "registry")
    rows.add("https://" + settings.profile.image.registry, "install", "GitLab", "the co-signer's image", "net.registry");
}

}  // namespace

std::vector<EgressRow> egress_rows(const host::HostView& host, const profile::Settings& settings) {
  RowList rows;
  const auto& answers = settings.answers;
  if (!answers.proxy_url.empty())
    rows.add(answers.proxy_url, "always", "you", "proxy: the other hosts are reached through it", "net.proxy");
  rows.add("https://" + settings.profile.hosts.gateway, "always", "Fireblocks", "the co-signer's gateway", "net.gateway");
  for (const auto& name : settings.profile.hosts.sign_urls)
    rows.add("https://" + name, "always", "Fireblocks", "signed addresses of the service", "net.sign_urls");
  if (answers.callback) rows.add(answers.callback->url, "always", "you", "your callback handler", "net.callback");
  add_image(settings, rows);
  add_shipped(settings, rows);
  add_sgx(host, settings, rows);
  add_archive(host, rows);
  rows.put({"the name servers in /etc/resolv.conf", 53, "udp", false, "always", "you", "names", ""});
  rows.put({"the time servers of your time service", 123, "udp", false, "always", "you",
            "the clock, which must be right within half a second", ""});
  return rows.take();
}

std::vector<std::string> egress_notes() {
  return {"The four Python package hosts of the vendor's list are not needed: nothing of Python is installed.",
          "github.com is not needed: no compose program is fetched.",
          "Port 5000 of the vendor's list is not needed: its registry is asked and pulled from on port 443.",
          "No inbound port is needed."};
}

}  // namespace cosigner::checks

#include "installer/checks/quote_provider.hpp"

#include <algorithm>

#include "apt/source_file.hpp"
#include "base/text.hpp"
#include "installer/checks/egress.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/place.hpp"
#include "installer/checks/texts.hpp"
#include "sgx/qcnl_report.hpp"

namespace cosigner::checks {
namespace {

constexpr const char* conf_path = "/etc/sgx_default_qcnl.conf";
constexpr const char* daemon_home = "/var/opt/aesmd";
constexpr const char* cache_name = ".dcap-qcnl";
constexpr std::chrono::seconds provider_time{3};

std::optional<std::string> conf_text(const host::HostView& host) {
  const auto text = host.files().read(conf_path, 64 * 1024);
  return text ? *text : std::nullopt;
}

sgx::QcnlSettings settings_of(const host::HostView& host) { return sgx::read_qcnl(conf_text(host).value_or("")); }

/// The folder that the daemon's library takes first (facts, section 7).
std::optional<Path> cache_folder(const host::HostView& host) {
  for (const Path& folder : {Path(daemon_home) / cache_name, Path("/tmp") / cache_name}) {
    if (is_there(host, folder)) return folder;
  }
  return std::nullopt;
}

}  // namespace

Observation look_at_qcnl_file(const host::HostView& host, const profile::Settings&) {
  const auto text = host.files().read(conf_path, 64 * 1024);
  if (!text) return unknown(text.error().message);
  if (!*text) return failed(std::string(conf_path) + " is not there: the library asks localhost", remedy("setup"), {"E3"});
  const auto report = sgx::report_qcnl(**text);
  if (report.settings.syntax == sgx::QcnlSyntax::json) return passed("clean JSON");
  if (report.settings.syntax == sgx::QcnlSyntax::key_value && report.trouble.empty())
    return warned("the old form KEY=VALUE, which newer libraries may not read", remedy("setup"));
  return failed(std::string(conf_path) + ": " + report.trouble + "; the library then asks https://localhost:8081",
                remedy("qcnl_rewrite"), {"E2", "E3", "E15"});
}

Observation look_at_qcnl_keys(const host::HostView& host, const profile::Settings&) {
  if (const auto blind = unreadable(host, conf_path)) return *blind;
  const auto report = sgx::report_qcnl(conf_text(host).value_or(""));
  if (!report.update_type.empty())
    return failed("tcb_update_type is \"" + report.update_type + "\": the library refuses all but early and standard",
                  remedy("qcnl_update_type"), {"E16"});
  if (!report.api_version.empty() && report.api_version != "3.0" && report.api_version != "3.1") {
    return failed("pccs_api_version is \"" + safe(report.api_version, 20) + "\": there are 3.0 and 3.1",
                  remedy("qcnl_api_version"), {"E13"});
  }
  if (!report.ignored.empty()) return warned("silently ignored: " + joined(report.ignored, ", "), remedy("qcnl_keys"));
  return passed("every key is known and of the right type");
}

Observation look_at_qcnl_url(const host::HostView& host, const profile::Settings&) {
  if (const auto blind = unreadable(host, conf_path)) return *blind;
  const std::string url = settings_of(host).pccs_url;
  const std::string shown_url = safe(url, 160);
  if (url.rfind("https://", 0) != 0) return failed("pccs_url is " + shown_url + ", not https", remedy("qcnl_rewrite"));
  if (url.find("/v3/") != std::string::npos || url.find("/v2/") != std::string::npos) {
    return failed("pccs_url " + shown_url + " names an interface that ended on 2026-04-30", remedy("qcnl_v4"), {"E24"});
  }
  if (url.back() != '/') return failed("pccs_url " + shown_url + " must end with a slash", remedy("qcnl_rewrite"), {"E4"});
  if (url.find("/v4/") == std::string::npos)
    return warned("pccs_url " + shown_url + " does not name the interface v4", remedy("qcnl_v4"), {"E24"});
  return passed(shown_url);
}

Observation look_at_qcnl_owner(const host::HostView& host, const profile::Settings& settings) {
  if (const auto blind = unreadable(host, conf_path)) return *blind;
  const Place place = place_of(host, settings);
  const auto seen = settings_of(host);
  const std::string name = apt::host_of(seen.pccs_url);
  if (settings.answers.quote_provider != "auto")
    return passed("the provider was chosen by the answers: " + settings.answers.quote_provider);
  if (place.provider == sgx::QuoteProvider::azure) {
    const std::string text = conf_text(host).value_or("");
    if (sgx::is_configured(text, {sgx::QuoteProvider::azure, std::string(sgx::azure_pccs_url), true}))
      return passed("Azure's own provider");
    return failed("this is Azure, but the quote provider is " + safe(name) + " or lacks Azure's settings", remedy("setup"),
                  {"E7", "E9", "E10"});
  }
  if (place.provider == sgx::QuoteProvider::alibaba) {
    if (name.rfind("sgx-dcap-server", 0) == 0) return passed("Alibaba Cloud's own provider");
    return failed("this is Alibaba Cloud, but the quote provider is " + safe(name) + ": it does not know this platform",
                  remedy("setup"), {"E7"});
  }
  return passed("nothing says that " + safe(name) + " is the wrong provider here");
}

Observation look_at_qcnl_cache(const host::HostView& host, const profile::Settings&) {
  for (const char* folder : {daemon_home, "/tmp"}) {
    if (const auto blind = hidden(host, Path(folder) / cache_name)) return *blind;
  }
  const auto folder = cache_folder(host);
  if (!folder) return passed("nothing is kept from an earlier provider");
  const auto names = host.files().list(*folder);
  if (!names) return unknown(names.error().message);
  const auto conf = host.files().stat(conf_path);
  if (!conf || !*conf) return unknown(std::string(conf_path) + " cannot be looked at");
  for (const auto& name : *names) {
    const auto stat = host.files().stat(*folder / name);
    if (stat && *stat && (*stat)->modified < (*conf)->modified) {
      return warned(folder->text() + " holds certificates from before the provider's settings were changed",
                    remedy("qcnl_cache", folder->text()), {"E17"});
    }
  }
  return passed(counted(static_cast<long long>(names->size()), "entry") + " younger than the settings");
}

Observation look_at_qcnl_cache_folder(const host::HostView& host, const profile::Settings&) {
  const auto user = host.accounts().user("aesmd");
  if (!user || !*user) return unknown("there is no user aesmd");
  const std::string home = (*user)->home.empty() ? daemon_home : (*user)->home;
  const auto stat = host.files().stat(home);
  if (!stat) return unknown(stat.error().message);
  if (!*stat)
    return failed("the daemon's home " + safe(home, 80) + " is not there: nothing can be cached",
                  remedy("aesm_home", safe(home, 80)), {"E23"});
  if ((*stat)->attributes.owner.uid != (*user)->uid)
    return failed("the daemon's home " + safe(home, 80) + " belongs to user " + std::to_string((*stat)->attributes.owner.uid),
                  remedy("aesm_home", safe(home, 80)), {"E23"});
  return passed(safe(home, 80) + " belongs to the daemon");
}

/// Its QE identity is public: no secret and no platform identity is sent.
Observation look_at_provider(const host::HostView& host, const profile::Settings& settings) {
  const auto seen = settings_of(host);
  host::HttpRequest request;
  request.url = seen.pccs_url + "qe/identity";
  request.timeout = provider_time;
  const std::string name = safe(apt::host_of(seen.pccs_url));
  if (settings.answers.extra_ca.is_set() && !settings.answers.extra_ca.text.empty())
    request.extra_ca_pem = settings.answers.extra_ca.text;
  if (settings.answers.proxy_url.empty()) {  // else the daemon's way is another one
    const auto trouble = trouble_reaching("net.quote_provider", host, settings);
    if (trouble && trouble->code != "network.tls_untrusted")
      return failed(name + ": " + trouble->message, trouble->remedy.empty() ? remedy("network_open", name) : trouble->remedy,
                    {"E4"});
  }
  const auto answer = host.network().request(request);
  if (!answer && answer.error().code == "network.tls_untrusted" && !seen.use_secure_cert)
    return passed(name + " answers, with a certificate of its own that the settings accept");
  if (!answer && answer.error().code == "network.tls_untrusted")
    return failed(name + ": " + answer.error().message, remedy("pccs_ca"), {"E5"});
  if (!answer)
    return failed(name + ": " + answer.error().message,
                  answer.error().remedy.empty() ? remedy("network_open", name) : answer.error().remedy, {"E4"});
  if (answer->status == 404 || answer->status == 410)
    return failed(name + " answers " + std::to_string(answer->status) + " for its QE identity", remedy("qcnl_v4"), {"E24"});
  if (answer->status != 200)
    return warned(name + " answers with status " + std::to_string(answer->status), remedy("wait_and_retry"));
  if (answer->body.find("enclaveIdentity") == std::string::npos)
    return failed(name + " answers with something that is no QE identity", remedy("proxy_exception", name), {"C13"});
  return passed(name + " gives its QE identity");
}

}  // namespace cosigner::checks

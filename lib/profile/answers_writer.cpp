#include "profile/answers_writer.hpp"

#include <nlohmann/json.hpp>

#include "profile/answers_keys.hpp"

namespace cosigner::profile {
namespace {

using nlohmann::ordered_json;

class Writer {
 public:
  /// `name` is the key of the table, "image.revision".
  template <class T>
  void put(const char* name, const T& value, const T& usual) {
    if (value != usual) place(name) = value;
  }
  void put(const char* name, const std::string& value, const char* usual = "") {
    if (value != usual) place(name) = value;
  }
  void list(const char* name, const std::vector<std::string>& values) { place(name) = values; }
  void secret(const char* name, const SecretRef& reference) {
    switch (reference.kind) {
      case SecretRef::Kind::file: place(name) = {{"file", reference.where}}; break;
      case SecretRef::Kind::credential: place(name) = {{"credential", reference.where}}; break;
      case SecretRef::Kind::env: place(name) = {{"env", reference.where}}; break;
      case SecretRef::Kind::none:
      case SecretRef::Kind::literal:
      case SecretRef::Kind::given: break;
    }
  }
  void text(const char* name, const TextRef& reference) {
    if (!reference.text.empty()) {
      place(name) = reference.text;
    } else if (!reference.file.empty()) {
      place(name) = {{"file", reference.file}};
    }
  }
  ordered_json& place(const std::string& name) {
    ordered_json* at = &root_;
    std::size_t from = 0;
    for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', from)) {
      at = &(*at)[name.substr(from, dot - from)];
      from = dot + 1;
    }
    return (*at)[name.substr(from)];
  }
  const ordered_json& root() const { return root_; }

 private:
  ordered_json root_ = {{"version", 1}};
};

void put_callback(Writer& out, const std::string& prefix, const CallbackAnswers& callback) {
  const auto name = [&](const char* key) { return prefix + key; };
  out.place(name("url")) = callback.url;
  out.place(name("auth")) = std::string(name_of(callback.auth));
  out.text(name("publicKey").c_str(), callback.public_key);
  out.text(name("certificate").c_str(), callback.certificate);
  out.put(name("fetchSha256").c_str(), callback.fetch_sha256);
  out.text(name("rootCa").c_str(), callback.root_ca);
  out.put(name("retry").c_str(), callback.retry, false);
}

void put_general(Writer& out, const Answers& a, const Answers& usual) {
  out.put("profile", a.profile, "global");
  out.put("acknowledgeNoCallback", a.acknowledge_no_callback, usual.acknowledge_no_callback);
  out.put("waive", a.waive, usual.waive);
  out.put("acceptWeaker", a.accept_weaker, usual.accept_weaker);
  out.put("maxDisruption", a.max_disruption);
  out.put("start", a.start, usual.start);
  out.put("wait.onlineSeconds", a.wait_online_seconds, usual.wait_online_seconds);
  out.put("pairing.firstUser", a.first_user, usual.first_user);
  if (a.callback) put_callback(out, "callback.", *a.callback);
}

void put_image(Writer& out, const Answers& a, const Answers& usual) {
  out.put("image.source", a.image_source, "registry");
  out.put("image.revision", a.image_revision);
  out.put("image.digest", a.image_digest);
  out.put("image.mirror", a.image_mirror);
  out.put("image.archive", a.image_archive);
  out.put("image.archiveSha256", a.image_archive_sha256);
  out.put("registry.username", a.registry_username);
  out.secret("registry.password", a.registry_password);
  out.put("registry.remember", a.registry_remember, usual.registry_remember);
  out.put("docker.install", a.docker_install, "auto");
  out.put("docker.replace", a.docker_replace, usual.docker_replace);
}

void put_network(Writer& out, const Answers& a, const Answers& usual) {
  out.put("proxy.url", a.proxy_url);
  if (a.container_proxy_decided && (a.container_proxy_url.empty() || a.container_proxy_url != a.proxy_url)) {
    out.put("proxy.container", a.container_proxy_url.empty() ? std::string(no_container_proxy) : a.container_proxy_url);
  }
  out.put("proxy.noProxy", a.no_proxy, usual.no_proxy);
  out.put("proxy.username", a.proxy_username);
  out.secret("proxy.password", a.proxy_password);
  out.text("tls.extraCa", a.extra_ca);
}

void put_sgx(Writer& out, const Answers& a, const Answers& usual) {
  out.put("sgx.driver", a.sgx_driver, "auto");
  out.put("sgx.driverFile", a.sgx_driver_file);
  out.put("sgx.driverSha256", a.sgx_driver_sha256);
  out.put("sgx.user", a.sgx_user);
  out.put("sgx.aesm", a.aesm, "package");
  out.put("sgx.aesmDigest", a.aesm_digest);
  out.put("sgx.quoteProvider", a.quote_provider, "auto");
  out.put("sgx.pccsUrl", a.pccs_url);
  out.put("sgx.pccsSelfSigned", a.pccs_self_signed, usual.pccs_self_signed);
  out.put("sgx.repository.keyFingerprints", a.key_fingerprints, usual.key_fingerprints);
  out.put("sgx.repository.mirror", a.repository_mirror);
  out.put("sgx.repository.suite", a.repository_suite);
  out.put("attestation.policy", a.attestation_policy);
  out.put("attestation.legacyEpid", a.legacy_epid, usual.legacy_epid);
  if (a.stop_units_decided) out.list("attestation.stopUnits", a.stop_units);  // an empty list is an answer
  out.put("host.securityUpdates", a.security_updates, usual.security_updates);
  out.put("host.timeSync", a.time_sync, "auto");
  out.put("host.reboot", a.reboot, usual.reboot);
}

}  // namespace

std::string write_answers(const Answers& answers) {
  const Answers usual;
  Writer out;
  put_general(out, answers, usual);
  put_image(out, answers, usual);
  put_network(out, answers, usual);
  put_sgx(out, answers, usual);
  return out.root().dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string write_used_answers(const Answers& answers) {
  Answers used = answers;
  used.container_proxy_decided = used.container_proxy_decided || used.container_proxy_url != used.proxy_url;
  return write_answers(used);
}

}  // namespace cosigner::profile

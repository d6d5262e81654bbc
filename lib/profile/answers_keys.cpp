#include "profile/answers_keys.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "profile/forms.hpp"

namespace cosigner::profile {
namespace {

using V = AnswerValue&&;
constexpr std::string_view built;

CallbackAnswers& callback_of(Answers& a) {
  a.callback_decided = true;
  if (!a.callback) a.callback.emplace();
  return *a.callback;
}

CallbackAuth auth_of(std::string_view word) {
  for (const auto auth : {CallbackAuth::public_key, CallbackAuth::certificate, CallbackAuth::root_ca, CallbackAuth::hybrid_certificate}) {
    if (word == name_of(auth)) return auth;
  }
  return CallbackAuth::hybrid_root_ca;
}

bool is_https(std::string_view text) { return is_url(text, "https"); }
bool is_web(std::string_view text) { return is_url(text, "http https"); }
/// Tags are short; a pairing token that slipped into this place is longer, is refused, and so is never repeated (threats E4).
bool is_image_revision(std::string_view text) { return text.size() <= 64 && is_revision(text); }
bool is_container_proxy(std::string_view text) { return text == no_container_proxy || is_proxy_url(text); }
bool is_sha256(std::string_view text) { return is_hex(text, 64); }
bool is_word(std::string_view text) { return is_revision(text); }
/// Of a check or a weakening. A token in this place has capitals, is refused, and so is never repeated (threats E4).
bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
}
bool is_profile_name(std::string_view text) { return !text.empty() && text.size() < 4096; }
bool is_mirror(std::string_view text) {  // registry host, optional port, repository path
  return text.find('/') != std::string_view::npos && text.find("//") == std::string_view::npos && is_url("https://" + std::string(text), "https");
}

constexpr std::string_view sha256_form = "must be 64 lower-case hex digits";
constexpr std::string_view path_form = "must be an absolute path";
constexpr std::string_view https_form = "must be an https URL without user name or password";

std::vector<AnswerKey> general_keys() {
  return {
      {"profile", KeyType::text, {}, is_profile_name, "must be a profile's name or a file", built, "for whom the machine is set up: a built-in profile or a file",
       [](Answers& a, V v) { a.profile = std::move(v.text); }},
      {"acknowledgeNoCallback", KeyType::flag, {}, nullptr, {}, built, "true: no callback is wanted, and the co-signer signs everything it is sent",
       [](Answers& a, V v) { a.acknowledge_no_callback = v.flag; a.callback_decided = a.callback_decided || v.flag; }},
      {"waive", KeyType::texts, {}, is_id, "must be ids of checks", built, "checks that may fail; never trust checks",
       [](Answers& a, V v) { a.waive = std::move(v.texts); }},
      {"acceptWeaker", KeyType::texts, {}, is_id, "must be ids of weakenings", built, "the exact set of weakenings that is accepted",
       [](Answers& a, V v) { a.accept_weaker = std::move(v.texts); }},
      {"maxDisruption", KeyType::choice, "none aesm container docker host", nullptr, {}, built, "the largest interruption of a healthy co-signer",
       [](Answers& a, V v) { a.max_disruption = std::move(v.text); }},
      {"start", KeyType::flag, {}, nullptr, {}, built, "false: everything but the start of the co-signer", [](Answers& a, V v) { a.start = v.flag; }},
      {"wait.onlineSeconds", KeyType::whole, {}, nullptr, {}, built, "how long to wait for the co-signer to be online",
       [](Answers& a, V v) { a.wait_online_seconds = v.whole; }},
      {"pairing.token", KeyType::secret, {}, nullptr, {}, built, "the pairing token of the Console; never from the environment, never literal",
       [](Answers& a, V v) { a.pairing_token = std::move(v.secret); }},
      {"pairing.firstUser", KeyType::flag, {}, nullptr, {}, built, "this is the first user on this machine", [](Answers& a, V v) { a.first_user = v.flag; }},
      {"users", KeyType::users, {}, nullptr, {}, "[]", "further users to pair", [](Answers&, V) {}},
      {"console", KeyType::text, {}, nullptr, {}, "null", "reserved", [](Answers&, V) {}},
  };
}

std::vector<AnswerKey> callback_keys() {
  return {
      {"callback.url", KeyType::text, {}, is_web, "must be a URL such as https://handler:8443/path", built, "base URL of the callback handler, without the suffix of a request",
       [](Answers& a, V v) { callback_of(a).url = std::move(v.text); }},
      {"callback.auth", KeyType::choice, "publicKey certificate rootCa hybridCertificate hybridRootCa", nullptr, {}, built, "how co-signer and handler trust each other",
       [](Answers& a, V v) { callback_of(a).auth = auth_of(v.text); }},
      {"callback.publicKey", KeyType::file_text, {}, nullptr, {}, built, "the handler's RSA key (PEM)", [](Answers& a, V v) { callback_of(a).public_key = std::move(v.file_text); }},
      {"callback.certificate", KeyType::file_text, {}, nullptr, {}, built, "the handler's certificate (PEM)",
       [](Answers& a, V v) { callback_of(a).certificate = std::move(v.file_text); }},
      {"callback.fetchSha256", KeyType::text, {}, is_sha256, sha256_form, built, "take the served certificate when it has this SHA-256",
       [](Answers& a, V v) { callback_of(a).fetch_sha256 = std::move(v.text); }},
      {"callback.rootCa", KeyType::file_text, {}, nullptr, {}, built, "the CA that signed the handler's certificate (PEM)",
       [](Answers& a, V v) { callback_of(a).root_ca = std::move(v.file_text); }},
      {"callback.retry", KeyType::flag, {}, nullptr, {}, built, "the handler answers RETRY or needs more than 30 s", [](Answers& a, V v) { callback_of(a).retry = v.flag; }},
  };
}

std::vector<AnswerKey> image_keys() {
  return {
      {"image.source", KeyType::choice, "registry mirror archive", nullptr, {}, built, "where the image comes from", [](Answers& a, V v) { a.image_source = std::move(v.text); }},
      {"image.revision", KeyType::text, {}, is_image_revision, "must be a registry tag of at most 64 characters", built, "the image's tag; default is the profile's",
       [](Answers& a, V v) { a.image_revision = std::move(v.text); }},
      {"image.digest", KeyType::text, {}, is_digest, "must be sha256: and 64 lower-case hex digits", built, "the digest that the tag must have",
       [](Answers& a, V v) { a.image_digest = std::move(v.text); }},
      {"image.mirror", KeyType::text, {}, is_mirror, "must be a registry host and repository such as mirror.example:5000/team/cosigner", built, "own registry with a copy of the image",
       [](Answers& a, V v) { a.image_mirror = std::move(v.text); }},
      {"image.archive", KeyType::text, {}, is_absolute_path, path_form, built, "file made by docker save", [](Answers& a, V v) { a.image_archive = std::move(v.text); }},
      {"image.archiveSha256", KeyType::text, {}, is_sha256, sha256_form, built, "of that file", [](Answers& a, V v) { a.image_archive_sha256 = std::move(v.text); }},
      {"registry.username", KeyType::text, {}, nullptr, {}, built, "login for the image's registry", [](Answers& a, V v) { a.registry_username = std::move(v.text); }},
      {"registry.password", KeyType::secret, {}, nullptr, {}, built, "its password or token", [](Answers& a, V v) { a.registry_password = std::move(v.secret); }},
      {"registry.remember", KeyType::flag, {}, nullptr, {}, "false", "store the login for later pulls", [](Answers& a, V v) { a.registry_remember = v.flag; }},
      {"docker.install", KeyType::choice, "auto distro none", nullptr, {}, built, "where an engine comes from when none answers",
       [](Answers& a, V v) { a.docker_install = std::move(v.text); }},
      {"docker.replace", KeyType::flag, {}, nullptr, {}, built, "packages that conflict with the engine may be removed", [](Answers& a, V v) { a.docker_replace = v.flag; }},
  };
}

std::vector<AnswerKey> network_keys() {
  return {
      {"proxy.url", KeyType::text, {}, is_proxy_url, "must be http://host:port without user name, password or path", built, "proxy for downloads and for the container",
       [](Answers& a, V v) {
         if (!a.container_proxy_decided) a.container_proxy_url = v.text;
         a.proxy_url = std::move(v.text);
       }},
      {"proxy.container", KeyType::text, {}, is_container_proxy, "must be \"none\" or http://host:port without user name, password or path", built,
       "the container's own proxy, when it is another than url; \"none\": it reaches the vendor directly",
       [](Answers& a, V v) {
         a.container_proxy_decided = true;
         a.container_proxy_url = v.text == no_container_proxy ? std::string() : std::move(v.text);
       }},
      {"proxy.noProxy", KeyType::texts, {}, nullptr, {}, built, "hosts that are reached directly", [](Answers& a, V v) { a.no_proxy = std::move(v.texts); }},
      {"proxy.username", KeyType::text, {}, nullptr, {}, built, "login at the proxy, for downloads only", [](Answers& a, V v) { a.proxy_username = std::move(v.text); }},
      {"proxy.password", KeyType::secret, {}, nullptr, {}, built, "its password", [](Answers& a, V v) { a.proxy_password = std::move(v.secret); }},
      {"tls.extraCa", KeyType::file_text, {}, nullptr, {}, built, "a further CA for downloads (PEM)", [](Answers& a, V v) { a.extra_ca = std::move(v.file_text); }},
  };
}

std::vector<AnswerKey> sgx_keys() {
  return {
      {"sgx.driver", KeyType::choice, "auto out-of-tree", nullptr, {}, built, "the SGX driver", [](Answers& a, V v) { a.sgx_driver = std::move(v.text); }},
      {"sgx.driverFile", KeyType::text, {}, is_absolute_path, path_form, built, "file of an out-of-tree driver", [](Answers& a, V v) { a.sgx_driver_file = std::move(v.text); }},
      {"sgx.driverSha256", KeyType::text, {}, is_sha256, sha256_form, built, "of that file", [](Answers& a, V v) { a.sgx_driver_sha256 = std::move(v.text); }},
      {"sgx.user", KeyType::text, {}, is_user_name, "must be a user's name", built, "a user who may open the enclave device", [](Answers& a, V v) { a.sgx_user = std::move(v.text); }},
      {"sgx.aesm", KeyType::choice, "package container", nullptr, {}, built, "how AESM runs", [](Answers& a, V v) { a.aesm = std::move(v.text); }},
      {"sgx.aesmDigest", KeyType::text, {}, is_digest, "must be sha256: and 64 lower-case hex digits", built, "the digest that the image of AESM's container must have",
       [](Answers& a, V v) { a.aesm_digest = std::move(v.text); }},
      {"sgx.quoteProvider", KeyType::choice, "auto intel azure alibaba pccs", nullptr, {}, built, "who gives PCK certificates",
       [](Answers& a, V v) { a.quote_provider = std::move(v.text); }},
      {"sgx.pccsUrl", KeyType::text, {}, is_https, https_form, built, "an own PCCS", [](Answers& a, V v) { a.pccs_url = std::move(v.text); }},
      {"sgx.pccsSelfSigned", KeyType::flag, {}, nullptr, {}, built, "that PCCS has a self-signed certificate", [](Answers& a, V v) { a.pccs_self_signed = v.flag; }},
      {"sgx.repository.keyFingerprints", KeyType::texts, {}, is_fingerprint, "must be 40 upper-case hex digits each", built, "further keys that may sign the SGX packages",
       [](Answers& a, V v) { a.key_fingerprints = std::move(v.texts); }},
      {"sgx.repository.mirror", KeyType::text, {}, is_package_place, "must be an https URL without user name or password, or an absolute directory", built, "a mirror of the SGX packages, or a directory with a copy", [](Answers& a, V v) { a.repository_mirror = std::move(v.text); }},
      {"sgx.repository.suite", KeyType::text, {}, is_word, "must be a suite's name", built, "another suite than this system's", [](Answers& a, V v) { a.repository_suite = std::move(v.text); }},
      {"attestation.policy", KeyType::text, {}, is_absolute_path, path_form, built, "a policy by which this program judges quotes", [](Answers& a, V v) { a.attestation_policy = std::move(v.text); }},
      {"attestation.legacyEpid", KeyType::flag, {}, nullptr, {}, built, "install the ended EPID stack", [](Answers& a, V v) { a.legacy_epid = v.flag; }},
      {"attestation.stopUnits", KeyType::texts, {}, nullptr, {}, built, "units that use enclaves and may be stopped for a migration",
       [](Answers& a, V v) { a.stop_units = std::move(v.texts); a.stop_units_decided = true; }},
      {"host.securityUpdates", KeyType::flag, {}, nullptr, {}, built, "switch on unattended security updates", [](Answers& a, V v) { a.security_updates = v.flag; }},
      {"host.timeSync", KeyType::choice, "auto none", nullptr, {}, built, "see to the clock", [](Answers& a, V v) { a.time_sync = std::move(v.text); }},
      {"host.reboot", KeyType::flag, {}, nullptr, {}, built, "reboot when a step needs it", [](Answers& a, V v) { a.reboot = v.flag; }},
  };
}

}  // namespace

std::string_view name_of(CallbackAuth auth) {
  switch (auth) {
    case CallbackAuth::public_key: return "publicKey";
    case CallbackAuth::certificate: return "certificate";
    case CallbackAuth::root_ca: return "rootCa";
    case CallbackAuth::hybrid_certificate: return "hybridCertificate";
    case CallbackAuth::hybrid_root_ca: break;
  }
  return "hybridRootCa";
}

const std::vector<AnswerKey>& answer_keys() {
  static const std::vector<AnswerKey> keys = [] {
    std::vector<AnswerKey> all = general_keys();
    for (auto&& part : {callback_keys(), image_keys(), network_keys(), sgx_keys()}) all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return keys;
}

const AnswerKey* find_answer_key(std::string_view name) {
  for (const auto& key : answer_keys()) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

bool is_answer_group(std::string_view name) {
  const std::string prefix = std::string(name) + ".";
  return std::any_of(answer_keys().begin(), answer_keys().end(), [&](const AnswerKey& key) { return key.name.substr(0, prefix.size()) == prefix; });
}

std::vector<std::string> answer_names_below(std::string_view group) {
  const std::string prefix = group.empty() ? std::string() : std::string(group) + ".";
  std::vector<std::string> names;
  for (const auto& key : answer_keys()) {
    if (key.name.substr(0, prefix.size()) != prefix) continue;
    const std::string_view rest = key.name.substr(prefix.size());
    std::string name(rest.substr(0, rest.find('.')));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace cosigner::profile

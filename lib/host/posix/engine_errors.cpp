#include "host/posix/engine_errors.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/untrusted.hpp"

namespace cosigner::host {
namespace {

struct Literal {
  const char* text;  // lower case
  const char* code;
};

/// The first that the message contains decides: a proxy's or TLS trouble is told inside messages that also name a missing image.
constexpr Literal literals[] = {
    {"no space left on device", "engine.disk_full"},
    {"client version", "engine.api_unsupported"},
    {"x509:", "engine.tls_untrusted"},
    {"certificate signed by unknown authority", "engine.tls_untrusted"},
    {"failed to verify certificate", "engine.tls_untrusted"},
    {"server gave http response to https client", "engine.tls_untrusted"},
    {"401 unauthorized", "engine.login_refused"},
    {"403 forbidden", "engine.login_refused"},
    {"unauthorized:", "engine.login_refused"},
    {"unauthorized to access", "engine.login_refused"},
    {"no basic auth credentials", "engine.login_refused"},
    {"authentication required", "engine.login_refused"},
    {"incorrect username or password", "engine.login_refused"},
    {"access denied", "engine.login_refused"},
    {"access forbidden", "engine.login_refused"},
    {"denied:", "engine.login_refused"},
    {"connection refused", "engine.registry_unreachable"},
    {"connection reset", "engine.registry_unreachable"},
    {"no such host", "engine.registry_unreachable"},
    {"server misbehaving", "engine.registry_unreachable"},
    {"temporary failure in name resolution", "engine.registry_unreachable"},
    {"network is unreachable", "engine.registry_unreachable"},
    {"no route to host", "engine.registry_unreachable"},
    {"i/o timeout", "engine.registry_unreachable"},
    {"tls handshake timeout", "engine.registry_unreachable"},
    {"deadline exceeded", "engine.registry_unreachable"},
    {"request canceled while waiting", "engine.registry_unreachable"},
    {"proxyconnect", "engine.registry_unreachable"},
    {"toomanyrequests", "engine.registry_unreachable"},
    {"received unexpected http status: 5", "engine.registry_unreachable"},
    {"unexpected eof", "engine.registry_unreachable"},
    {"verification failed", "engine.digest_mismatch"},
    {"unexpected digest", "engine.digest_mismatch"},
    {"manifest unknown", "engine.image_not_found"},
    {"name unknown", "engine.image_not_found"},
    {"no such image", "engine.image_not_found"},
};

std::string remedy_of(std::string_view code) {
  if (code == "engine.disk_full") return "Free space where the engine keeps its images.";
  if (code == "engine.api_unsupported") return "Update the container engine or this program.";
  if (code == "engine.tls_untrusted") return "Check for a TLS inspecting proxy between the engine and the registry.";
  if (code == "engine.login_refused")
    return "Check the user name and the password of the registry (in an answers file: registry.username, registry.password).";
  if (code == "engine.registry_unreachable")
    return "Open the way to the registry in the firewall, or give a proxy (--proxy URL).";
  if (code == "engine.digest_mismatch")
    return "Run the command again; when it happens twice, do not trust this registry or proxy.";
  if (code == "engine.image_not_found") return "Check the image revision and its digest.";
  return "Look into the engine's own log (journalctl -u docker).";
}

std::string cause_of(std::string_view code) {
  if (code == "engine.disk_full") return "the disk is full where the engine keeps its images";
  if (code == "engine.api_unsupported") return "the engine and this program speak no common version of its API";
  if (code == "engine.tls_untrusted") return "the engine does not trust the registry's certificate";
  if (code == "engine.login_refused") return "the registry refused the login";
  if (code == "engine.registry_unreachable") return "the engine cannot reach the registry";
  if (code == "engine.digest_mismatch") return "what the registry sent is not what its digest says";
  if (code == "engine.image_not_found") return "the registry does not have this image";
  return "the engine failed";
}

/// Also the longest beginning of it where the message was cut, if it was cut within.
void strike(std::string& message, std::string_view secret) {
  constexpr std::string_view struck = "***", cut = "…";
  for (std::size_t at = message.find(secret); at != std::string::npos; at = message.find(secret, at + struck.size()))
    message.replace(at, secret.size(), struck);
  const std::size_t end = message.rfind(cut);
  if (end == std::string::npos) return;
  for (std::size_t length = std::min(end, secret.size()); length > 0; --length) {
    if (message.compare(end - length, length, secret.substr(0, length)) != 0) continue;
    message.replace(end - length, length, struck);
    return;
  }
}

}  // namespace

Error describe_engine_failure(int status, std::string_view message, std::string_view otherwise, std::string_view doing) {
  const std::string low = lower(message.substr(0, 16 * 1024));
  std::string_view code = status == 401 || status == 403 ? std::string_view("engine.login_refused") : otherwise;
  for (const Literal& literal : literals) {
    if (low.find(literal.text) == std::string::npos) continue;
    code = literal.code;
    break;
  }
  std::string text = cause_of(code) + " (" + std::string(doing) + "): " + shown(Untrusted(std::string(trimmed(message))), 300);
  if (status >= 300) text += " (status " + std::to_string(status) + ")";
  Error error = make_error(code, std::move(text), remedy_of(code));
  error.retryable = code == "engine.registry_unreachable" || code == "engine.digest_mismatch";
  return error;
}

Error without_login(Error error, const std::optional<RegistryLogin>& login) {
  if (!login || login->password.empty()) return error;
  const std::string_view password = login->password.reveal("to strike it out of a message");
  std::string escaped = shown(Untrusted(std::string(password)), password.size() * 10);
  strike(error.message, password);
  strike(error.message, escaped);
  wipe_text(escaped);
  return error;
}

}  // namespace cosigner::host

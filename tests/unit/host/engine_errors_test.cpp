#include "host/posix/engine_errors.hpp"

#include <catch2/catch.hpp>

using namespace cosigner;
using namespace cosigner::host;

namespace {
std::string code_of(int status, const std::string& message) { return describe_engine_failure(status, message, "engine.pull_failed", "x").code; }
}  // namespace

TEST_CASE("what the engine passes on from the registry has its own code, whatever the status") {
  // The messages are an engine's of 20.10 with a registry of 2.8, except where a newer one is named.
  CHECK(code_of(500, "login attempt to https://r.example/v2/ failed with status: 401 Unauthorized") == "engine.login_refused");
  CHECK(code_of(401, "unauthorized: authentication required") == "engine.login_refused");
  CHECK(code_of(500, "Get \"https://r.example/v2/x/manifests/1\": no basic auth credentials") == "engine.login_refused");
  CHECK(code_of(500, "Get \"https://r.example/v2/\": denied: access forbidden") == "engine.login_refused");
  CHECK(code_of(404, "pull access denied for x, repository does not exist or may require 'docker login'") == "engine.login_refused");
  CHECK(code_of(500, "Get \"https://r.example/v2/\": x509: certificate signed by unknown authority") == "engine.tls_untrusted");
  CHECK(code_of(500, "failed to do request: tls: failed to verify certificate: x509: certificate has expired") == "engine.tls_untrusted");  // 29
  CHECK(code_of(500, "Get \"https://r.example/v2/\": dial tcp 192.0.2.1:443: connect: connection refused") == "engine.registry_unreachable");
  CHECK(code_of(500, "Get \"https://r.example/v2/\": dial tcp: lookup r.example on 192.0.2.53:53: no such host") == "engine.registry_unreachable");
  CHECK(code_of(500, "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)") == "engine.registry_unreachable");
  CHECK(code_of(404, "manifest for r.example/x@sha256:0 not found: manifest unknown: manifest unknown") == "engine.image_not_found");
  CHECK(code_of(200, "filesystem layer verification failed for digest sha256:1") == "engine.digest_mismatch");
  CHECK(code_of(200, "write /var/lib/docker/tmp/x: no space left on device") == "engine.disk_full");
  CHECK(code_of(400, "client version 1.99 is too new. Maximum supported API version is 1.41") == "engine.api_unsupported");
  CHECK(code_of(500, "something else") == "engine.pull_failed");
}

TEST_CASE("only what may pass by itself is retryable") {
  CHECK(describe_engine_failure(500, "connection refused", "engine.pull_failed", "x").retryable);
  CHECK_FALSE(describe_engine_failure(500, "no basic auth credentials", "engine.pull_failed", "x").retryable);
}

TEST_CASE("a hostile message is shown on one line, escaped and cut, and every code has a remedy") {
  const Error error = describe_engine_failure(500, std::string("a\x1b[31mb\nc") + std::string(5000, 'x'), "engine.pull_failed", "pulling x");
  CHECK(error.message.find('\x1b') == std::string::npos);
  CHECK(error.message.find('\n') == std::string::npos);
  CHECK(error.message.size() < 500);
  CHECK_FALSE(error.remedy.empty());
}

TEST_CASE("a login that the engine repeats is struck out, whole, cut off at the end of the message, and escaped") {
  const auto struck = [](const std::string& password, const std::string& message) {
    RegistryLogin login{"registry.example", "user", Secret(std::string(password))};
    return without_login(describe_engine_failure(500, message, "engine.pull_failed", "pulling x"), login).message;
  };
  const std::string password = "correct-horse-battery-staple";
  CHECK(struck(password, "bad login user:" + password + " twice " + password + ".").find("bad login user:*** twice ***.") != std::string::npos);
  for (std::size_t before = 260; before < 300; ++before) {
    INFO(before);
    CHECK(struck(password, std::string(before, 'x') + password + " and more").find("correct-") == std::string::npos);
  }
  CHECK(struck("a\tb\xff", "bad login a\tb\xff.").find("bad login ***.") != std::string::npos);
}

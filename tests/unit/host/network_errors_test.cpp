#include <catch2/catch.hpp>
#include <curl/curl.h>

#include <cerrno>

#include "host/posix/curl_errors.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

FailedTransfer failed(int code) {
  FailedTransfer facts;
  facts.code = code;
  facts.where = "gateway.example";
  return facts;
}

std::string code_of(const FailedTransfer& facts) { return describe_failure(facts).code; }

}  // namespace

TEST_CASE("each way a transfer fails has its code") {
  CHECK(code_of(failed(CURLE_COULDNT_RESOLVE_HOST)) == "network.name_unresolved");
  CHECK(code_of(failed(CURLE_COULDNT_CONNECT)) == "network.unreachable");
  CHECK(code_of(failed(CURLE_OPERATION_TIMEDOUT)) == "network.timed_out");
  CHECK(code_of(failed(CURLE_SSL_CONNECT_ERROR)) == "network.tls_failed");
  CHECK(code_of(failed(CURLE_SSL_CACERT_BADFILE)) == "network.ca_bundle_missing");
  CHECK(code_of(failed(CURLE_TOO_MANY_REDIRECTS)) == "network.redirect_refused");
  CHECK(code_of(failed(CURLE_UNSUPPORTED_PROTOCOL)) == "network.scheme_refused");
  CHECK(code_of(failed(CURLE_FILESIZE_EXCEEDED)) == "network.answer_too_large");
  CHECK(code_of(failed(CURLE_PARTIAL_FILE)) == "network.connection_lost");
  CHECK(code_of(failed(CURLE_ABORTED_BY_CALLBACK)) == "run.cancelled");
}

TEST_CASE("a refused connection is told from a silent one") {
  FailedTransfer facts = failed(CURLE_COULDNT_CONNECT);
  facts.system_error = ECONNREFUSED;
  CHECK(code_of(facts) == "network.refused");
}

TEST_CASE("a redirect away from https is named as one") {
  FailedTransfer facts = failed(CURLE_UNSUPPORTED_PROTOCOL);
  facts.redirected = true;
  CHECK(code_of(facts) == "network.redirect_refused");
}

TEST_CASE("a proxy that does not answer or refuses the way is the proxy's failure, not the server's") {
  FailedTransfer facts = failed(CURLE_COULDNT_CONNECT);
  facts.proxy = "proxy.example:3128";
  CHECK(code_of(facts) == "network.proxy_failed");
  facts = failed(CURLE_RECV_ERROR);
  facts.proxy = "proxy.example:3128";
  facts.proxy_status = 407;
  const Error error = describe_failure(facts);
  CHECK(error.code == "network.proxy_failed");
  CHECK(error.remedy == "Check proxy.username and proxy.password.");
}

TEST_CASE("an untrusted certificate is described by its trouble and its issuer, with a remedy that fits") {
  FailedTransfer facts = failed(CURLE_PEER_FAILED_VERIFICATION);
  facts.verify_result = 20;
  facts.issuer = "CN = Inspecting Proxy";
  Error error = describe_failure(facts);
  CHECK(error.code == "network.tls_untrusted");
  CHECK(error.message.find("its authority is not in the system's bundle; it was issued by CN = Inspecting Proxy") != std::string::npos);
  CHECK_FALSE(error.retryable);
  facts.verify_result = 9;
  CHECK(describe_failure(facts).remedy.find("clock") != std::string::npos);
  facts.verify_result = 0;
  CHECK(describe_failure(facts).message.find("another name") != std::string::npos);
}

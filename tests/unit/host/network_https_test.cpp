// The rules of every transfer (threats N2), each against a server that breaks it.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "host/posix/curl_network.hpp"
#include "kit/https_double.hpp"

using namespace cosigner;
using namespace cosigner::host;
using doubles::answer;
using doubles::HttpsDouble;
using doubles::Peer;
using doubles::Question;

namespace {

HttpRequest request_for(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.extra_ca_pem = HttpsDouble::authority();
  request.only_extra_ca = true;
  request.timeout = std::chrono::seconds(5);
  return request;
}

std::string code_of(const HttpRequest& request) {
  const CurlNetwork network(nullptr);
  const auto answered = network.request(request);
  return answered ? "" : answered.error().code;
}

}  // namespace

TEST_CASE("https: any status is an answer, with its headers in lower case and its body as sent") {
  const HttpsDouble server([](const Question& question, Peer& peer) { peer.send(answer(404, question.method + question.path, "X-Thing: a b\r\n")); });
  const CurlNetwork network(nullptr);
  const auto got = network.request(request_for(server.url("/x?y=1")));
  REQUIRE(got);
  CHECK(got->status == 404);
  CHECK(got->headers.at("x-thing") == "a b");
  CHECK(got->body == "GET/x?y=1");
}

TEST_CASE("https: a compressed body is handed over as it is, never blown up") {
  const HttpsDouble server([](const Question& question, Peer& peer) {
    peer.send(answer(200, question.headers.count("accept-encoding") ? "asked" : "\x1f\x8b junk", "Content-Encoding: gzip\r\n"));
  });
  const CurlNetwork network(nullptr);
  const auto got = network.request(request_for(server.url("/")));
  REQUIRE(got);
  CHECK(got->body == "\x1f\x8b junk");
}

TEST_CASE("https: a redirect to http, to another scheme, or one too many is refused") {
  const HttpsDouble server([](const Question& question, Peer& peer) {
    if (question.path == "/http") peer.send(answer(302, "", "Location: http://localhost/x\r\n"));
    else if (question.path == "/file") peer.send(answer(302, "", "Location: file:///etc/passwd\r\n"));
    else if (question.path == "/0") peer.send(answer(200, "end"));
    else peer.send(answer(302, "", "Location: /" + std::to_string(std::stoi(question.path.substr(1)) - 1) + "\r\n"));
  });
  CHECK(code_of(request_for(server.url("/http"))) == "network.redirect_refused");
  CHECK(code_of(request_for(server.url("/file"))) == "network.redirect_refused");
  CHECK(code_of(request_for(server.url("/5"))).empty());
  CHECK(code_of(request_for(server.url("/6"))) == "network.redirect_refused");
}

TEST_CASE("https: a credential does not follow a redirect to another host, and a POST follows none") {
  std::string seen = "nothing asked";
  const HttpsDouble other([&](const Question& question, Peer& peer) {
    seen = question.headers.count("authorization") ? question.headers.at("authorization") : "none";
    peer.send(answer(200, "other"));
  });
  const HttpsDouble server([&](const Question&, Peer& peer) { peer.send(answer(302, "", "Location: " + other.url("/") + "\r\n")); });
  HttpRequest request = request_for(server.url("/"));
  request.headers = {"Authorization: Bearer secret"};
  CHECK(code_of(request).empty());
  CHECK(seen == "none");
  seen = "nothing asked";
  request.method = "POST";
  request.body = "secret";
  const CurlNetwork network(nullptr);
  CHECK(network.request(request)->status == 302);
  CHECK(seen == "nothing asked");
}

TEST_CASE("https: endless headers, too large bodies and dripping servers end with their codes") {
  const HttpsDouble server([](const Question& question, Peer& peer) {
    if (question.path == "/header") {
      bool there = peer.send("HTTP/1.1 200 OK\r\n");
      for (int at = 0; there && at < 5000; ++at) there = peer.send("X-" + std::to_string(at) + ": " + std::string(100, 'x') + "\r\n");
    } else if (question.path == "/body") {
      peer.send(answer(200, std::string(20000, 'x')));
    } else if (question.path == "/cut") {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
    } else {
      bool there = peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      for (int at = 0; there && at < 40; ++at) {
        there = peer.send("x");
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    }
  });
  CHECK(code_of(request_for(server.url("/header"))) == "network.answer_too_large");
  HttpRequest request = request_for(server.url("/body"));
  request.body_limit = 10000;
  CHECK(code_of(request) == "network.answer_too_large");
  CHECK(code_of(request_for(server.url("/cut"))) == "network.connection_lost");
  request = request_for(server.url("/drip"));
  request.timeout = std::chrono::seconds(1);
  CHECK(code_of(request) == "network.timed_out");
}

TEST_CASE("https: a certificate of an unknown authority is refused and its issuer named; one for another name too") {
  const HttpsDouble server([](const Question&, Peer& peer) { peer.send(answer(200, "")); });
  HttpRequest request = request_for(server.url("/"));
  request.extra_ca_pem.reset();
  request.only_extra_ca = false;
  const CurlNetwork network(nullptr);
  const auto unknown = network.request(request);
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == "network.tls_untrusted");
  CHECK(unknown.error().message.find("Authority of the double") != std::string::npos);
  const HttpsDouble other([](const Question&, Peer& peer) { peer.send(answer(200, "")); }, "elsewhere.example");
  const auto named = network.request(request_for(other.url("/")));
  REQUIRE_FALSE(named.ok());
  CHECK(named.error().code == "network.tls_untrusted");
  CHECK(named.error().message.find("another name") != std::string::npos);
}

TEST_CASE("https: an extra authority is believed beside the system's") {
  const HttpsDouble server([](const Question&, Peer& peer) { peer.send(answer(200, "")); });
  HttpRequest request = request_for(server.url("/"));
  request.only_extra_ca = false;
  CHECK(code_of(request).empty());
}

TEST_CASE("https: nothing else than https is spoken, and a closed port refuses") {
  CHECK(code_of(request_for("http://localhost/")) == "network.scheme_refused");
  CHECK(code_of(request_for("file:///etc/passwd")) == "network.scheme_refused");
  int closed = 0;
  { closed = HttpsDouble([](const Question&, Peer&) {}).port(); }
  CHECK(code_of(request_for("https://localhost:" + std::to_string(closed) + "/")) == "network.refused");
}

TEST_CASE("https: the environment's proxy is not used; the given one is, and its refusal is told as the proxy's") {
  const HttpsDouble server([](const Question&, Peer& peer) { peer.send(answer(200, "direct")); });
  setenv("https_proxy", "http://127.0.0.1:1", 1);
  CHECK(code_of(request_for(server.url("/"))).empty());
  unsetenv("https_proxy");
  std::string login;
  const HttpsDouble proxy(
      [&](const Question& question, Peer& peer) {
        login = question.headers.count("proxy-authorization") ? question.headers.at("proxy-authorization") : "";
        peer.send(answer(407, ""));
      },
      "", false);
  HttpRequest request = request_for(server.url("/"));
  request.proxy = ProxySettings{"http://127.0.0.1:" + std::to_string(proxy.port()), {}, "me", Secret(std::string("pw"))};
  CHECK(code_of(request) == "network.proxy_failed");
  CHECK(login == "Basic bWU6cHc=");
  request.proxy->no_proxy = {"localhost"};
  CHECK(code_of(request).empty());
}

TEST_CASE("https: a cancellation ends a transfer") {
  CancelToken cancel;
  const HttpsDouble server([&](const Question&, Peer& peer) {
    cancel.request(2);
    bool there = peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    for (int at = 0; there && at < 100; ++at) {
      there = peer.send(std::string(100, 'x'));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  const CurlNetwork network(&cancel);
  CHECK(network.request(request_for(server.url("/"))).error().code == "run.cancelled");
}

TEST_CASE("https: the chain that a server shows is given as it is, with what the system thinks of it") {
  const HttpsDouble server([](const Question&, Peer& peer) { peer.send(answer(200, "")); }, "elsewhere.example");
  const CurlNetwork network(nullptr);
  const auto served = network.served_certificates("localhost", server.port(), std::chrono::seconds(5));
  REQUIRE(served);
  REQUIRE(served->chain_pem.size() == 1);
  CHECK(served->chain_pem[0].rfind("-----BEGIN CERTIFICATE-----", 0) == 0);
  CHECK_FALSE(served->trusted_by_system);
  CHECK_FALSE(served->trouble.empty());
}

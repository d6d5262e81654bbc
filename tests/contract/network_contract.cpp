#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/crypto.hpp"
#include "host/posix/curl_network.hpp"
#include "kit/fake_network.hpp"
#include "kit/https_double.hpp"

using namespace cosigner;

namespace {

/// A network with one server that has /page ("hello") and nothing else, and a folder to download into.
struct NetworkUnderTest {
  std::string title;
  host::Network& network;
  std::string server;  // "https://localhost:PORT"
  std::string folder;

  host::HttpRequest request(const std::string& path) const {
    host::HttpRequest request;
    request.url = server + path;
    request.extra_ca_pem = doubles::HttpsDouble::authority();
    request.only_extra_ca = true;
    return request;
  }
};

void for_each_network(const std::function<void(const NetworkUnderTest&)>& check) {
  kit::MachineModel model;
  kit::CallLog log;
  model.addresses["localhost"] = {"127.0.0.1"};
  model.web["https://localhost:8443/page"] = [](kit::MachineModel&, const host::HttpRequest&) {
    return host::HttpResponse{200, {{"x-thing", "a"}}, "hello"};
  };
  kit::FakeNetwork fake(model, log);
  check({"model", fake, "https://localhost:8443", "/srv"});

  const doubles::HttpsDouble server([](const doubles::Question& question, doubles::Peer& peer) {
    const bool there = question.path == "/page" || question.path.rfind("/page?", 0) == 0;
    peer.send(doubles::answer(there ? 200 : 404, there ? "hello" : "", "X-Thing: a\r\n"));
  });
  std::string pattern = (std::filesystem::temp_directory_path() / "network.XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  host::CurlNetwork real(nullptr);
  check({"real network", real, server.url(""), pattern});
  std::filesystem::remove_all(pattern);
}

const host::ProgressSink quiet = [](const host::Progress&) {};

}  // namespace

TEST_CASE(
    "network: a page is given with status, headers and body; a query does not change which page it is; a missing one is a "
    "status") {
  for_each_network([](const NetworkUnderTest& under) {
    INFO(under.title);
    const auto page = under.network.request(under.request("/page?x=1"));
    REQUIRE(page);
    CHECK(page->status == 200);
    CHECK(page->headers.at("x-thing") == "a");
    CHECK(page->body == "hello");
    CHECK(under.network.request(under.request("/none"))->status == 404);
  });
}

TEST_CASE("network: what is too large, not https or has no address is refused by the same codes") {
  for_each_network([](const NetworkUnderTest& under) {
    INFO(under.title);
    host::HttpRequest request = under.request("/page");
    request.body_limit = 3;
    CHECK(under.network.request(request).error().code == "network.answer_too_large");
    request.url = "http://localhost/";
    CHECK(under.network.request(request).error().code == "network.scheme_refused");
    request.url = "https://no-such-host.invalid/";
    CHECK(under.network.request(request).error().code == "network.name_unresolved");
    CHECK(under.network.resolve("no-such-host.invalid").error().code == "network.name_unresolved");
  });
}

TEST_CASE("network: a literal address is its own, and a local socket that is not there cannot be reached") {
  for_each_network([](const NetworkUnderTest& under) {
    INFO(under.title);
    CHECK(under.network.resolve("192.0.2.7").value_or({}) == std::vector<std::string>{"192.0.2.7"});
    CHECK(under.network.exchange("/nonexistent/socket", "x", 10, std::chrono::seconds(1)).error().code == "network.unreachable");
  });
}

TEST_CASE("network: a download is there only with a good status, within its limit and with the wanted digest") {
  for_each_network([](const NetworkUnderTest& under) {
    INFO(under.title);
    const Path target = under.folder + "/file";
    std::optional<std::uint64_t> total;
    std::uint64_t done = 0;
    REQUIRE(under.network.download(under.request("/page"), target, sha256_hex("hello"), 100, [&](const host::Progress& progress) {
      done = progress.done;
      total = progress.total;
    }));
    CHECK(done == 5);
    CHECK(total == 5u);
    CHECK(under.network.download(under.request("/page"), target, sha256_hex("other"), 100, quiet).error().code ==
          "network.digest_mismatch");
    CHECK(under.network.download(under.request("/page"), target, std::nullopt, 3, quiet).error().code ==
          "network.answer_too_large");
    CHECK(under.network.download(under.request("/none"), target, std::nullopt, 100, quiet).error().code ==
          "network.download_refused");
  });
}

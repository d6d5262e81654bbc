// Trying many servers at once, against servers of this process.
#include <catch2/catch.hpp>
#include <chrono>
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

constexpr std::chrono::seconds limit{60};  // far off: here it is not the limit that is tested

Endpoint endpoint_of(const HttpsDouble& server, bool tls = true) {
  Endpoint endpoint;
  endpoint.host = "localhost";
  endpoint.port = server.port();
  endpoint.tls = tls;
  endpoint.extra_ca_pem = HttpsDouble::authority();
  return endpoint;
}

void answer_all(const Question& question, Peer& peer) {
  peer.send(answer(question.method == "HEAD" ? 403 : 500, "", "Date: Thu, 26 Nov 2026 10:17:31 GMT\r\n"));
}

}  // namespace

TEST_CASE("reach: every server is told of, in order: any status is reached, and its clock is seen") {
  const HttpsDouble good(answer_all), plain(answer_all, "localhost", false), other(answer_all, "other.example");
  Endpoint closed = endpoint_of(good);
  closed.port = 1;
  Endpoint stranger = endpoint_of(good);
  stranger.extra_ca_pem.reset();
  const CurlNetwork network(nullptr);
  const auto seen = network.reach({endpoint_of(good), endpoint_of(plain, false), endpoint_of(other), closed, stranger}, limit);
  REQUIRE(seen.size() == 5);
  CHECK_FALSE(seen[0].error);
  CHECK(seen[0].server_time == parse_time("2026-11-26T10:17:31Z"));
  const auto now = std::chrono::system_clock::now();
  CHECK((seen[0].asked <= seen[0].answered && seen[0].answered <= now && seen[0].asked > now - limit - std::chrono::seconds(1)));
  CHECK_FALSE(seen[1].error);
  REQUIRE((seen[2].error && seen[3].error && seen[4].error));
  CHECK(seen[2].error->code == "network.tls_untrusted");
  CHECK(seen[3].error->code == "network.refused");
  CHECK(seen[4].error->code == "network.tls_untrusted");
  CHECK_THAT(seen[4].error->message, Catch::Contains("issued by"));
}

TEST_CASE("reach: twenty servers that accept and say nothing end together, at the limit") {
  const HttpsDouble silent([](const Question&, Peer&) { std::this_thread::sleep_for(std::chrono::seconds(4)); }, "localhost",
                           false);
  const auto begin = std::chrono::steady_clock::now();
  const CurlNetwork network(nullptr);
  const auto seen =
      network.reach(std::vector<Endpoint>(20, endpoint_of(silent)), std::chrono::seconds(1));  // TLS to a server that has none
  const auto took = std::chrono::steady_clock::now() - begin;
  for (const auto& each : seen) {
    REQUIRE(each.error);
    CHECK((each.error->code == "network.timed_out" || each.error->code == "network.tls_failed"));
  }
  CHECK(took < std::chrono::seconds(8));  // and not in twenty
}

TEST_CASE("reach: what was cancelled says so at once") {
  const HttpsDouble silent([](const Question&, Peer&) { std::this_thread::sleep_for(std::chrono::seconds(2)); });
  CancelToken cancel;
  cancel.request(2);
  const CurlNetwork network(&cancel);
  const auto begin = std::chrono::steady_clock::now();
  const auto seen = network.reach({endpoint_of(silent)}, std::chrono::seconds(2));
  REQUIRE(seen.front().error);
  CHECK(seen.front().error->code == "run.cancelled");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

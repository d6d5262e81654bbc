#include <catch2/catch.hpp>

#include "host/posix/pull_stream.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

std::string line(const std::string& status, const std::string& id, const std::string& detail = "{}") {
  return R"({"status":")" + status + R"(","progressDetail":)" + detail + R"(,"id":")" + id + "\"}\r\n";
}

std::string counts(const std::string& current, const std::string& total) { return R"({"current":)" + current + R"(,"total":)" + total + "}"; }

PullStream fresh() { return PullStream("engine.pull_failed", "pulling x"); }

}  // namespace

TEST_CASE("progress counts the bytes of all layers, and has a total once every layer told its size") {
  PullStream stream = fresh();
  REQUIRE(stream.feed(line("Pulling fs layer", "a") + line("Pulling fs layer", "b") + line("Downloading", "a", counts("10", "100"))));
  CHECK(stream.progress().done == 10);
  CHECK_FALSE(stream.progress().total.has_value());
  REQUIRE(stream.feed(line("Downloading", "b", counts("5", "50"))));
  CHECK(stream.progress().done == 15);
  CHECK(stream.progress().total == 150u);
  CHECK(stream.progress().what == "downloading the image");
}

TEST_CASE("when every layer is here, the bytes that are unpacked are counted") {
  PullStream stream = fresh();
  REQUIRE(stream.feed(line("Downloading", "a", counts("10", "100")) + line("Already exists", "b") + line("Download complete", "a")));
  CHECK(stream.progress().what == "unpacking the image");
  CHECK(stream.progress().done == 0);
  REQUIRE(stream.feed(line("Extracting", "a", counts("60", "100"))));
  CHECK(stream.progress().done == 60);
  CHECK(stream.progress().total == 100u);
  REQUIRE(stream.feed(line("Pull complete", "a")));
  CHECK(stream.progress().done == 100);
}

TEST_CASE("a layer that is fetched again does not count back") {
  PullStream stream = fresh();
  REQUIRE(stream.feed(line("Downloading", "a", counts("90", "100")) + line("Downloading", "a", counts("1", "100"))));
  CHECK(stream.progress().done == 90);
}

TEST_CASE("a layer whose size is told smaller later, or never, does not count back, and never has more than its total") {
  PullStream stream = fresh();
  REQUIRE(stream.feed(line("Downloading", "a", counts("50", "100")) + line("Download complete", "a")));
  REQUIRE(stream.feed(line("Extracting", "a", counts("80", "100"))));
  REQUIRE(stream.feed(line("Extracting", "a", counts("1", "10"))));
  CHECK(stream.progress().done == 80);
  REQUIRE(stream.feed(line("Downloading", "b", counts("70", "0"))));
  CHECK(stream.progress().done == 170);
  REQUIRE(stream.feed(line("Downloading", "b", counts("1", "10"))));
  CHECK(stream.progress().done == 170);
  CHECK(stream.progress().total == 170u);
  REQUIRE(stream.feed(line("Pull complete", "b")));
  CHECK(stream.progress().what == "unpacking the image");
  CHECK(stream.progress().done <= *stream.progress().total);
}

TEST_CASE("the stream may be cut anywhere") {
  const std::string text = line("Downloading", "a", counts("7", "9")) + R"({"status":"Digest: sha256:abc"})" "\n" + R"({"error":"boom"})";
  PullStream stream = fresh();
  for (const char c : text) REQUIRE(stream.feed(std::string_view(&c, 1)));
  CHECK(stream.digest() == "sha256:abc");
  CHECK(stream.finish().error().code == "engine.pull_failed");
}

TEST_CASE("an error inside a stream of status 200 is the result, whatever follows it") {
  PullStream stream = fresh();
  REQUIRE(stream.feed(R"({"errorDetail":{"message":"filesystem layer verification failed for digest sha256:1"},"error":"filesystem layer verification failed for digest sha256:1"})" "\n"));
  REQUIRE(stream.feed(R"({"status":"Status: Downloaded newer image for x"})" "\n"));
  CHECK(stream.finish().error().code == "engine.digest_mismatch");
  PullStream odd = fresh();
  REQUIRE(odd.feed(R"({"errorDetail":7})" "\n"));
  CHECK_FALSE(odd.finish().ok());
}

TEST_CASE("hostile numbers neither overflow nor exceed the total") {
  PullStream stream = fresh();
  REQUIRE(stream.feed(line("Downloading", "a", counts("18446744073709551615", "18446744073709551615")) +
                      line("Downloading", "b", counts("18446744073709551615", "18446744073709551615")) +
                      line("Downloading", "c", counts("-5", "-1")) + line("Downloading", "d", counts("1e300", "\"x\"")) +
                      line("Downloading", "e", counts("500", "10"))));
  CHECK(stream.progress().done == UINT64_MAX);
}

TEST_CASE("a stream that is no engine's is refused: long lines, other text, endless layers") {
  PullStream endless = fresh();
  CHECK(endless.feed(std::string(70 * 1024, 'x')).error().code == "engine.answer_malformed");
  PullStream page = fresh();
  CHECK(page.feed("<html>\n").error().code == "engine.answer_malformed");
  PullStream crowded = fresh();
  Status last;
  for (int at = 0; at < 1000 && last; ++at) last = crowded.feed(line("Pulling fs layer", std::to_string(at)));
  CHECK(last.error().code == "engine.answer_malformed");
}

TEST_CASE("what a load brought is named by tag or id") {
  PullStream stream = fresh();
  REQUIRE(stream.feed(R"({"stream":"Loaded image: r.example/x:1\n"})" "\n" R"({"stream":"Loaded image ID: sha256:12\n"})" "\n"));
  REQUIRE(stream.finish());
  CHECK(stream.loaded() == std::vector<std::string>{"r.example/x:1", "sha256:12"});
}

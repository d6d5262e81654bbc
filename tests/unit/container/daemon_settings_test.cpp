#include "container/daemon_settings.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"

using namespace cosigner;
using namespace cosigner::container;

namespace {
nlohmann::json merged(const std::optional<std::string>& text) {
  const auto result = merge_daemon_settings(text);
  REQUIRE(result);
  const auto parsed = parse_json(result->text);
  REQUIRE(parsed);
  return *parsed;
}
}  // namespace

TEST_CASE("without a file the engine gets live-restore, no userland proxy and logs that end") {
  for (const std::optional<std::string>& nothing : {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>(" \n")}) {
    const auto settings = merged(nothing);
    CHECK(settings["live-restore"] == true);
    CHECK(settings["userland-proxy"] == false);
    CHECK(settings["log-driver"] == "json-file");
    CHECK(settings["log-opts"] == nlohmann::json({{"max-size", "500m"}, {"max-file", "6"}, {"mode", "non-blocking"}, {"max-buffer-size", "4m"}}));
  }
}

TEST_CASE("what the operator wrote stays, and merging again changes nothing") {
  const std::string own = R"({"data-root":"/srv/docker","log-opts":{"max-size":"10m","mode":"blocking"},"live-restore":false})";
  const auto first = merge_daemon_settings(own);
  REQUIRE(first);
  CHECK(first->changed);
  const auto settings = merged(own);
  CHECK(settings["data-root"] == "/srv/docker");
  CHECK(settings["live-restore"] == false);
  CHECK(settings["log-opts"] == nlohmann::json({{"max-size", "10m"}, {"mode", "blocking"}, {"max-file", "6"}}));
  CHECK_FALSE(first->wants_live_restore);
  CHECK(first->kept == std::vector<std::string>{"live-restore: a restart of the engine stops the co-signer"});
  const auto second = merge_daemon_settings(first->text);
  REQUIRE(second);
  CHECK_FALSE(second->changed);
  CHECK(second->text == first->text);
}

TEST_CASE("another log driver keeps its own options") {
  const auto settings = merged(R"({"log-driver":"journald"})");
  CHECK(settings["log-driver"] == "journald");
  CHECK_FALSE(settings.contains("log-opts"));
}

TEST_CASE("a file that the engine cannot read is never merged over") {
  for (const char* text : {"{", "[]", "null", "{\"a\":1,\"a\":2}", "\"x\"", "{\"live-restore\": true,}"}) {
    INFO(text);
    CHECK(merge_daemon_settings(std::string(text)).error().code == "engine.settings_malformed");
  }
}

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "config/generated_config.hpp"
#include "config/update_document.hpp"

using namespace cosigner;
using config::Generated;

namespace {

Generated example() {
  Generated g;
  g.environment = "global";
  g.simulation = true;
  g.image = "registry.example/a/b:2026.10.03";
  g.image_digest = "sha256:" + std::string(64, 'a');
  g.image_id = "sha256:" + std::string(64, 'b');
  g.revision = "2026.10.03";
  g.users = {{"5b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c", "https://h.example/x", "rootCa"}, {"6b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c", "", ""}};
  g.paired_at = "2026-11-26T10:17:31Z";
  g.gateway = "mobile-api.example";
  g.sign_urls = {"a.example", "b.example"};
  g.transport = "long-polling";
  g.proxy = "http://p.example:3128";
  g.data_dir = "/databases/cosigner";
  g.container = "cosigner";
  g.attested_by = "vendor";
  g.physical_device_id = "7b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c";
  return g;
}

const std::string answers = "{\"version\": 1, \"profile\": \"global\", \"pairing\": {\"firstUser\": true}}";

}  // namespace

TEST_CASE("what was set up is read back as it was written, field by field") {
  const auto text = config::write_config(answers, example());
  REQUIRE(text.ok());
  const auto read = config::read_generated(*text);
  REQUIRE(read.ok());
  CHECK(*read == example());
  const auto empty = config::read_generated(config::write_config(answers, Generated{}).value());
  REQUIRE(empty.ok());
  CHECK(*empty == Generated{});
}

TEST_CASE("the answers stand beside the block, and what is unknown is null") {
  const auto document = parse_json(config::write_config(answers, Generated{}).value()).value();
  CHECK(document["version"] == 1);
  CHECK(document["pairing"]["firstUser"] == true);
  CHECK(document["generated"]["schema"] == "cosigner.config/1");
  CHECK(document["generated"]["image"]["digest"].is_null());
  CHECK(document["generated"]["proxy"].is_null());
  CHECK(document["generated"]["users"].empty());
}

TEST_CASE("a former block in the answers is replaced, and answers that are no object are refused") {
  const auto text = config::write_config("{\"version\":1,\"generated\":{\"schema\":\"other\"}}", example());
  CHECK(config::read_generated(*text).ok());
  CHECK(config::write_config("[]", example()).error().code == "config.answers_malformed");
  CHECK(config::write_config("{", example()).error().code == "config.answers_malformed");
}

TEST_CASE("a file of another schema, without a block or that is no JSON is malformed") {
  for (const char* text : {"", "[]", "{}", "{\"generated\":{}}", "{\"generated\":7}", "{\"generated\":{\"schema\":\"cosigner.config/2\"}}"}) {
    INFO(text);
    const auto read = config::read_generated(text);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == "config.malformed");
    CHECK_FALSE(read.error().remedy.empty());
  }
}

TEST_CASE("files are compared by meaning: order and white space do not count, values do") {
  CHECK(config::means_the_same("{\"a\":1,\"b\":[2]}", " { \"b\" : [ 2 ], // note\n \"a\":1}"));
  CHECK_FALSE(config::means_the_same("{\"a\":1}", "{\"a\":2}"));
  CHECK_FALSE(config::means_the_same("{\"a\":1}", "{\"a\":1"));
}

TEST_CASE("the update document has all four fields, and the user when one is named") {
  const auto document = parse_json(config::write_update_document({"u", "https://h.example", "K\r\n", "C", "R"})).value();
  CHECK(document == nlohmann::json({{"userId", "u"}, {"callbackUrl", "https://h.example"}, {"callbackPublicKey", "K\n"}, {"callbackCert", "C\n"}, {"callbackRootCA", "R\n"}}));
  const auto none = parse_json(config::write_update_document({"", "", "", "", ""})).value();
  CHECK(none == nlohmann::json({{"callbackUrl", ""}, {"callbackPublicKey", ""}, {"callbackCert", ""}, {"callbackRootCA", ""}}));
}

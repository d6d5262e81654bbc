#include "profile/answers_json.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/shipped.hpp"
#include "base/text.hpp"
#include "kit/golden.hpp"
#include "profile/answers_keys.hpp"
#include "profile/answers_writer.hpp"

using namespace cosigner;
using namespace cosigner::profile;
using nlohmann::json;

namespace {

std::string rules_of(const ReadAnswers& read) {
  std::string text;
  for (const auto& problem : read.problems) text += text_of(problem) + "\n";
  return text;
}

std::string pointer_of(std::string_view name) {
  std::string pointer = "/" + std::string(name);
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  return pointer;
}

/// A value of the key that is not its default.
json other_value(const AnswerKey& key) {
  const std::string name(key.name);
  switch (key.type) {
    case KeyType::flag: return name != "start" && name != "pairing.firstUser";
    case KeyType::whole: return 77;
    case KeyType::choice: return std::string(split(key.words, ' ').back());
    case KeyType::users: return json::array({json::object()});
    case KeyType::secret: return json{{"file", "/run/secret"}};
    case KeyType::file_text: return json{{"file", "/etc/some.pem"}};
    case KeyType::text:
    case KeyType::texts: break;
  }
  const std::vector<std::string> candidates = {"2026.03.02", "https://h.example/x", "http://p.example:3128", "/srv/file", "mirror.example/team/image", "someone",
                                               std::string(64, 'a'), "sha256:" + std::string(64, 'a'), std::string(40, 'A')};
  for (const auto& candidate : candidates) {
    if (key.has_form != nullptr && !key.has_form(candidate)) continue;
    return key.type == KeyType::texts ? json::array({candidate}) : json(candidate);
  }
  return "no value fits";
}

ReadAnswers with_mirror(const std::string& place) { return read_answers(json{{"version", 1}, {"sgx", {{"repository", {{"mirror", place}}}}}}.dump(), "a.json"); }

ReadAnswers read_with(const AnswerKey& key, const json& value) {
  json document = {{"version", 1}};
  if (key.name.substr(0, 9) == "callback.") document["callback"]["url"] = "https://usual.example";  // without it there is no callback
  document[json::json_pointer(pointer_of(key.name))] = value;
  return read_answers(document.dump(), "a.json");
}

/// write_answers leaves tokens out and writes only what differs, so two answers are told apart by it and by the token's reference.
std::string shape_of(const Answers& answers) { return write_answers(answers) + (answers.pairing_token.is_set() ? "token" : ""); }

}  // namespace

TEST_CASE("SGX packages come over https or from an absolute directory, and from no other place") {
  for (const char* place : {"https://mirror.example/sgx", "/srv/sgx", "file:///srv/sgx"}) {
    INFO(place);
    CHECK(with_mirror(place).problems.empty());
  }
  for (const char* place : {"http://mirror.example/sgx", "file://host/srv", "file:/srv", "srv/sgx", "/", "/srv/../etc", "/srv/a b", "/srv/\"x\"", "/srv/%2e", "ftp://x/y"}) {
    INFO(place);
    CHECK(with_mirror(place).problems.size() == 1);
  }
}

TEST_CASE("no key of the answers is ignored: each changes what is wanted, or is refused as not supported yet") {
  const std::string usual = shape_of(read_answers("{\"version\":1}", "a.json").answers);
  const std::string usual_callback = shape_of(read_answers("{\"version\":1,\"callback\":{\"url\":\"https://usual.example\"}}", "a.json").answers);
  for (const auto& key : answer_keys()) {
    INFO(key.name);
    const auto read = read_with(key, other_value(key));
    if (!key.later.empty()) {
      CHECK_THAT(rules_of(read), Catch::Contains(std::string(key.name) + ": is not supported yet"));
    } else {
      CHECK(shape_of(read.answers) != (key.name.substr(0, 9) == "callback." ? usual_callback : usual));
      CHECK(read.has(std::string(key.name)));
    }
  }
}

TEST_CASE("each key refuses a value of another type and names line, key and rule") {
  for (const auto& key : answer_keys()) {
    INFO(key.name);
    const auto read = read_with(key, json::array({json::array()}));
    const auto told = std::find_if(read.problems.begin(), read.problems.end(), [&](const Problem& problem) { return problem.key == key.name; });
    REQUIRE(told != read.problems.end());
    CHECK(told->line == 1);
  }
}

TEST_CASE("all problems are told at once, in the order of their lines") {
  const auto read = read_answers("{\"version\": 1,\n \"profil\": \"x\",\n \"maxDisruption\": \"everything\",\n \"image\": {\"digest\": \"latest\"}}", "a.json");
  CHECK(rules_of(read) ==
        "a.json line 2: profil: unknown key; did you mean \"profile\"?\n"
        "a.json line 3: maxDisruption: must be one of: none, aesm, container, docker, host\n"
        "a.json line 4: image.digest: must be sha256: and 64 lower-case hex digits\n");
}

TEST_CASE("a wrong value is never quoted") {
  const std::string canary = "canary-4711-value";
  for (const auto& key : answer_keys()) {
    INFO(key.name);
    for (const json& value : {json(canary), json{{"fil", canary}}, json::array({canary}), json{{"env", canary}, {"file", canary}}}) {
      CHECK_THAT(rules_of(read_with(key, value)), !Catch::Contains(canary));
    }
  }
}

TEST_CASE("a token in the place of an id is refused and not quoted") {
  const std::string token = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiJDQU5BUlkifQ.CANARY";
  for (const std::string key : {"waive", "acceptWeaker"}) {
    const auto rules = rules_of(read_answers("{\"version\":1,\"" + key + "\":[\"" + token + "\"]}", "a.json"));
    CHECK_THAT(rules, Catch::Contains(key + ": must be ids of") && !Catch::Contains("CANARY"));
  }
}

TEST_CASE("a key that looks like a token is not echoed") {
  const std::string token = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiIxMjM0NTY3OCJ9.abcdef0123456789";
  const auto read = read_answers("{\"version\":1,\n\"" + token + "\": 1, \"pairing\": {\"" + token + "\": true}}", "a.json");
  CHECK(read.problems.size() == 2);
  CHECK_THAT(rules_of(read), !Catch::Contains("eyJ") && Catch::Contains("not shown") && Catch::Contains("pairing."));
}

TEST_CASE("duplicate keys, a byte order mark, depth and size are refused") {
  CHECK_THAT(rules_of(read_answers("{\"version\":1,\"version\":1}", "a")), Catch::Contains("same key twice"));
  CHECK_THAT(rules_of(read_answers("\xEF\xBB\xBF{\"version\":1}", "a")), Catch::Contains("byte order mark"));
  CHECK_THAT(rules_of(read_answers("{\"version\":1,\"image\":" + std::string(20, '[') + std::string(20, ']') + "}", "a")), Catch::Contains("nested"));
  CHECK_THAT(rules_of(read_answers(std::string(300 * 1024, ' ') + "{}", "a")), Catch::Contains("larger"));
}

TEST_CASE("a version is demanded, and the generated block is not read") {
  CHECK_THAT(rules_of(read_answers("{}", "a")), Catch::Contains("version"));
  CHECK(read_answers("{\"version\":1,\"generated\":{\"anything\":[1,2]}}", "a").problems.empty());
}

TEST_CASE("the pairing token may not be literal and may not come from the environment") {
  CHECK_FALSE(read_answers("{\"version\":1,\"pairing\":{\"token\":\"abc\"}}", "a").problems.empty());
  CHECK_FALSE(read_answers("{\"version\":1,\"pairing\":{\"token\":{\"env\":\"TOKEN\"}}}", "a").problems.empty());
  CHECK(read_answers("{\"version\":1,\"pairing\":{\"token\":{\"credential\":\"token\"}}}", "a").problems.empty());
}

TEST_CASE("a literal secret is taken with a warning") {
  const auto read = read_answers("{\"version\":1,\"registry\":{\"username\":\"u\",\"password\":\"hush-hush\"}}", "a");
  CHECK(read.problems.empty());
  REQUIRE(read.notes.size() == 1);
  CHECK_THAT(read.notes.front(), Catch::Contains("registry.password") && !Catch::Contains("hush"));
}

TEST_CASE("each callback scheme demands its credentials and no others") {
  const auto rules = [](const std::string& auth, const std::string& given) {
    return rules_of(read_answers("{\"version\":1,\"callback\":{\"url\":\"https://h\",\"auth\":\"" + auth + "\"" + given + "}}", "a"));
  };
  const std::string key = ",\"publicKey\":{\"file\":\"/k\"}";
  const std::string certificate = ",\"certificate\":{\"file\":\"/c\"}";
  const std::string root = ",\"rootCa\":{\"file\":\"/r\"}";
  CHECK(rules("publicKey", key).empty());
  CHECK(rules("certificate", certificate).empty());
  CHECK(rules("rootCa", root).empty());
  CHECK(rules("hybridCertificate", key + certificate).empty());
  CHECK(rules("hybridRootCa", key + root).empty());
  CHECK_THAT(rules("publicKey", ""), Catch::Contains("callback.publicKey: must be given"));
  CHECK_THAT(rules("certificate", ""), Catch::Contains("callback.certificate: must be given"));
  CHECK_THAT(rules("hybridRootCa", key), Catch::Contains("callback.rootCa: must be given"));
  CHECK_THAT(rules("publicKey", key + root), Catch::Contains("callback.rootCa: must not be given"));
}

TEST_CASE("a callback block without URL and credentials is no callback, and credentials without URL are a problem") {
  const auto empty = read_answers("{\"version\":1,\"callback\":{\"url\":null,\"auth\":\"rootCa\",\"retry\":false}}", "a");
  CHECK(empty.problems.empty());
  CHECK_FALSE(empty.answers.callback);
  CHECK_FALSE(empty.answers.callback_decided);
  CHECK_THAT(rules_of(read_answers("{\"version\":1,\"callback\":{\"publicKey\":{\"file\":\"/k\"}}}", "a")), Catch::Contains("callback.url: must be given"));
}

TEST_CASE("the suffix of a request does not belong into the callback's URL") {
  CHECK_THAT(rules_of(read_answers("{\"version\":1,\"callback\":{\"url\":\"https://h/v2/tx_sign_request\",\"publicKey\":{\"file\":\"/k\"}}}", "a")), Catch::Contains("base URL"));
}

TEST_CASE("schema, parser and example name the same keys") {
  const json schema = *parse_json(answers_schema());
  std::string_view example_text;
  for (const auto& file : shipped_files()) {
    if (file.name == "examples/answers.json") example_text = file.bytes;
  }
  JsonLimits limits;
  limits.comments = true;
  const auto parsed = parse_json(example_text, limits);
  REQUIRE(parsed.ok());
  const json& example = *parsed;
  std::size_t leaves = 0;
  for (const auto& key : answer_keys()) {
    INFO(key.name);
    CHECK(example.contains(json::json_pointer(pointer_of(key.name))));
    std::string pointer;
    for (const auto part : split(key.name, '.')) pointer += "/properties/" + std::string(part);
    CHECK(schema.contains(json::json_pointer(pointer)));
    ++leaves;
  }
  std::size_t in_example = 0;
  const json flat = example.flatten();
  for (const auto& entry : flat.items()) in_example += entry.key().empty() ? 0 : 1;
  CHECK(in_example == leaves + 1);  // and the version
  CHECK(read_answers(example_text, "example").problems.empty());
}

TEST_CASE("the shipped schema is the one that the table of keys makes") {
  CHECK(kit::golden("conf/schema/answers.json", answers_schema()) == answers_schema());
}

TEST_CASE("the address of an own PCCS must be as the library wants it, and at Intel's host of the version that has not ended") {
  const auto told = [](const std::string& url) {
    return rules_of(read_answers("{\"version\": 1, \"sgx\": {\"quoteProvider\": \"pccs\", \"pccsUrl\": \"" + url + "\"}}", "a.json"));
  };
  CHECK(told("https://pccs.example:8081/sgx/certification/v4/").empty());
  CHECK(told("https://pccs.example:8081/prefix/sgx/certification/v3/").empty());
  for (const char* url : {"https://pccs.example:8081", "https://pccs.example:8081/sgx/certification/v4", "https://pccs.example:8081/sgx/certification/v5/", "https://pccs.example/sgx/certification/v4/qe"})
    CHECK_THAT(told(url), Catch::Contains("sgx.pccsUrl: must end with"));
  for (const char* url : {"https://api.trustedservices.intel.com/sgx/certification/v3/", "https://API.trustedservices.intel.com:443/sgx/certification/v2/"})
    CHECK_THAT(told(url), Catch::Contains("sgx.pccsUrl: must name version 4") && Catch::Contains("2026-04-30"));
}

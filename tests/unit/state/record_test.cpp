#include "state/record_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/crypto.hpp"
#include "base/json.hpp"

using namespace cosigner;

namespace {

/// A record with one member changed and its checksum right: damage that a checksum does not show.
std::string line_with(const std::string& member, const nlohmann::json& value) {
  nlohmann::json object = {{"v", 1}, {"seq", 1}, {"prev", ""}, {"at", "2026-11-26T10:17:31Z"}, {"event", "done"}};
  object[member] = value;
  object["hash"] = sha256_hex(to_json_line(object));
  return to_json_line(object);
}

std::string code_of(const std::string& line) {
  const auto parsed = state::parse_line(line);
  return parsed.ok() ? "ok" : parsed.error().code;
}

}  // namespace

TEST_CASE("a record whose members are of another kind is damage, even with its checksum right") {
  CHECK(code_of(line_with("seq", 7)) == "ok");
  for (const nlohmann::json& value :
       {nlohmann::json("7"), nlohmann::json(-1), nlohmann::json(1.5), nlohmann::json::array(), nlohmann::json(nullptr)})
    CHECK(code_of(line_with("seq", value)) == "state.damaged");
  for (const nlohmann::json& value :
       {nlohmann::json("x"), nlohmann::json(1), nlohmann::json::array({"x"}), nlohmann::json(nullptr)})
    CHECK(code_of(line_with("remember", value)) == "state.damaged");
  CHECK(code_of(line_with("at", 5)) == "state.damaged");
  CHECK(code_of(line_with("event", nlohmann::json::object())) == "state.damaged");
}

TEST_CASE("a schema number is a whole one from 1 on, and every higher one is newer, however large") {
  for (const nlohmann::json& value : {nlohmann::json(0), nlohmann::json(-1), nlohmann::json(1.5), nlohmann::json("1")})
    CHECK(code_of(line_with("v", value)) == "state.damaged");
  for (const std::uint64_t value : {std::uint64_t{2}, std::uint64_t{4294967297}, UINT64_MAX})
    CHECK(code_of(line_with("v", value)) == "state.newer_schema");
}

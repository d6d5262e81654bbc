#include "config/generated_config.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"

namespace cosigner::config {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* schema = "cosigner.config/1";

ordered_json or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

ordered_json users_json(const std::vector<GeneratedUser>& users) {
  ordered_json list = ordered_json::array();
  for (const GeneratedUser& user : users) {
    ordered_json callback = nullptr;
    if (!user.callback_url.empty()) callback = {{"url", user.callback_url}, {"auth", user.callback_auth}};
    list.push_back({{"userId", user.user_id}, {"callback", callback}});
  }
  return list;
}

ordered_json generated_json(const Generated& g) {
  ordered_json out;
  out["schema"] = schema;
  out["environment"] = g.environment;
  out["simulation"] = g.simulation;
  out["image"] = {{"reference", g.image}, {"revision", g.revision}, {"digest", or_null(g.image_digest)}, {"id", or_null(g.image_id)}};
  out["users"] = users_json(g.users);
  out["pairedAt"] = or_null(g.paired_at);
  out["urls"] = {{"gateway", g.gateway}, {"sign", g.sign_urls}};
  out["transport"] = g.transport;
  out["proxy"] = or_null(g.proxy);
  out["paths"] = {{"data", g.data_dir}};
  out["container"] = g.container;
  out["attestedBy"] = g.attested_by;
  out["physicalDeviceId"] = or_null(g.physical_device_id);
  return out;
}

/// A text member; empty when it is null, absent or something else.
std::string text_at(const json& from, const char* pointer) {
  const json::json_pointer at(pointer);
  return from.contains(at) && from.at(at).is_string() ? from.at(at).get<std::string>() : std::string();
}

std::vector<GeneratedUser> users_of(const json& block) {
  std::vector<GeneratedUser> users;
  const auto list = block.find("users");
  if (list == block.end() || !list->is_array()) return users;
  for (const json& item : *list) {
    users.push_back({text_at(item, "/userId"), text_at(item, "/callback/url"), text_at(item, "/callback/auth")});
  }
  return users;
}

Error malformed(const std::string& rule) {
  return make_error("config.malformed", "the generated configuration " + rule, "Run `cosigner setup`: it writes the file again.");
}

}  // namespace

Result<std::string> write_config(const std::string& answers_json, const Generated& generated) {
  const Result<json> checked = parse_json(answers_json);
  if (!checked.ok() || !checked->is_object()) {
    return make_error("config.answers_malformed", "the answers to be written are not a JSON object", "Report this as a bug; nothing was changed.");
  }
  ordered_json document = *checked;
  document["generated"] = generated_json(generated);
  return document.dump(2, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

Result<Generated> read_generated(const std::string& text) {
  const Result<json> document = parse_json(text, JsonLimits{1024 * 1024, 32, true});
  if (!document.ok()) return malformed("is not JSON");
  const auto block = document->is_object() ? document->find("generated") : document->end();
  if (!document->is_object() || block == document->end() || text_at(*block, "/schema") != schema) return malformed("has no block of schema " + std::string(schema));
  Generated g;
  g.environment = text_at(*block, "/environment");
  g.simulation = block->contains("simulation") && (*block)["simulation"] == true;
  g.image = text_at(*block, "/image/reference");
  g.revision = text_at(*block, "/image/revision");
  g.image_digest = text_at(*block, "/image/digest");
  g.image_id = text_at(*block, "/image/id");
  g.users = users_of(*block);
  g.paired_at = text_at(*block, "/pairedAt");
  g.gateway = text_at(*block, "/urls/gateway");
  const json::json_pointer sign("/urls/sign");
  if (block->contains(sign) && block->at(sign).is_array()) {
    for (const json& url : block->at(sign)) g.sign_urls.push_back(text_at(url, ""));
  }
  g.transport = text_at(*block, "/transport");
  g.proxy = text_at(*block, "/proxy");
  g.data_dir = text_at(*block, "/paths/data");
  g.container = text_at(*block, "/container");
  g.attested_by = text_at(*block, "/attestedBy");
  g.physical_device_id = text_at(*block, "/physicalDeviceId");
  return g;
}

bool means_the_same(const std::string& one, const std::string& other) {
  if (one == other) return true;
  const Result<json> left = parse_json(one, JsonLimits{1024 * 1024, 32, true});
  const Result<json> right = parse_json(other, JsonLimits{1024 * 1024, 32, true});
  return left.ok() && right.ok() && *left == *right;
}

}  // namespace cosigner::config

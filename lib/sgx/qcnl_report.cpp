#include "sgx/qcnl_report.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_first_counts.hpp"
#include "base/pcs_address.hpp"
#include "base/text.hpp"
#include "base/untrusted.hpp"

namespace cosigner::sgx {
namespace {

using nlohmann::json;

constexpr JsonLimits limits{64 * 1024, 8, true};

struct Key {
  std::string_view name;
  std::string_view type;  // as the message says it
};

constexpr std::array<Key, 12> keys{{{"pccs_url", "a text"},
                                    {"use_secure_cert", "true or false"},
                                    {"collateral_service", "a text"},
                                    {"tcb_update_type", "a text"},
                                    {"pccs_api_version", "a text"},
                                    {"retry_times", "a number"},
                                    {"retry_delay", "a number"},
                                    {"local_pck_url", "a text"},
                                    {"pck_cache_expire_hours", "a number"},
                                    {"verify_collateral_cache_expire_hours", "a number"},
                                    {"local_cache_only", "true or false"},
                                    {"custom_request_options", "an object"}}};

bool has_type(const json& value, std::string_view type) {
  if (type == "a text") return value.is_string();
  if (type == "a number") return value.is_number_integer();
  if (type == "true or false") return value.is_boolean();
  return value.is_object();
}

std::string why_ignored(const std::string& name, const json& value) {
  const std::string shown_name = shown(Untrusted(name), 60);
  for (const Key& key : keys) {
    if (key.name != name) continue;
    return has_type(value, key.type) ? std::string() : shown_name + " (it must be " + std::string(key.type) + ")";
  }
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const Key& key : keys) names.emplace_back(key.name);
  const auto nearest = nearest_name(name, names);
  return shown_name + (nearest ? " (did you mean " + *nearest + "?)" : " (unknown key)");
}

/// What the library makes of a first byte that is no brace.
std::string why_no_json(std::string_view text) {
  if (text.substr(0, 3) == "\xef\xbb\xbf") return "line 1, column 1: a byte order mark before the brace";
  return "line 1, column 1: something stands before the brace";
}

}  // namespace

QcnlReport report_qcnl(std::string_view text) {
  QcnlReport out;
  out.settings = read_qcnl(text);
  const QcnlSettings& settings = out.settings;
  const std::array<std::pair<const char*, const std::string*>, 3> addresses{
      {{"pccs_url", &settings.pccs_url}, {"collateral_service", &settings.collateral_service}, {"local_pck_url", &settings.local_pck_url}}};
  for (const auto& [name, url] : addresses) {
    if (is_ended_pcs_address(*url)) out.ended.emplace_back(name);
  }
  if (text.empty() || text.front() != '{') {
    if (out.settings.syntax != QcnlSyntax::key_value) out.trouble = text.empty() ? "the file is empty" : why_no_json(text);
    return out;
  }
  const auto parsed = parse_json_first_counts(text, limits);
  if (!parsed || !parsed->is_object()) {
    out.trouble = parsed ? "it holds no object" : parsed.error().message;
    return out;
  }
  for (const auto& [name, value] : parsed->items()) {
    if (auto why = why_ignored(name, value); !why.empty()) out.ignored.push_back(std::move(why));
    if (name == "pccs_api_version" && value.is_string()) out.api_version = value.get<std::string>();
    if (name == "tcb_update_type" && value.is_string() && value != "early" && value != "standard")
      out.update_type = shown(Untrusted(value.get<std::string>()), 40);
  }
  return out;
}

}  // namespace cosigner::sgx

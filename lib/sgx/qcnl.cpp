#include "sgx/qcnl.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_first_counts.hpp"
#include "base/pcs_address.hpp"
#include "base/text.hpp"
#include "sgx/machine_place.hpp"

namespace cosigner::sgx {
namespace {

using nlohmann::json;

constexpr std::size_t size_limit = 64 * 1024;

std::optional<json> parse_commented(std::string_view text) {
  // A byte order mark, a blank line or a comment before the brace makes the real reader take the file for the old syntax.
  if (text.empty() || text.front() != '{') return std::nullopt;
  auto parsed = parse_json_first_counts(text, {size_limit, 8, true});
  if (!parsed || !parsed->is_object()) return std::nullopt;
  return std::move(*parsed);
}

std::optional<bool> as_bool(std::string_view text) {
  if (text == "TRUE" || text == "true") return true;
  if (text == "FALSE" || text == "false") return false;
  return std::nullopt;
}

std::optional<json> as_value(std::string_view name, std::string_view text) {
  if (name == "use_secure_cert" || name == "local_cache_only") {
    const auto flag = as_bool(text);
    if (!flag) return std::nullopt;
    return json(*flag);
  }
  static constexpr std::array numbers{"retry_times", "retry_delay", "pck_cache_expire_hours", "verify_collateral_cache_expire_hours"};
  if (std::find(numbers.begin(), numbers.end(), name) != numbers.end()) {
    const auto number = parse_number(text);
    if (!number || *number > 0x7fffffff) return std::nullopt;  // the reader takes a C int
    return json(*number);
  }
  static constexpr std::array strings{"pccs_url", "collateral_service", "pccs_api_version", "local_pck_url"};
  if (std::find(strings.begin(), strings.end(), name) == strings.end()) return std::nullopt;
  return json(std::string(text));
}

/// The old syntax, as the same settings in the new one.
json parse_key_value(std::string_view text) {
  json out = json::object();
  for (std::string_view line : lines_of(text)) {
    line = trimmed(line);
    const std::size_t equals = line.find('=');
    if (line.empty() || line.front() == '#' || equals == std::string_view::npos) continue;
    const std::string name = lower(trimmed(line.substr(0, equals)));
    if (const auto value = as_value(name, trimmed(line.substr(equals + 1)))) out[name] = *value;
  }
  return out;
}

void take(std::string& into, const json& from, const char* name) {
  const auto found = from.find(name);
  if (found != from.end() && found->is_string()) into = found->get<std::string>();
}

constexpr const char* azure_local_url = "http://169.254.169.254/metadata/THIM/sgx/certification/v4/";

/// The keys that a provider needs (facts, "Values by provider").
json keys_of(const WantedProvider& wanted) {
  json out = {{"pccs_url", wanted.pccs_url}, {"use_secure_cert", wanted.use_secure_cert}};
  if (wanted.provider == QuoteProvider::azure) {
    out["local_pck_url"] = azure_local_url;
    out["collateral_service"] = "https://api.trustedservices.intel.com/sgx/certification/v4/";
    out["pccs_api_version"] = "3.1";
    out["custom_request_options"] = {{"get_cert", {{"headers", {{"metadata", "true"}}}, {"params", {{"api-version", "2021-07-22-preview"}}}}}};
  }
  return out;
}

/// What may be set otherwise, and is needed when it is not: without these the library never asks twice (facts, section 7).
json advised_of(const WantedProvider& wanted) {
  if (wanted.provider != QuoteProvider::azure) return {{"retry_times", 6}, {"retry_delay", 10}};
  return {{"retry_times", 6}, {"retry_delay", 5}, {"pck_cache_expire_hours", 48}, {"verify_collateral_cache_expire_hours", 48}};
}

void correct(json& values, const WantedProvider& wanted) {
  for (const char* name : {"pccs_url", "collateral_service", "local_pck_url"}) {
    const auto found = values.find(name);
    if (found == values.end() || !found->is_string()) continue;
    auto url = found->get<std::string>();
    const std::size_t at = ended_pcs_version(url);
    if (at != std::string::npos) *found = url.replace(at, 3, "/v4");
  }
  const auto update = values.find("tcb_update_type");
  if (update != values.end() && update->is_string() && *update != "early" && *update != "standard") values.erase(update);
  // The address on Azure's own machines is tried first wherever it stands; with it goes what was set together with it.
  const auto local = values.find("local_pck_url");
  const bool is_azures = local != values.end() && *local == azure_local_url;
  if (wanted.provider == QuoteProvider::azure || !is_azures) return;
  const json azures = keys_of({QuoteProvider::azure, "", true});
  for (const char* name : {"local_pck_url", "collateral_service", "pccs_api_version", "custom_request_options"}) {
    const auto found = values.find(name);
    if (found != values.end() && *found == azures.at(name)) values.erase(found);
  }
}

json readable(std::string_view text) {
  if (auto parsed = parse_commented(text)) return std::move(*parsed);
  return parse_key_value(text.substr(0, std::min(text.size(), size_limit)));
}

}  // namespace

const std::string_view azure_pccs_url = "https://global.acccache.azure.net/sgx/certification/v4/";

QcnlSettings read_qcnl(std::string_view text) {
  const auto parsed = parse_commented(text);
  const json values = parsed ? *parsed : parse_key_value(text.substr(0, std::min(text.size(), size_limit)));
  QcnlSettings out;
  out.syntax = parsed ? QcnlSyntax::json : values.empty() ? QcnlSyntax::broken : QcnlSyntax::key_value;
  take(out.pccs_url, values, "pccs_url");
  take(out.local_pck_url, values, "local_pck_url");
  take(out.collateral_service, values, "collateral_service");
  take(out.tcb_update_type, values, "tcb_update_type");
  const auto secure = values.find("use_secure_cert");
  if (secure != values.end() && secure->is_boolean()) out.use_secure_cert = secure->get<bool>();
  return out;
}

bool may_hold_secret(std::string_view text) {
  constexpr const char* options = "custom_request_options";
  if (text.find('@') != std::string_view::npos) return true;
  const auto parsed = parse_commented(text);
  if (!parsed) return text.find(options) != std::string_view::npos;
  const auto own = parsed->find(options);
  return own != parsed->end() && *own != keys_of({QuoteProvider::azure, "", true}).at(options);
}

bool is_configured(std::string_view text, const WantedProvider& wanted) {
  const auto parsed = parse_commented(text);
  if (!parsed) return false;
  const json keys = keys_of(wanted);
  for (const auto& [name, value] : keys.items()) {
    const auto found = parsed->find(name);
    if (found == parsed->end() || *found != value) return false;
  }
  json corrected = *parsed;
  correct(corrected, wanted);
  return corrected == *parsed;
}

std::string write_qcnl(std::string_view text, const WantedProvider& wanted) {
  json values = readable(text);
  values.update(keys_of(wanted));
  correct(values, wanted);
  const json advised = advised_of(wanted);
  for (const auto& [name, value] : advised.items()) {
    const auto found = values.find(name);
    if (found == values.end() || !found->is_number_integer()) values[name] = value;
  }
  return values.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<QuoteProvider> provider_of_machine(std::string_view sys_vendor, std::string_view product_name, std::string_view asset_tag) {
  const MachinePlace place = place_of_machine({sys_vendor, product_name, asset_tag});
  if (place == MachinePlace::azure) return QuoteProvider::azure;
  if (place == MachinePlace::alibaba) return QuoteProvider::alibaba;
  return std::nullopt;
}

bool is_enclave_identity(std::string_view answer) {
  const auto document = parse_json(answer);
  if (!document || !document->is_object() || !document->contains("signature")) return false;
  const auto identity = document->find("enclaveIdentity");
  return identity != document->end() && identity->is_object();
}

std::string region_of_instance(std::string_view instance_data) {
  const auto data = parse_json(instance_data);
  if (!data || !data->is_object()) return {};
  const auto v1 = data->find("v1");
  if (v1 == data->end() || !v1->is_object()) return {};
  const auto region = v1->find("region");
  return region != v1->end() && region->is_string() ? region->get<std::string>() : std::string();
}

namespace {

constexpr std::array<std::string_view, 13> alibaba_regions{
    "cn-qingdao",  "cn-beijing", "cn-zhangjiakou", "cn-wulanchabu", "cn-hangzhou",    "cn-shanghai",   "cn-shenzhen",
    "cn-heyuan", "cn-guangzhou", "cn-chengdu",     "cn-hongkong",   "ap-southeast-1", "ap-southeast-5"};

}  // namespace

std::optional<std::string> alibaba_pccs_url(std::string_view region, bool in_vpc) {
  if (std::find(alibaba_regions.begin(), alibaba_regions.end(), region) == alibaba_regions.end()) return std::nullopt;
  return "https://sgx-dcap-server" + std::string(in_vpc ? "-vpc" : "") + "." + std::string(region) + ".aliyuncs.com/sgx/certification/v4/";
}

std::string alibaba_region_of(std::string_view pccs_url) {
  for (const std::string_view region : alibaba_regions) {
    if (pccs_url == alibaba_pccs_url(region, true) || pccs_url == alibaba_pccs_url(region, false)) return std::string(region);
  }
  return {};
}

}  // namespace cosigner::sgx

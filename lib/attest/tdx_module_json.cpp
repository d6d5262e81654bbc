#include "attest/tdx_module_json.hpp"

#include <nlohmann/json.hpp>

#include "attest/json_members.hpp"

namespace cosigner::attest {
namespace {

using nlohmann::json;

std::optional<TdxModule> read_module(const json& object) {
  auto mrsigner = bytes_member(object, "mrsigner", 48);
  auto attributes = bytes_member(object, "attributes", 8);
  auto mask = bytes_member(object, "attributesMask", 8);
  if (!mrsigner || !attributes || !mask) return std::nullopt;
  TdxModule out;
  out.mrsigner = std::move(*mrsigner);
  out.attributes = std::move(*attributes);
  out.attributes_mask = std::move(*mask);
  return out;
}

bool has_id(const std::vector<TdxModule>& modules, const std::string& id) {
  for (const TdxModule& each : modules) {
    if (each.id == id) return true;
  }
  return false;
}

}  // namespace

bool read_tdx_modules(const json& inner, TcbInfo& out) {
  const json* base = find_member(inner, "tdxModule");
  out.module = base == nullptr ? std::nullopt : read_module(*base);
  if (!out.module) return false;
  const json* identities = find_member(inner, "tdxModuleIdentities");
  if (identities == nullptr) return true;
  if (!identities->is_array() || identities->size() > 256) return false;
  for (const json& each : *identities) {
    auto identity = read_module(each);
    auto id = text_member(each, "id");
    auto levels = read_enclave_levels(each, 255);
    if (!identity || !id || !levels || has_id(out.module_identities, *id)) return false;
    identity->id = std::move(*id);
    identity->levels = std::move(*levels);
    out.module_identities.push_back(std::move(*identity));
  }
  return true;
}

}  // namespace cosigner::attest

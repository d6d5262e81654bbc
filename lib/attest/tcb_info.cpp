#include "attest/tcb_info.hpp"

#include <nlohmann/json.hpp>
#include <tuple>

#include "attest/json_members.hpp"
#include "attest/tdx_module_json.hpp"
#include "base/json.hpp"

namespace cosigner::attest {
namespace {

using nlohmann::json;

constexpr std::size_t level_limit = 256;

Error invalid(std::string rule) { return refused(Refusal::tcb_info_invalid, "TCB info: " + std::move(rule)); }

/// Version 3: exactly 16 objects with `svn`. A shorter list compared pair by pair would pass silently.
bool read_component_list(const json& tcb, std::string_view name, Components& out) {
  const json* list = find_member(tcb, name);
  if (list == nullptr || !list->is_array() || list->size() != out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto svn = number_member((*list)[i], "svn", 255);
    if (!svn) return false;
    out[i] = static_cast<std::uint8_t>(*svn);
  }
  return true;
}

/// Version 2: sgxtcbcomp01svn to sgxtcbcomp16svn.
bool read_component_members(const json& tcb, Components& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string number = (i < 9 ? "0" : "") + std::to_string(i + 1);
    const auto svn = number_member(tcb, "sgxtcbcomp" + number + "svn", 255);
    if (!svn) return false;
    out[i] = static_cast<std::uint8_t>(*svn);
  }
  return true;
}

std::optional<PlatformLevel> read_level(const json& level, const TcbInfo& info) {
  const json* tcb = find_member(level, "tcb");
  if (tcb == nullptr) return std::nullopt;
  PlatformLevel out;
  const bool sgx =
      info.version == 3 ? read_component_list(*tcb, "sgxtcbcomponents", out.sgx) : read_component_members(*tcb, out.sgx);
  if (!sgx || (info.tee == Tee::tdx && !read_component_list(*tcb, "tdxtcbcomponents", out.tdx))) return std::nullopt;
  const auto pcesvn = number_member(*tcb, "pcesvn", 65535);
  auto verdict = read_level_verdict(level, &find_platform_level_status);
  if (!pcesvn || !verdict) return std::nullopt;
  out.pcesvn = static_cast<std::uint16_t>(*pcesvn);
  out.verdict = std::move(*verdict);
  return out;
}

bool is_higher(const PlatformLevel& a, const PlatformLevel& b) {
  return std::tie(a.sgx, a.tdx, a.pcesvn) > std::tie(b.sgx, b.tdx, b.pcesvn);
}

Status read_levels(const json& inner, TcbInfo& out) {
  const json* levels = find_member(inner, "tcbLevels");
  if (levels == nullptr || !levels->is_array() || levels->empty() || levels->size() > level_limit)
    return invalid("it has no list of levels");
  for (const json& each : *levels) {
    auto level = read_level(each, out);
    if (!level) return invalid("a level does not read");
    if (!out.levels.empty() && !is_higher(out.levels.back(), *level)) return invalid("its levels are not in falling order");
    out.levels.push_back(std::move(*level));
  }
  return {};
}

/// Version 2 is older than TDX and names no TEE.
std::optional<Tee> read_tee(const json& inner, int version) {
  const auto id = text_member(inner, "id");
  if (version == 2) return find_member(inner, "id") == nullptr || id == "SGX" ? std::optional(Tee::sgx) : std::nullopt;
  if (id == "SGX") return Tee::sgx;
  return id == "TDX" ? std::optional(Tee::tdx) : std::nullopt;
}

Status read_head(const json& inner, TcbInfo& out) {
  const auto version = number_member(inner, "version", 255);
  if (!version || (*version != 2 && *version != 3)) return invalid("its version is not 2 or 3");
  out.version = static_cast<int>(*version);
  const auto tee = read_tee(inner, out.version);
  const auto issued = time_member(inner, "issueDate"), next = time_member(inner, "nextUpdate");
  const auto fmspc = bytes_member(inner, "fmspc", 6), pceid = bytes_member(inner, "pceId", 2);
  const auto type = number_member(inner, "tcbType", 65535),
             evaluation = number_member(inner, "tcbEvaluationDataNumber", 0x7FFFFFFF);
  if (!tee) return invalid("its id is neither SGX nor TDX");
  if (!issued || !next) return invalid("its dates do not read");
  if (!fmspc || !pceid) return invalid("its FMSPC or PCEID does not read");
  if (!type || !evaluation) return invalid("its type or evaluation number does not read");
  out.tee = *tee;
  out.window = {*issued, *next};
  out.fmspc = *fmspc;
  out.pceid = *pceid;
  out.tcb_type = *type;
  out.evaluation_number = *evaluation;
  return {};
}

}  // namespace

Result<TcbInfo> read_tcb_info(std::string_view inner) {
  const auto parsed = parse_json(inner);
  if (!parsed.ok()) return invalid("it is not sound JSON (" + parsed.error().code + ")");
  TcbInfo out;
  TRY(read_head(*parsed, out));
  if (out.tee == Tee::tdx && !read_tdx_modules(*parsed, out)) return invalid("its TDX modules do not read");
  TRY(read_levels(*parsed, out));
  return out;
}

std::optional<LevelVerdict> read_level_verdict(const json& level, std::optional<TcbStatus> (*find)(std::string_view)) {
  const auto date = time_member(level, "tcbDate");
  const auto name = text_member(level, "tcbStatus");
  const auto status = name ? find(*name) : std::nullopt;
  auto advisories = advisories_member(level, "advisoryIDs");
  if (!date || !status || !advisories) return std::nullopt;
  return LevelVerdict{*status, *date, std::move(*advisories)};
}

std::optional<std::vector<EnclaveLevel>> read_enclave_levels(const json& object, std::uint32_t maximum_svn) {
  const json* levels = find_member(object, "tcbLevels");
  if (levels == nullptr || !levels->is_array() || levels->empty() || levels->size() > level_limit) return std::nullopt;
  std::vector<EnclaveLevel> out;
  for (const json& each : *levels) {
    const json* tcb = find_member(each, "tcb");
    if (tcb == nullptr) return std::nullopt;
    const auto svn = number_member(*tcb, "isvsvn", maximum_svn);
    auto verdict = read_level_verdict(each, &find_enclave_level_status);
    if (!svn || !verdict) return std::nullopt;
    if (!out.empty() && out.back().isvsvn <= *svn) return std::nullopt;  // not falling
    out.push_back({static_cast<std::uint16_t>(*svn), std::move(*verdict)});
  }
  return out;
}

}  // namespace cosigner::attest

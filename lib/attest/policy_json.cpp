#include "attest/policy_json.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "attest/json_members.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/untrusted.hpp"

namespace cosigner::attest {
namespace {

using nlohmann::json;

constexpr std::uint32_t longest_grace = 366 * 24 * 3600;

/// Reads member by member and gathers what is wrong, so that one run of the program shows it all.
class PolicyReader {
 public:
  explicit PolicyReader(const json& object) : object_(object) {}

  void flag(const char* name, bool& out) {
    use(name, "true or false", [&](const json& value) {
      if (value.is_boolean()) out = value.get<bool>();
      return value.is_boolean();
    });
  }
  template <class Number>
  void number(const char* name, std::uint32_t maximum, std::optional<Number>& out) {
    use(name, ("a whole number up to " + std::to_string(maximum)).c_str(), [&](const json&) {
      const auto value = number_member(object_, name, maximum);
      if (value) out = static_cast<Number>(*value);
      return value.has_value();
    });
  }
  /// A list whose members `take` accepts one by one.
  void list(const char* name, const char* form, const std::function<bool(const json&)>& take) {
    use(name, form, [&](const json& value) {
      return value.is_array() && value.size() <= 256 && std::all_of(value.begin(), value.end(), take);
    });
  }
  void hex_list(const char* name, std::size_t size, std::vector<std::string>& out) {
    list(name, ("a list of " + std::to_string(2 * size) + " hex digits each").c_str(), [&](const json& each) {
      const auto bytes = each.is_string() ? from_hex(each.get_ref<const std::string&>()) : std::nullopt;
      if (!bytes || bytes->size() != size) return false;
      out.push_back(*bytes);
      return true;
    });
  }
  void use(const char* name, const char* form, const std::function<bool(const json&)>& take) {
    known_.emplace_back(name);
    const json* member = find_member(object_, name);
    if (member != nullptr && !take(*member)) problems.push_back(std::string(name) + " must be " + form);
  }
  void refuse_unknown() {
    for (const auto& [name, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), name) == known_.end())
        problems.push_back(shown(Untrusted(name), 40) + " is not a member of a policy");
    }
  }

  std::vector<std::string> problems;

 private:
  const json& object_;
  std::vector<std::string> known_;
};

bool is_name(const json& value) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return !text.empty() && text.size() <= 64 && text.find_first_not_of(plain) == std::string::npos;
}

void read_statuses(PolicyReader& reader, Policy& out) {
  std::vector<TcbStatus> statuses;
  reader.list("acceptedStatuses", "a list of TCB statuses, and Revoked is never acceptable", [&](const json& each) {
    const auto status = each.is_string() ? find_status(each.get_ref<const std::string&>()) : std::nullopt;
    if (!status || *status == TcbStatus::revoked) return false;
    statuses.push_back(*status);
    return true;
  });
  if (!statuses.empty()) out.accepted_statuses = statuses;
}

void read_advisories(PolicyReader& reader, const char* name, std::vector<std::string>& out) {
  reader.list(name, "a list of advisory ids", [&](const json& each) {
    if (is_name(each)) out.push_back(each.get<std::string>());
    return is_name(each);
  });
}

bool accepts(const Policy& policy, TcbStatus status) {
  return std::find(policy.accepted_statuses.begin(), policy.accepted_statuses.end(), status) != policy.accepted_statuses.end();
}

void read_grace(const json& object, Policy& policy, std::vector<std::string>& problems) {
  Grace grace;
  const auto until = time_member(object, "until");
  const auto read_seconds = [&](const char* name, std::chrono::seconds& out) {
    const auto value = number_member(object, name, longest_grace);
    if (value) out = std::chrono::seconds(*value);
    if (!value && find_member(object, name) != nullptr)
      problems.push_back(std::string("grace.") + name + " must be seconds, at most 366 days");
  };
  read_seconds("collateralSeconds", grace.collateral);
  read_seconds("platformSeconds", grace.platform);
  if (until)
    grace.until = *until;
  else
    problems.emplace_back("grace.until must be a time such as 2027-01-31T00:00:00Z: grace has an end");
  const bool of_platform = grace.platform.count() > 0, of_collateral = grace.collateral.count() > 0;
  if (of_platform == of_collateral)
    problems.emplace_back("grace is for the collateral or for the platform, and not for both or none");
  if (of_platform && (!accepts(policy, TcbStatus::up_to_date) || !accepts(policy, TcbStatus::out_of_date)))
    problems.emplace_back("grace.platformSeconds needs UpToDate and OutOfDate among acceptedStatuses");
  for (const auto& [name, value] : object.items()) {
    if (name != "until" && name != "collateralSeconds" && name != "platformSeconds")
      problems.push_back("grace." + shown(Untrusted(name), 40) + " is not a member of a policy");
  }
  policy.grace = grace;
}

void read_identity(PolicyReader& reader, Policy& out) {
  reader.hex_list("mrenclave", 32, out.mrenclave);
  reader.hex_list("mrsigner", 32, out.mrsigner);
  reader.hex_list("mrtd", 48, out.mrtd);
  reader.number("isvProdId", 65535, out.isvprodid);
  reader.number("minimumIsvSvn", 65535, out.minimum_isvsvn);
}

void read_platform(PolicyReader& reader, Policy& out) {
  reader.flag("allowDynamicPlatform", out.allow_dynamic_platform);
  reader.flag("allowCachedKeys", out.allow_cached_keys);
  reader.flag("allowSmt", out.allow_smt);
  reader.list("sgxTypes", "a list of 0, 1 and 2", [&](const json& each) {
    const bool good = each.is_number_unsigned() && each.get<std::uint64_t>() <= 2;
    if (good && !out.sgx_types) out.sgx_types.emplace();
    if (good) out.sgx_types->push_back(each.get<int>());
    return good;
  });
  std::vector<std::string> raw;
  reader.hex_list("platforms", 32, raw);
  for (const std::string& each : raw) out.platforms.push_back(to_hex(each));
}

void read_members(PolicyReader& reader, const json& object, Policy& out) {
  reader.use("schema", "\"cosigner.attestation-policy/1\"",
             [](const json& value) { return value == "cosigner.attestation-policy/1"; });
  if (find_member(object, "schema") == nullptr) reader.problems.emplace_back("schema must be \"cosigner.attestation-policy/1\"");
  reader.use("name", "a short name of letters, digits, - _ .", [&](const json& value) {
    if (is_name(value)) out.name = value.get<std::string>();
    return is_name(value);
  });
  read_statuses(reader, out);
  reader.flag("allowDebug", out.allow_debug);
  reader.flag("requireCrls", out.require_crls);
  read_identity(reader, out);
  if (find_member(object, "acceptedAdvisories") != nullptr) out.accepted_advisories.emplace();
  std::vector<std::string> unused;
  read_advisories(reader, "acceptedAdvisories", out.accepted_advisories ? *out.accepted_advisories : unused);
  read_advisories(reader, "rejectedAdvisories", out.rejected_advisories);
  reader.number("minimumEvaluationNumber", 0x7FFFFFFF, out.minimum_evaluation_number);
  read_platform(reader, out);
  reader.use("grace", "an object", [&](const json& value) {
    if (value.is_object()) read_grace(value, out, reader.problems);
    return value.is_object();
  });
}

}  // namespace

Result<Policy> read_policy(std::string_view text) {
  const auto invalid = [](const std::string& what) {
    return make_error("usage.policy_invalid", "the attestation policy is not valid: " + what,
                      "Correct the policy file; its members are in the schema attestation-policy.");
  };
  const auto document = parse_json(text);
  if (!document.ok()) return invalid(document.error().message);
  if (!document->is_object()) return invalid("it is not an object");
  Policy out;
  out.name = "custom";
  PolicyReader reader(*document);
  read_members(reader, *document, out);
  reader.refuse_unknown();
  if (!reader.problems.empty()) return invalid(joined(reader.problems, "; "));
  return out;
}

}  // namespace cosigner::attest

#include "profile/profile_json.hpp"

#include <nlohmann/json.hpp>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/shipped.hpp"
#include "base/text.hpp"
#include "profile/profile_members.hpp"

namespace cosigner::profile {
namespace {

using nlohmann::json;

std::string_view shipped_text(std::string_view name) {
  const std::string wanted = "profiles/" + std::string(name) + ".json";
  for (const auto& file : shipped_files()) {
    if (file.name == wanted) return file.bytes;
  }
  return {};
}

Error not_found(std::string_view name) {
  const auto names = builtin_profile_names();
  const auto nearest = nearest_name(name, names);
  return make_error("profile.not_found", "no built-in profile has this name" + (nearest ? "; did you mean \"" + *nearest + "\"?" : std::string()),
                    "Use one of: " + joined(names, ", ") + "; or give a path that contains a slash or ends in .json.");
}

void lay_over(json& base, const json& above) {
  for (const auto& [name, value] : above.items()) {
    if (value.is_object() && base.contains(name) && base[name].is_object()) lay_over(base[name], value);
    else base[name] = value;
  }
}

struct Merged {
  json document;
  std::string base;
};

Result<Merged> merge_with_base(json document, const std::string& name_if_builtin) {
  const auto found = document.find("extends");
  if (found == document.end() || !found->is_string()) return Merged{std::move(document), name_if_builtin.empty() ? "global" : name_if_builtin};
  const std::string parent = found->get<std::string>();
  const std::string_view text = shipped_text(parent);
  if (text.empty()) return not_found(parent);
  auto merged = TRY(merge_with_base(TRY(parse_json(text)), parent));
  lay_over(merged.document, document);
  if (!name_if_builtin.empty()) merged.base = name_if_builtin;
  return merged;
}

Result<json> read_document(std::string_view text, const std::string& origin) {
  auto parsed = parse_json(text);
  if (!parsed.ok()) return std::move(parsed).within("profile " + origin).error();
  if (!parsed->is_object()) return make_error("profile.invalid", "a profile must be a JSON object", "Start from \"cosigner profile export global\".");
  return parsed;
}

/// The document alone is read for its mistakes, because its lines are known; the merged one is what is used.
Result<Profile> read_profile(std::string_view text, const std::string& origin, const std::string& builtin_name) {
  const json own = TRY(read_document(text, origin));
  std::vector<Problem> problems;
  Profile unused;
  read_members(own, {origin, text, problems}, unused);
  if (!problems.empty()) return to_error("profile.invalid", problems);
  const Merged merged = TRY(merge_with_base(own, builtin_name));
  Profile profile;
  read_members(merged.document, {origin, {}, problems}, profile);
  check_members(profile, {origin, {}, problems});
  if (!problems.empty()) return to_error("profile.invalid", problems);
  profile.base = merged.base;
  profile.origin = origin;
  return profile;
}

}  // namespace

std::vector<std::string> builtin_profile_names() {
  std::vector<std::string> names;
  for (const auto& file : shipped_files()) {
    if (file.name.substr(0, 9) == "profiles/" && file.name.size() > 14 && file.name.substr(file.name.size() - 5) == ".json") {
      names.emplace_back(file.name.substr(9, file.name.size() - 14));
    }
  }
  return names;
}

Result<Profile> builtin_profile(std::string_view name) {
  const std::string_view text = shipped_text(name);
  if (text.empty()) return not_found(name);
  return read_profile(text, "built-in", std::string(name));
}

Result<std::string> merged_profile_text(std::string_view name) {
  const std::string_view text = shipped_text(name);
  if (text.empty()) return not_found(name);
  Merged merged = TRY(merge_with_base(TRY(parse_json(text)), std::string(name)));
  merged.document.erase("extends");
  return merged.document.dump(2) + "\n";
}

Result<Profile> parse_profile(std::string_view text, const std::string& origin) {
  auto profile = TRY(read_profile(text, origin, ""));
  profile.sha256 = sha256_hex(text);
  return profile;
}

}  // namespace cosigner::profile

// Strict reading of JSON objects: each known member is taken once with its type, whatever is left is a problem with the nearest
// known key. Problems are collected, not thrown, so that one run shows them all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/problems.hpp"

namespace cosigner::profile {

/// Where problems go, and how a member's line is found.
struct ReadContext {
  std::string origin;
  std::string_view text;  // the document's bytes, for lines; empty when there is none
  std::vector<Problem>& problems;

  void add(std::string_view pointer, std::string rule) const;
};

class ObjectReader {
 public:
  ObjectReader(const nlohmann::json& value, std::string pointer, const ReadContext& context);
  ~ObjectReader();  // NOLINT(bugprone-exception-escape): see there
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  void text(std::string_view name, std::string& out);
  void flag(std::string_view name, bool& out);
  void number(std::string_view name, std::uint64_t& out);
  void number(std::string_view name, int& out);
  void number(std::string_view name, std::uint32_t& out);
  void number(std::string_view name, std::optional<std::uint32_t>& out);
  void texts(std::string_view name, std::vector<std::string>& out);
  void text_map(std::string_view name, std::map<std::string, std::string>& out);
  /// One of the words; anything else is a problem that lists them.
  void choice(std::string_view name, const std::vector<std::string>& words, std::string& out);
  void object(std::string_view name, const std::function<void(ObjectReader&)>& read);
  void list(std::string_view name, const std::function<void(ObjectReader&)>& read_each);
  /// A map of objects by free names.
  void objects(std::string_view name, const std::function<void(const std::string&, ObjectReader&)>& read_each);
  /// A map of lists of objects by free names.
  void lists(std::string_view name, const std::function<void(const std::string&, ObjectReader&)>& read_each);
  /// A member that is judged elsewhere.
  void known(std::string_view name) { (void)take(name); }

  void problem(std::string_view name, std::string rule) const;

 private:
  /// The member, noted as known; nothing when absent or null.
  const nlohmann::json* take(std::string_view name);

  const nlohmann::json& value_;
  std::string pointer_;
  const ReadContext& context_;
  std::vector<std::string> known_;
};

/// "unknown key; did you mean \"x\"?", without the key itself.
std::string unknown_key_rule(std::string_view key, const std::vector<std::string>& known);

}  // namespace cosigner::profile

#include "profile/answers_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "profile/answers_keys.hpp"
#include "profile/forms.hpp"
#include "profile/reader.hpp"

namespace cosigner::profile {
namespace {

using nlohmann::json;

std::string pointer_of(std::string_view name) {
  std::string pointer = "/" + std::string(name);
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  return pointer;
}

/// Whether the value is one of those which are accepted although the feature is not built.
bool is_accepted_today(const json& value, std::string_view accepted) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  const auto words = split(accepted, ' ');
  return std::find(words.begin(), words.end(), std::string_view(text)) != words.end();
}

class AnswersReader {
 public:
  AnswersReader(std::string_view text, const std::string& origin, ReadAnswers& out) : text_(text), out_(out), context_{origin, text, out.problems} {}

  void read_group(const json& object, const std::string& group) {
    for (const auto& [name, value] : object.items()) {
      const std::string full = group.empty() ? name : std::string(group).append(".").append(name);
      if (group.empty() && (name == "generated" || name == "version")) continue;
      if (const AnswerKey* key = find_answer_key(full)) read_key(*key, value);
      else if (is_answer_group(full)) read_inner(value, full);
      else context_.add((group.empty() ? std::string() : pointer_of(group)) + "/" + name, unknown_key_rule(name, answer_names_below(group)));
    }
  }

  void read_version(const json& document) {
    if (!document.contains("version")) return context_.add("/version", "must be given; it is 1");
    if (document["version"] != 1) context_.add("/version", "must be 1");
  }

 private:
  void read_inner(const json& value, const std::string& group) {
    if (value.is_null()) return;
    if (!value.is_object()) return context_.add(pointer_of(group), "must be an object");
    read_group(value, group);
  }

  void read_key(const AnswerKey& key, const json& value) {
    if (!key.later.empty() && !value.is_null() && !is_accepted_today(value, key.later)) return problem(key, "is not supported yet");
    if (value.is_null()) return;
    AnswerValue answer;
    const std::size_t before = out_.problems.size();
    take(key, value, answer);
    if (out_.problems.size() != before) return;
    key.set(out_.answers, std::move(answer));
    const auto line = line_of_member(text_, pointer_of(key.name));
    out_.origins[std::string(key.name)] = context_.origin + (line == 0 ? std::string() : " line " + std::to_string(line));
  }

  void take(const AnswerKey& key, const json& value, AnswerValue& answer) {
    switch (key.type) {
      case KeyType::flag: return value.is_boolean() ? void(answer.flag = value.get<bool>()) : problem(key, "must be true or false");
      case KeyType::whole: return take_whole(key, value, answer);
      case KeyType::text: return take_text(key, value, answer);
      case KeyType::choice: return take_choice(key, value, answer);
      case KeyType::texts: return take_texts(key, value, answer);
      case KeyType::secret: return take_secret(key, value, answer);
      case KeyType::file_text: return take_file_text(key, value, answer);
      case KeyType::users: return value.is_array() ? void() : problem(key, "must be a list");
    }
  }

  void take_whole(const AnswerKey& key, const json& value, AnswerValue& answer) {
    constexpr unsigned most = 86400;
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) return problem(key, "must be a whole number from 0 to 86400");
    answer.whole = value.get<int>();
  }

  void take_text(const AnswerKey& key, const json& value, AnswerValue& answer) {
    if (!value.is_string()) return problem(key, "must be a text");
    answer.text = value.get<std::string>();
    const bool plain = std::none_of(answer.text.begin(), answer.text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
    if (!plain) return problem(key, "must not contain control characters");
    if (key.has_form != nullptr && !key.has_form(answer.text)) problem(key, std::string(key.form));
  }

  void take_choice(const AnswerKey& key, const json& value, AnswerValue& answer) {
    const auto words = split(key.words, ' ');
    if (value.is_string()) answer.text = value.get<std::string>();
    if (std::find(words.begin(), words.end(), std::string_view(answer.text)) == words.end()) {
      std::string list(key.words);
      for (std::size_t at = list.find(' '); at != std::string::npos; at = list.find(' ', at + 2)) list.replace(at, 1, ", ");
      problem(key, "must be one of: " + list);
    }
  }

  void take_texts(const AnswerKey& key, const json& value, AnswerValue& answer) {
    if (!value.is_array()) return problem(key, "must be a list of texts");
    for (const auto& each : value) {
      if (!each.is_string()) return problem(key, "must be a list of texts");
      answer.texts.push_back(each.get<std::string>());
      if (key.has_form != nullptr && !key.has_form(answer.texts.back())) return problem(key, std::string(key.form));
    }
  }

  /// Only one member, of the kinds allowed; gives its text.
  bool take_reference(const AnswerKey& key, const json& value, std::string_view kinds, std::string& kind, std::string& where) {
    const std::string rule = "must be an object with one of: " + std::string(kinds);
    if (!value.is_object() || value.size() != 1 || !value.begin().value().is_string()) return problem(key, rule), false;
    kind = value.begin().key();
    where = value.begin().value().get<std::string>();
    const auto allowed = split(kinds, ' ');
    if (std::find(allowed.begin(), allowed.end(), std::string_view(kind)) == allowed.end()) return problem(key, rule), false;
    if (kind == "file" && !is_absolute_path(where)) return problem(key, "the file must be an absolute path"), false;
    return true;
  }

  void take_secret(const AnswerKey& key, const json& value, AnswerValue& answer) {
    const bool is_token = key.name == "pairing.token";
    if (value.is_string() && !is_token) {
      std::string literal = value.get<std::string>();
      answer.secret.kind = SecretRef::Kind::literal;
      answer.secret.value = Secret(std::move(literal));
      out_.notes.push_back(std::string(key.name) + " is a literal in the answers file; a reference such as {\"file\":…} keeps it out of copies of that file");
      return;
    }
    std::string kind;
    if (!take_reference(key, value, is_token ? "file credential" : "file credential env", kind, answer.secret.where)) return;
    if (kind != "file" && !is_revision(answer.secret.where)) return problem(key, "the name may contain letters, digits, \"_\", \".\" and \"-\"");
    answer.secret.kind = kind == "file" ? SecretRef::Kind::file : kind == "env" ? SecretRef::Kind::env : SecretRef::Kind::credential;
  }

  void take_file_text(const AnswerKey& key, const json& value, AnswerValue& answer) {
    if (value.is_string()) {
      answer.file_text.text = value.get<std::string>();
      return answer.file_text.text.find("-----BEGIN ") == 0 ? void() : problem(key, "must be {\"file\":…} or PEM text");
    }
    std::string kind;
    take_reference(key, value, "file", kind, answer.file_text.file);
  }

  void problem(const AnswerKey& key, std::string rule) const { context_.add(pointer_of(key.name), std::move(rule)); }

  std::string_view text_;
  ReadAnswers& out_;
  ReadContext context_;
};

}  // namespace

ReadAnswers read_answers(std::string_view text, const std::string& origin) {
  ReadAnswers out;
  out.sha256 = sha256_hex(text);
  JsonLimits limits;
  limits.bytes = 256 * 1024;
  limits.depth = 8;
  limits.comments = true;
  auto parsed = parse_json(text, limits);
  if (!parsed.ok()) {
    out.problems.push_back({origin, 0, "", parsed.error().message});
    return out;
  }
  AnswersReader reader(text, origin, out);
  if (!parsed->is_object()) {
    out.problems.push_back({origin, 1, "", "must be one JSON object"});
    return out;
  }
  out.by_program = parsed->contains("generated");
  reader.read_version(*parsed);
  reader.read_group(*parsed, "");
  check_answers(out, origin, text);
  std::stable_sort(out.problems.begin(), out.problems.end(), [](const Problem& left, const Problem& right) { return left.line < right.line; });
  return out;
}

}  // namespace cosigner::profile

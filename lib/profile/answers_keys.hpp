// Every key of the answers file, once: name, type, form, meaning, and where its value goes. Parser, JSON schema, example check
// and the test that no key is ignored all read this table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "profile/answers.hpp"

namespace cosigner::profile {

enum class KeyType { flag, whole, text, texts, choice, secret, file_text, users };

/// A value of one of the types above; only the member of the key's type is set.
struct AnswerValue {
  bool flag = false;
  int whole = 0;
  std::string text;
  std::vector<std::string> texts;
  SecretRef secret;
  TextRef file_text;
};

struct AnswerKey {
  std::string_view name;  // "pairing.token"
  KeyType type;
  std::string_view words;              // of choice: the words, separated by blanks
  bool (*has_form)(std::string_view);  // of text and texts: what each must look like; may be null
  std::string_view form;               // the same as a sentence: "must be …"
  std::string_view
      later;  // empty: built. Otherwise the only values that are accepted today, separated by blanks ("null", "false", "package")
  std::string_view about;  // one sentence for the schema
  void (*set)(Answers&, AnswerValue&&);
};

const std::vector<AnswerKey>& answer_keys();

/// Nothing when there is no such key.
const AnswerKey* find_answer_key(std::string_view name);

/// True for "pairing" when some key begins with "pairing."; the root is "".
bool is_answer_group(std::string_view name);

/// The names directly below a group, for "did you mean".
std::vector<std::string> answer_names_below(std::string_view group);

/// The word of proxy.container for "reached directly".
inline constexpr std::string_view no_container_proxy = "none";

/// Words of the file and the enumeration.
std::string_view name_of(CallbackAuth auth);

}  // namespace cosigner::profile

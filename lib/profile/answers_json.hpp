// The answers file: JSON with // comments, one complete schema (contracts, section 5). All problems are collected and shown at once.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "profile/answers.hpp"
#include "profile/problems.hpp"

namespace cosigner::profile {

struct ReadAnswers {
  Answers answers;
  std::map<std::string, std::string> origins;  // "image.revision" → "answers.json line 12"; only what was given
  std::vector<Problem> problems;
  std::vector<std::string> notes;  // e.g. "registry.password: a literal secret"
  std::string sha256;              // of the file's bytes
  bool by_program = false;         // has a `generated` block: secrets that were typed then are not in it
  bool has(const std::string& key) const { return origins.count(key) != 0; }
};

/// Reads what the operator wrote. A text that is not JSON is one problem too; nothing here fails otherwise. `origin` is the file's name.
ReadAnswers read_answers(std::string_view text, const std::string& origin);

/// What must hold between the answers: the credentials of each callback scheme, secrets with user names, sources with their values.
/// `text` gives the lines.
void check_answers(ReadAnswers& read, const std::string& origin, std::string_view text);

/// The JSON schema of the answers file (draft 2020-12), made from the table of keys.
std::string answers_schema();

}  // namespace cosigner::profile

// The answers file (threats E4): nothing of it is repeated in a problem but short keys, and what is accepted can be written out
// and read again to the same.
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "profile/answers_json.hpp"
#include "profile/answers_writer.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void require_quiet(const profile::ReadAnswers& read) {
  for (const auto& problem : read.problems) {
    const std::string text = profile::text_of(problem);
    require_plain(text, "a problem");
    require_no_canary(text, "a problem");
  }
  if (!read.problems.empty()) require_plain(to_error("answers.invalid", read.problems));
  for (const auto& note : read.notes) require_no_canary(note, "a note");
  for (const auto& [key, origin] : read.origins) require_plain(key + " " + origin, "an origin");
}

/// As the program's own file, where secrets that were typed are missing.
std::string written(const profile::Answers& answers) {
  const std::string text = write_answers(answers);
  require(text.rfind("{", 0) == 0, "written answers are no object");
  return "{\"generated\": {}," + text.substr(1);
}

}  // namespace

FUZZ_TARGET(answers) {
  const profile::ReadAnswers read = profile::read_answers(with_canary(input), "answers.json");
  require_quiet(read);
  if (!read.problems.empty()) return;
  const std::string once = written(read.answers);
  const profile::ReadAnswers again = profile::read_answers(once, "config.json");
  require(again.problems.empty(),
          again.problems.empty() ? "" : "written answers are refused: " + text_of(again.problems.front()));
  require(written(again.answers) == once, "answers change when they are written and read");
}

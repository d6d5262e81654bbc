#include "base/shipped.hpp"
#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "profile/answers_json.hpp"

namespace cosigner::cli {

report::ExitCode run_answers(const Invocation& invocation, Environment& environment) {
  const std::string what = invocation.word(0);
  if (what == "schema" && invocation.words.size() == 1) {
    environment.terminal.out(profile::answers_schema());
    return report::ExitCode::ok;
  }
  if (what == "example" && invocation.words.size() == 1) {
    for (const auto& file : shipped_files()) {
      if (file.name == "examples/answers.json") environment.terminal.out(file.bytes);
    }
    return report::ExitCode::ok;
  }
  return say_error(invocation, environment, make_error("usage.wrong", "answers needs to know what to print", "Run `cosigner answers schema` or `cosigner answers example`."));
}

}  // namespace cosigner::cli

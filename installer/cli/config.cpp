#include "installer/cli/prepare.hpp"
#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "profile/answers_json.hpp"
#include "profile/operator_text.hpp"

namespace cosigner::cli {
namespace {

Result<std::string> read_generated_config(const Environment& environment) {
  auto text = environment.host.files().read(generated_config);
  if (!text.ok() && !environment.is_root()) return make_error("root.needed", "the configuration can be read by root only", "Run `sudo cosigner config show`.");
  if (!text.ok()) return std::move(text).error();
  if (!*text) return make_error("run.nothing_set_up", "there is no " + generated_config.text(), "Run `sudo cosigner setup`.");
  return **text;
}

Status validate(const Invocation& invocation, const Environment& environment) {
  const std::string file = invocation.word(1);
  const std::string text = file.empty() ? TRY(read_generated_config(environment)) : TRY(profile::read_operator_text(environment.operator_files, file, environment.person()));
  const auto read = profile::read_answers(text, file.empty() ? generated_config.text() : file);
  if (!read.problems.empty()) return profile::to_error("answers.invalid", read.problems);
  TRY(find_profile(read.answers.profile, environment.person(), environment));
  return {};
}

}  // namespace

report::ExitCode run_config(const Invocation& invocation, Environment& environment) {
  const std::string what = invocation.word(0);
  if (what == "show" && invocation.words.size() == 1) {
    const auto text = read_generated_config(environment);
    if (!text.ok()) return say_error(invocation, environment, text.error());
    environment.terminal.out(*text);
    return report::ExitCode::ok;
  }
  if (what == "validate" && invocation.words.size() <= 2) {
    const auto valid = validate(invocation, environment);
    if (!valid.ok()) return say_error(invocation, environment, valid.error());
    if (!invocation.quiet && !invocation.json) environment.terminal.out("Valid.\n");
    return report::ExitCode::ok;
  }
  return say_error(invocation, environment, make_error("usage.wrong", "config needs to know what to do", "Run `cosigner config show` or `cosigner config validate FILE`."));
}

}  // namespace cosigner::cli

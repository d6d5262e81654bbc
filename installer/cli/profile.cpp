#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "installer/ui/error_document.hpp"
#include "profile/profile_json.hpp"

namespace cosigner::cli {
namespace {

using Titles = std::vector<std::pair<std::string, std::string>>;

Result<Titles> titles() {
  Titles list;
  for (const auto& name : profile::builtin_profile_names()) list.emplace_back(name, TRY(profile::builtin_profile(name)).title);
  return list;
}

Result<std::string> list_profiles(bool json) {
  const auto list = TRY(titles());
  if (json) return ui::profiles_document(list);
  std::string text;
  for (const auto& [name, title] : list) text.append(name).append(name.size() < 14 ? 14 - name.size() : 1, ' ').append(title).append("\n");
  return text;
}

/// `export` is a file to edit: a profile of another name that extends the built-in one.
std::string exported(const std::string& name) {
  return "{\n  \"schema\": \"cosigner.profile/1\",\n  \"name\": \"my-" + name + "\",\n  \"extends\": \"" + name + "\"\n}\n";
}

Result<std::string> answer(const Invocation& invocation) {
  const std::string what = invocation.word(0);
  const std::string name = invocation.word(1);
  if (what == "list" && invocation.words.size() == 1) return list_profiles(invocation.json);
  if (what == "show" && invocation.words.size() == 2) return profile::merged_profile_text(name);
  if (what == "export" && invocation.words.size() == 2) {
    TRY(profile::builtin_profile(name));
    return exported(name);
  }
  return make_error("usage.wrong", "profile needs to know what to do", "Run `cosigner profile list`, `cosigner profile show NAME` or `cosigner profile export NAME`.");
}

}  // namespace

report::ExitCode run_profile(const Invocation& invocation, Environment& environment) {
  const auto text = answer(invocation);
  if (!text.ok()) return say_error(invocation, environment, text.error());
  environment.terminal.out(*text);
  return report::ExitCode::ok;
}

}  // namespace cosigner::cli

#include "installer/cli/early_questions.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "container/reference.hpp"
#include "host/unit_names.hpp"
#include "installer/cli/registry_check.hpp"
#include "installer/cli/opening.hpp"
#include "installer/ui/plan_view.hpp"
#include "installer/ui/prompts.hpp"
#include "installer/ui/wrapped.hpp"
#include "profile/forms.hpp"
#include "profile/merge.hpp"
#include "profile/profile_json.hpp"
#include "profile/weakenings.hpp"

namespace cosigner::cli {
namespace {

using engine::StageView;

class EarlyBlock {
 public:
  EarlyBlock(const Invocation& invocation, Environment& environment, Prepared& prepared, const state::Journal& journal)
      : invocation_(invocation),
        environment_(environment),
        prepared_(prepared),
        journal_(journal),
        prompts_(environment.terminal) {}

  Status ask() {
    auto views = TRY(look());
    if (std::all_of(views.begin(), views.end(), [](const StageView& view) { return !view.error && view.plan.converged(); })) return {};
    show(opening_text(invocation_, !journal_.exists()));
    TRY(ask_environment());
    TRY(ask_proxy());
    TRY(ask_registry(views));
    TRY(ask_stop_units(views));
    views = TRY(look());
    return ask_to_go_on(views);
  }

 private:
  profile::Settings& settings() { return prepared_.settings; }
  void show(const std::string& text) { environment_.terminal.out(ui::wrapped(text, environment_.terminal.columns())); }

  Result<std::vector<StageView>> look() {
    const auto stages = TRY(select_stages(environment_, settings().profile, "", invocation_.until));
    return engine::look_at(stages, environment_.host, {settings(), journal_.ledger(), environment_.credentials_directory});
  }

  Status ask_environment() {
    if (!prepared_.answers_from.empty() || !invocation_.flags.profile.empty()) return {};
    const std::vector<std::string> names = {"global", "europe", "swiss"};
    std::vector<std::string> titles;
    titles.reserve(names.size());
    for (const auto& name : names) titles.push_back(TRY(profile::builtin_profile(name)).title);
    const std::size_t chosen = TRY(prompts_.choice("Which environment is this co-signer for?", titles, 0));
    settings().profile = TRY(profile::builtin_profile(names[chosen]));
    settings().answers.profile = names[chosen];
    settings().origins["profile"] = "prompt";
    return {};
  }

  /// Whether downloads reach their host without a proxy. Trouble with certificates is not a question of the way.
  bool is_direct_way_open() {
    if (settings().profile.platforms.empty()) return true;
    const auto& source = settings().profile.platforms.front().sgx_source;
    host::HttpRequest request;
    request.url = source.key_url.empty() ? source.archive_url : source.key_url;
    request.timeout = std::chrono::seconds(15);
    const auto answer = environment_.host.network().request(request);
    if (answer.ok()) return true;
    const std::string& code = answer.error().code;
    return code != "network.name_unresolved" && code != "network.unreachable" && code != "network.refused" &&
           code != "network.timed_out";
  }

  Status ask_proxy() {
    if (!settings().answers.proxy_url.empty()) return ask_proxy_password();
    if (is_direct_way_open()) return {};
    prompts_.say("The download hosts cannot be reached directly.");
    const std::string url = TRY(prompts_.line("Proxy for downloads, such as http://proxy.example:3128 (empty: none):", "",
                                              [](const std::string& text) -> std::optional<std::string> {
                                                if (text.empty() || profile::is_proxy_url(text)) return std::nullopt;
                                                return "must be http://host:port without user name, password or path";
                                              }));
    settings().answers.proxy_url = url;
    settings().origins["proxy.url"] = "prompt";
    if (url.empty()) return {};
    settings().answers.proxy_username = TRY(prompts_.line("User name at the proxy (empty: none):", "", nullptr));
    return ask_proxy_password();
  }

  /// Of a login at the proxy, also when the answers that were kept have its user name alone.
  Status ask_proxy_password() {
    auto& answers = settings().answers;
    if (answers.proxy_username.empty() || answers.proxy_password.is_set()) return {};
    answers.proxy_password = {profile::SecretRef::Kind::given, {}, TRY(prompts_.secret("Password at the proxy:", true))};
    settings().origins["proxy.password"] = "prompt";
    return {};
  }

  Status ask_registry(const std::vector<StageView>& views) {
    auto& answers = settings().answers;
    const bool pending = std::any_of(views.begin(), views.end(), [](const StageView& view) {
      return view.stage->id() == "image" && (view.error || !view.plan.converged());
    });
    if (!pending || answers.registry_password.is_set() || answers.image_source == "archive") return {};
    const auto& image = settings().profile.image;
    const auto reference = TRY(container::parse_reference(
        answers.image_source == "mirror" ? answers.image_mirror : image.registry + "/" + image.repository));
    bool is_given = !answers.registry_username.empty();
    while (true) {
      if (!is_given)
        answers.registry_username = TRY(prompts_.line(
            "User name at the image registry " + reference.registry + (answers.registry_username.empty() ? " (empty: no login):" : ":"), answers.registry_username, nullptr));
      if (answers.registry_username.empty()) return {};
      answers.registry_password = {profile::SecretRef::Kind::given,
                                   {},
                                   TRY(ask_password("Password or token of " + shown(Untrusted(answers.registry_username)) +
                                                    " at " + reference.registry + ":"))};
      settings().origins["registry.password"] = "prompt";
      const auto verdict = try_registry_login(reference.registry, reference.repository, environment_.host,
                                              {settings(), journal_.ledger(), environment_.credentials_directory});
      if (verdict != container::LoginVerdict::refused) return {};
      prompts_.say("The registry " + reference.registry + " refuses this user name and password.");
      is_given = false;
    }
  }

  /// Which of the operator's units use enclaves: only the operator knows, and packages of EPID are not removed under them.
  Status ask_stop_units(const std::vector<StageView>& views) {
    const bool is_wanted = std::any_of(views.begin(), views.end(), [](const StageView& view) { return view.plan.blocked && view.plan.blocked->code == "answers.stop_units_undecided"; });
    if (!is_wanted) return {};
    prompts_.say("EPID has ended, and its packages are removed from this host.");
    const auto names_of = [](const std::string& text) {
      std::vector<std::string> names;
      for (const std::string_view word : split(text, ' '))
        if (!word.empty()) names.push_back(host::unit_name(word));
      return names;
    };
    const std::string text = TRY(prompts_.line("Units that use enclaves and are to be stopped meanwhile, separated by blanks (empty: none):", "", [&](const std::string& typed) -> std::optional<std::string> {
      const auto unknown = host::unknown_units(environment_.host.services(), names_of(typed));
      if (!unknown) return unknown.error().message;
      if (unknown->empty()) return std::nullopt;
      return "must be units that systemd knows; it does not know " + shown(Untrusted(unknown->front()));
    }));
    settings().answers.stop_units = names_of(text);
    settings().answers.stop_units_decided = true;
    settings().origins["attestation.stopUnits"] = "prompt";
    return {};
  }

  /// A person who has the password in a file may type the file's name, which nobody would see.
  Result<Secret> ask_password(const std::string& question) {
    while (true) {
      Secret password = TRY(prompts_.secret(question, true));
      if (!profile::looks_like_a_path(password.reveal("to see whether it is a path"))) return password;
      if (TRY(prompts_.yes_no("That looks like the path of a file. Is it the password itself?", false))) return password;
    }
  }

  Status ask_to_go_on(const std::vector<StageView>& views) {
    std::vector<profile::Problem> none;
    TRY(profile::judge_weakenings(settings(), "prompt", none));
    const ui::PlanView plan{settings(), views, std::nullopt, environment_.is_root(), environment_.host.clock().now()};
    show(ui::plan_text(plan, invocation_.verbose ? ui::PlanDetail::full : ui::PlanDetail::compact));
    TRY(accept_weakenings());
    if (invocation_.yes || TRY(prompts_.yes_no("Go on?", std::nullopt))) return {};
    return make_error("run.cancelled", "you chose not to go on; nothing was changed",
                      "Run the same command again when you are ready.");
  }

  /// --yes is about the plan; what weakens the promise is accepted id by id, with everything that the id stands for here.
  Status accept_weakenings() {
    auto& accepted = settings().answers.accept_weaker;
    for (const auto& row : profile::weakening_table()) {
      const std::string id(row.id);
      if (id == "callback.none" || std::find(accepted.begin(), accepted.end(), id) != accepted.end()) continue;
      std::string here;
      for (const auto& weakening : settings().weakenings) {
        if (weakening.id == id) here += "  " + shown(Untrusted(weakening.what)) + "\n";
      }
      if (here.empty()) continue;
      show(std::string("Weaker than built in, ").append(id).append(": ").append(row.meaning).append("\n").append(here));
      if (!TRY(prompts_.yes_no("Accept this weakening: " + id + "? (\"n\" ends the run, and nothing is changed)", false))) {
        return make_error("run.cancelled", "the weakening " + id + " was not accepted; nothing was changed", "Remove what causes it and run again.");
      }
      accepted.push_back(id);
    }
    return {};
  }

  const Invocation& invocation_;
  Environment& environment_;
  Prepared& prepared_;
  const state::Journal& journal_;
  ui::Prompts prompts_;
};

}  // namespace

Status ask_early(const Invocation& invocation, Environment& environment, Prepared& prepared, const state::Journal& journal) {
  return EarlyBlock(invocation, environment, prepared, journal).ask();
}

}  // namespace cosigner::cli

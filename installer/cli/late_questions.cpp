#include "installer/cli/late_questions.hpp"

#include "base/untrusted.hpp"
#include "installer/cli/callback_questions.hpp"
#include "pairing/token.hpp"
#include "profile/forms.hpp"

namespace cosigner::cli {

Status ask_token(const LateContext& context, profile::Settings& settings) {
  context.prompts.say("Copy a fresh pairing token from the Console: it lives one hour.");
  while (true) {
    Secret token = TRY(context.prompts.secret("Pairing token:", true));
    context.redactor.add(token);
    const auto checked = pairing::check_token(token, context.host.clock().now());
    if (!checked.ok()) {
      context.prompts.say(checked.error().message + ". " + checked.error().remedy);
      continue;
    }
    context.prompts.say("This is for " + checked->shown() + ".");
    if (const auto warning = pairing::token_warning(*checked, context.host.clock().now()); !warning.empty())
      context.prompts.say(warning);
    settings.answers.pairing_token = {profile::SecretRef::Kind::given, {}, std::move(token)};
    settings.origins["pairing.token"] = "prompt";
    return {};
  }
}

Status ask_callback(const LateContext& context, profile::Settings& settings) {
  auto& answers = settings.answers;
  while (true) {
    const std::size_t wanted = TRY(
        context.prompts.choice("Does a callback handler approve what this co-signer signs?", {"yes, configure it now", "no"}, 0));
    if (wanted == 1) {
      const bool sure = TRY(context.prompts.typed_sentence(
          "Without a callback handler the co-signer signs and approves everything it is sent.", "sign everything"));
      if (!sure) continue;
      answers.acknowledge_no_callback = true;
      answers.callback.reset();
      break;
    }
    auto callback = TRY(ask_handler(context, settings));
    if (!callback) continue;  // an empty URL: the first question again
    callback->retry =
        TRY(context.prompts.choice(
            "May the handler's answer take over 30 s (retry mechanism)?",
            {"yes, a person may approve: work is fetched by long polling, which is slower", "no (recommended)"}, 1)) == 0;
    context.prompts.say("Callback: " + callback_summary(*callback));
    if (!TRY(context.prompts.yes_no("Save this?", true))) {
      return make_error("run.cancelled", "the callback was not saved; nothing was paired",
                        "Run the same command again; the token is not spent.");
    }
    answers.callback = std::move(*callback);
    answers.acknowledge_no_callback = false;
    break;
  }
  answers.callback_decided = true;
  settings.origins["callback"] = "prompt";
  return {};
}

namespace {

Status ask_container_proxy(const LateContext& context, profile::Settings& settings) {
  auto& answers = settings.answers;
  if (answers.container_proxy_decided || !answers.container_proxy_url.empty()) return {};
  const std::size_t wanted = TRY(context.prompts.choice("Does the co-signer reach the vendor through a proxy?", {"yes", "no, directly"},
                                                        answers.proxy_url.empty() ? 1 : 0));
  answers.container_proxy_decided = true;
  settings.origins["proxy.container"] = "prompt";
  if (wanted == 1) return {};
  answers.container_proxy_url =
      TRY(context.prompts.line("Proxy of the co-signer, such as http://proxy.example:3128 (empty: none):", answers.proxy_url,
                               [](const std::string& text) -> std::optional<std::string> {
                                 if (text.empty() || profile::is_proxy_url(text)) return std::nullopt;
                                 return "must be http://host:port without user name, password or path";
                               }));
  return {};
}

}  // namespace

Status ask_late(const LateContext& context, profile::Settings& settings) {
  if (!settings.answers.pairing_token.is_set()) TRY(ask_token(context, settings));
  if (!settings.answers.callback_decided) TRY(ask_callback(context, settings));
  return ask_container_proxy(context, settings);
}

}  // namespace cosigner::cli

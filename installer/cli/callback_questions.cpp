#include "installer/cli/callback_questions.hpp"

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "callback/credentials.hpp"
#include "callback/handler_url.hpp"
#include "callback/scheme.hpp"
#include "callback/wanted.hpp"
#include "profile/answers_keys.hpp"
#include "profile/forms.hpp"

namespace cosigner::cli {
namespace {

constexpr std::chrono::seconds handler_limit{15};
constexpr std::size_t typed_digits = 8;

using profile::CallbackAnswers;
using profile::CallbackAuth;

constexpr CallbackAuth auths[] = {CallbackAuth::public_key, CallbackAuth::certificate, CallbackAuth::root_ca,
                                  CallbackAuth::hybrid_certificate, CallbackAuth::hybrid_root_ca};

class HandlerQuestions {
 public:
  HandlerQuestions(const LateContext& context, std::string revision) : context_(context), revision_(std::move(revision)) {}

  Result<std::optional<CallbackAnswers>> ask() {
    CallbackAnswers callback;
    callback.url = TRY(ask_url());
    if (callback.url.empty()) return std::optional<CallbackAnswers>();
    std::vector<std::string> titles;
    for (const auto& row : callback::scheme_table()) titles.emplace_back(row.title);
    const std::size_t chosen =
        TRY(context_.prompts.choice("How do co-signer and handler trust each other?", titles, std::nullopt));
    callback.auth = auths[chosen];
    const auto& facts = callback::scheme_table()[chosen];
    // Certificate or CA before the key, as in the original.
    if (facts.wants_certificate) TRY(ask_certificate(callback));
    if (facts.wants_root_ca)
      callback.root_ca = TRY(ask_pem("Root CA certificate of the handler",
                                     [&](const std::string& pem) { return callback::check_root_ca(pem, now()); }));
    if (facts.wants_key) {
      const bool p256 = callback::is_at_least(revision_, callback::p256_since).value_or(false);
      callback.public_key = TRY(
          ask_pem("Public key of the handler", [&](const std::string& pem) { return callback::check_public_key(pem, p256); }));
    }
    return std::optional<CallbackAnswers>(std::move(callback));
  }

 private:
  Time now() const { return context_.host.clock().now(); }

  Result<std::string> ask_url() {
    return context_.prompts.line(
        "URL of the callback handler, such as https://handler.example:8443, with a path of its own if it has one; the co-signer appends /v2/tx_sign_request itself (empty: back):", "",
        [](const std::string& text) -> std::optional<std::string> {
          if (text.empty()) return std::nullopt;
          const auto parsed = callback::parse_handler_url(text);
          if (parsed.problems.empty()) return std::nullopt;
          return "is not usable: " + parsed.problems.front().message;
        });
  }

  Result<profile::TextRef> ask_pem(const std::string& what, const std::function<std::vector<Error>(const std::string&)>& check) {
    while (true) {
      const auto pem = TRY(context_.prompts.pem(what + ":"));
      profile::TextRef reference{pem.path, pem.text};
      const auto text = profile::open_text(reference, context_.host);
      if (!text.ok()) {
        context_.prompts.say(text.error().message + ". " + text.error().remedy);
        continue;
      }
      const auto problems = check(*text);
      if (problems.empty()) return reference;
      for (const auto& problem : problems) context_.prompts.say(problem.message + ". " + problem.remedy);
    }
  }

  Status ask_certificate(CallbackAnswers& callback) {
    const auto url = callback::parse_handler_url(callback.url).url;
    if (!url) return make_error("callback.url_invalid", "the URL has no host", "Enter it again.");
    if (TRY(context_.prompts.yes_no("Fetch the certificate from the handler?", false)) && TRY(fetch(*url, callback))) return {};
    callback.certificate = TRY(ask_pem("Certificate of the handler", [&](const std::string& pem) {
      return callback::check_certificate(pem, url->host, now());
    }));
    return {};
  }

  /// What is served may be an attacker's (threats E6): it is shown, and somebody who has the right value at hand types its end.
  Result<bool> fetch(const callback::HandlerUrl& url, CallbackAnswers& callback) {
    const auto served = context_.host.network().served_certificates(url.host, url.port, handler_limit);
    if (!served.ok() || served->chain_pem.empty()) {
      context_.prompts.say("The handler shows no certificate" + (served.ok() ? std::string() : ": " + served.error().message) +
                           ".");
      return false;
    }
    const auto digest = callback::fingerprint_of_pem(served->chain_pem.front());
    if (!digest) {
      context_.prompts.say("What the handler shows cannot be read as a certificate.");
      return false;
    }
    context_.prompts.say("The handler shows a certificate with SHA-256\n  " + *digest);
    context_.prompts.say("Compare it with the handler's operator before you go on.");
    const std::string end = digest->substr(digest->size() - typed_digits);
    const std::string typed = TRY(context_.prompts.line("Type its last 8 digits to pin it (empty: back):", "",
                                                        [&](const std::string& text) -> std::optional<std::string> {
                                                          if (text.empty() || lower(text) == end) return std::nullopt;
                                                          return "must be the last 8 digits of that value";
                                                        }));
    if (typed.empty()) return false;
    callback.fetch_sha256 = *digest;
    return true;
  }

  const LateContext& context_;
  std::string revision_;
};

}  // namespace

Result<std::optional<profile::CallbackAnswers>> ask_handler(const LateContext& context, const profile::Settings& settings) {
  const std::string revision =
      settings.answers.image_revision.empty() ? settings.profile.image.default_revision : settings.answers.image_revision;
  return HandlerQuestions(context, revision).ask();
}

std::string callback_summary(const profile::CallbackAnswers& callback) {
  std::string text = shown(Untrusted(callback.url)) + ", " + std::string(profile::name_of(callback.auth));
  if (callback.public_key.is_set()) text += ", public key given";
  if (callback.certificate.is_set()) text += ", certificate given";
  if (!callback.fetch_sha256.empty()) text += ", certificate pinned as fetched";
  if (callback.root_ca.is_set()) text += ", Root CA given";
  if (callback.retry) text += ", retry mechanism on";
  return text;
}

}  // namespace cosigner::cli

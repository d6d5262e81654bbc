#include "installer/stages/callback_wish.hpp"

#include "base/text.hpp"
#include "installer/stages/cosigner_container.hpp"

namespace cosigner::stages {
namespace {

constexpr std::chrono::seconds handler_timeout{15};

callback::Scheme scheme_of(profile::CallbackAuth auth) {
  switch (auth) {
    case profile::CallbackAuth::public_key: return callback::Scheme::public_key;
    case profile::CallbackAuth::certificate: return callback::Scheme::certificate;
    case profile::CallbackAuth::root_ca: return callback::Scheme::root_ca;
    case profile::CallbackAuth::hybrid_certificate: return callback::Scheme::hybrid_certificate;
    case profile::CallbackAuth::hybrid_root_ca: break;
  }
  return callback::Scheme::hybrid_root_ca;
}

Result<callback::Wanted> read_wanted(const host::HostView& host, const profile::CallbackAnswers& answers) {
  const auto text_of = [&](const profile::TextRef& reference) -> Result<std::string> {
    if (!reference.is_set()) return std::string();
    return profile::open_text(reference, host);
  };
  callback::Wanted wanted;
  wanted.url = answers.url;
  wanted.scheme = scheme_of(answers.auth);
  wanted.fetch_sha256 = answers.fetch_sha256;
  wanted.public_key = TRY(text_of(answers.public_key));
  wanted.certificate = TRY(text_of(answers.certificate));
  wanted.root_ca = TRY(text_of(answers.root_ca));
  return wanted;
}

Result<host::ServedCertificates> look_at_handler(const host::HostView& host, const callback::Wanted& wanted) {
  const callback::ParsedUrl parsed = callback::parse_handler_url(wanted.url);
  if (!parsed.url) return callback::as_one(parsed.problems);
  auto served = host.network().served_certificates(parsed.url->host, parsed.url->port, handler_timeout);
  if (served.ok()) return served;
  Error error = make_error("callback.handler_unreachable", "the callback handler " + parsed.url->host + ":" + std::to_string(parsed.url->port) + " does not answer: " + served.error().message,
                           "Start the handler and open the way to it from this machine, then run the command again.");
  error.cause = std::make_shared<const Error>(std::move(served).error());
  error.retryable = true;
  return error;
}

}  // namespace

CallbackWish probe_callback_wish(const host::HostView& host, const profile::Settings& settings) {
  CallbackWish wish;
  const profile::Answers& answers = settings.answers;
  wish.decided = answers.callback.has_value() || answers.acknowledge_no_callback;
  if (!answers.callback) return wish;
  auto wanted = read_wanted(host, *answers.callback);
  if (wanted.ok()) {
    wish.wanted = std::move(wanted).value();
  } else {
    wish.unreadable = std::move(wanted).error();
  }
  return wish;
}

std::vector<Error> check_callback(const host::HostView& host, const profile::Settings& settings, const CallbackWish& wish) {
  if (wish.unreadable) return {*wish.unreadable};
  if (!wish.wanted) return {};
  const Time now = host.clock().now();
  std::vector<Error> problems = callback::check_offline(*wish.wanted, wanted_revision(settings), now);
  if (!problems.empty()) return problems;
  const auto served = look_at_handler(host, *wish.wanted);
  if (!served.ok()) return {served.error()};
  return callback::check_served(*wish.wanted, *served, now);
}

Result<CallbackWish> complete_callback(const host::HostView& host, CallbackWish wish) {
  if (wish.unreadable) return *wish.unreadable;
  if (!wish.wanted || !wish.wanted->certificate.empty() || wish.wanted->fetch_sha256.empty()) return wish;
  const host::ServedCertificates served = TRY(look_at_handler(host, *wish.wanted));
  wish.wanted = TRY(callback::with_fetched(std::move(*wish.wanted), served));
  return wish;
}

std::string callback_identity_name(const std::string& user_id) { return "callback." + user_id + ".identity"; }
std::string callback_url_name(const std::string& user_id) { return "callback." + user_id + ".url"; }

std::vector<std::string> remembered_users(const state::Ledger& ledger) {
  std::vector<std::string> users;
  const std::string remembered = ledger.value("pairing.user_ids");
  for (const std::string_view user : split(remembered, ',')) {
    if (!user.empty()) users.emplace_back(user);
  }
  return users;
}

bool is_callback_in_place(const CallbackWish& wish, const state::Ledger& ledger) {
  const std::vector<std::string> users = remembered_users(ledger);
  if (!wish.decided || users.empty()) return true;
  const std::string last = ledger.value(callback_identity_name(users.front()));
  // A file of the answers that is gone by now says nothing about what the co-signer has.
  if (wish.unreadable) return !last.empty();
  return wish.identity() == last;
}

}  // namespace cosigner::stages

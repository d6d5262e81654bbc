#include "installer/stages/provider_proof.hpp"

#include <algorithm>

#include "installer/stages/aesm_talk.hpp"
#include "installer/stages/download_request.hpp"
#include "installer/stages/registration.hpp"

namespace cosigner::stages {
namespace {

using engine::Step;

constexpr std::size_t answer_limit = 1024 * 1024;  // an identity has 1 or 2 KB
constexpr int attempts = 3;
constexpr std::chrono::seconds pause{5};
constexpr const char* remembered_name = "provider.answered";
constexpr const char* self_signed_mark = " (self-signed)";

std::string proved_value(const sgx::WantedProvider& wanted) { return wanted.pccs_url + (wanted.use_secure_cert ? "" : self_signed_mark); }

bool is_waived(const profile::Answers& answers) { return std::find(answers.waive.begin(), answers.waive.end(), "qcnl.answer") != answers.waive.end(); }

bool writes_settings(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) { return step.id == "quote-provider"; });
}

bool is_worth_another_try(int status) { return status == 429 || status >= 500; }

Error unreachable(const std::string& address, Error cause) {
  const bool untrusted = cause.code == "network.tls_untrusted";
  const std::string remedy = untrusted ? "Give your provider's certificate a CA that this machine trusts, and name it in the answers (tls.extraCa); sgx.pccsSelfSigned is for an own PCCS that signs its own."
                             : cause.remedy.empty() ? "Open the way from this machine to that address, or name the proxy in proxy.url."
                                                    : cause.remedy;
  Error out = make_error("sgx.provider_unreachable", "the quote provider " + address + " cannot be reached: " + cause.message, remedy);
  out.retryable = true;
  out.cause = std::make_shared<const Error>(std::move(cause));
  return out;
}

Status ask_provider(const std::string& address, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
  host::HttpRequest request = TRY(download_request(address + "qe/identity", host, context));
  request.body_limit = answer_limit;
  for (int attempt = 1;; ++attempt) {
    if (progress) progress({"asking the quote provider", 0, std::nullopt, std::nullopt});
    const auto answer = host.network().request(request);
    if (!answer) return unreachable(address, answer.error());
    if (answer->status == 200 && sgx::is_enclave_identity(answer->body)) return {};
    if (answer->status == 200)
      return make_error("sgx.provider_refused", "the quote provider " + address + " answers with something that is no enclave identity",
                        "Check the address, and take its host out of the TLS inspection of your proxy or firewall.");
    if (attempt == attempts || !is_worth_another_try(answer->status)) return refused_by_provider(address, answer->status);
    TRY(host.wait().sleep(pause));
  }
}

/// What the quote library says of the provider, by the daemon's codes (facts, 6.3): 12 it is not reached, 22 its answer is no good, 44 it does
/// not know this platform. Anything else is the daemon's own trouble.
Error provider_trouble(const std::string& address, const QuoteReadiness& seen) {
  constexpr std::uint32_t network = 12, bad_answer = 22, unknown_platform = 44;
  const std::string daemon = "the SGX service daemon cannot prepare quotes: the quote provider " + address;
  Error out = *seen.error;
  if (seen.is_silent || seen.code == network)
    out = make_error("sgx.provider_unreachable", daemon + " cannot be reached", "Open the way from this machine to that address, and let its PCCS run.");
  else if (seen.code == bad_answer)
    out = make_error("sgx.provider_refused", daemon + " answers with what the library cannot use", "Look at the log of the PCCS; its version must fit the address (…/v4/).");
  else if (seen.code == unknown_platform)
    out = make_error("sgx.provider_refused", daemon + " does not know this platform",
                     std::string("Let whoever runs the PCCS register this platform (on bare metal with what stands in ") + platform_id_path.text() + "), and run `cosigner setup` again.");
  else
    return out;
  out.retryable = seen.code != unknown_platform;
  out.cause = std::make_shared<const Error>(*seen.error);
  return out;
}

Status ask_daemon_for_quotes(const std::string& address, const host::Host& host, const std::string& socket, const host::ProgressSink& progress) {
  if (progress) progress({"having the daemon ask the quote provider, for some minutes where that does not answer", 0, std::nullopt, std::nullopt});
  const QuoteReadiness seen = TRY(look_at_init_quote(host.network(), socket));
  if (seen.error) return provider_trouble(address, seen);
  return {};
}

}  // namespace

Error refused_by_provider(const std::string& address, int status) {
  struct Row {
    int status;
    const char* cause;
    const char* remedy;
  };
  constexpr Row rows[] = {
      {401, "it asks for a key or a token", "Let whoever runs the provider admit this machine; an own PCCS gives identities without a token, Intel's service too."},
      {403, "it is closed to this machine", "Let whoever runs the provider admit this machine, or reach it from inside its network."},
      {404, "there is nothing under that address", "Check the address (…/sgx/certification/v4/); an own PCCS in OFFLINE mode must be filled first."},
      {410, "that version of the interface ended", "Set sgx.pccsUrl to the provider's address for version 4 (…/sgx/certification/v4/)."},
      {429, "it is asked too often", "Wait some minutes and run the command again; an own PCCS (sgx.pccsUrl) spares Intel's service."},
      {502, "it cannot reach Intel's service itself", "Let whoever runs the provider look at its way to Intel and at its ApiKey."},
      {503, "it is not available now", "Wait some minutes and run the command again."},
  };
  const auto* row = std::find_if(std::begin(rows), std::end(rows), [status](const Row& each) { return each.status == status; });
  const bool is_known = row != std::end(rows);
  Error out = make_error("sgx.provider_refused", "the quote provider " + address + " answers " + std::to_string(status) + " when it is asked for the quoting enclave's identity" + (is_known ? std::string(": ") + row->cause : ""),
                         is_known ? row->remedy : "Look at the provider's log, or ask who runs it.");
  out.retryable = is_worth_another_try(status);
  return out;
}

void judge_provider_proof(const QuoteProviderFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (!facts.wanted) return;
  const std::string& address = facts.wanted->pccs_url;
  if (!facts.wanted->use_secure_cert)
    plan.findings.push_back({"qcnl.tls", "TLS proves who the quote provider is", report::Outcome::warn, "the PCCS signs its own certificate: TLS proves nothing about " + address + "; what counts is that the daemon can prepare quotes with it",
                             "Give it a certificate of a CA, name that CA in tls.extraCa, and leave sgx.pccsSelfSigned out.", "", ""});
  if (is_waived(context.settings.answers))
    plan.findings.push_back({"qcnl.answer", "The quote provider answers", report::Outcome::warn, address + " is not asked (waived)", "Take qcnl.answer out of waive.", "", ""});
}

void plan_provider_proof(const QuoteProviderFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (!facts.wanted || is_waived(context.settings.answers)) return;
  const sgx::WantedProvider& wanted = *facts.wanted;
  const std::string value = proved_value(wanted);
  if (context.ledger.value(remembered_name) == value && !writes_settings(plan.steps)) return;
  Step step;
  step.id = "provider-answer";
  step.payload = engine::Custom{proof_step, {{"subject", wanted.pccs_url}, {"by", wanted.use_secure_cert ? "request" : "daemon"}}};
  step.why = wanted.use_secure_cert ? "A provider that does not answer would be found out when the first quote is made." : "Only the daemon accepts that certificate, so it is asked to prepare a quote.";
  step.undo = "Nothing to undo: it only asks.";
  step.ownership.clear();
  plan.steps.push_back(std::move(step));
}

Result<engine::Remembered> prove_provider(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
  const std::string& address = step.arguments.at("subject");
  const bool by_daemon = step.arguments.at("by") == "daemon";
  TRY(by_daemon ? ask_daemon_for_quotes(address, host, context.settings.profile.aesm_socket, progress) : ask_provider(address, host, context, progress));
  return engine::Remembered{{remembered_name, address + (by_daemon ? self_signed_mark : "")}};
}

}  // namespace cosigner::stages

#include "installer/stages/aesm_talk.hpp"

#include <algorithm>

#include "sgx/aesm.hpp"

namespace cosigner::stages {
namespace {

constexpr std::chrono::seconds answer_time{10};
constexpr std::chrono::minutes quote_answer_time{4};  // the library asks an unreachable provider seven times, with ten seconds between, and each has its own time-out
constexpr std::chrono::milliseconds pause{1000};

Result<std::string> exchange(const host::NetworkView& network, const std::string& socket, const std::string& question, std::chrono::seconds limit = answer_time) {
  auto answer = network.exchange(socket, question, sgx::aesm_answer_limit, limit);
  if (answer) return std::move(*answer);
  Error error = make_error("sgx.aesm_silent", "the SGX service daemon does not answer on " + socket,
                           "Look at `journalctl -u aesmd`, and run `cosigner setup` again when the daemon is up.");
  error.retryable = true;
  error.cause = std::make_shared<const Error>(std::move(answer).error());
  return error;
}

}  // namespace

Result<DaemonAnswer> ask_daemon(const host::NetworkView& network, const std::string& socket) {
  DaemonAnswer out;
  out.key_count = TRY(sgx::read_key_count(TRY(exchange(network, socket, sgx::ask_key_count()))));
  if (out.key_count > 0) {
    const auto ids = TRY(sgx::read_key_ids(TRY(exchange(network, socket, sgx::ask_key_ids(out.key_count)))));
    out.offers_ecdsa = std::any_of(ids.begin(), ids.end(), [](const auto& id) { return id.algorithm == sgx::algorithm_ecdsa_p256; });
  }
  if (out.offers_ecdsa) return out;
  const auto row = sgx::explain_aesm_code(38);
  return make_error("sgx.aesm_error", "the SGX service daemon offers " + std::to_string(out.key_count) + " keys, none of them for ECDSA P-256", std::string(row.remedy));
}

Result<QuoteReadiness> look_at_init_quote(const host::NetworkView& network, const std::string& socket) {
  const DaemonAnswer known = TRY(ask_daemon(network, socket));
  for (const auto& id : TRY(sgx::read_key_ids(TRY(exchange(network, socket, sgx::ask_key_ids(known.key_count)))))) {
    if (id.algorithm != sgx::algorithm_ecdsa_p256) continue;
    const auto answer = exchange(network, socket, sgx::ask_init_quote(id.bytes), quote_answer_time);
    QuoteReadiness out;
    out.is_silent = !answer.ok() || answer->empty();
    out.code = answer ? sgx::error_code_in(*answer) : 0;
    const Status read = answer ? sgx::read_init_quote(*answer) : Status(answer.error());
    if (!read) out.error = read.error();
    return out;
  }
  return make_error("sgx.aesm_malformed", "the SGX service daemon names other keys than a moment ago", "Run the command again.");
}

Status ask_init_quote(const host::NetworkView& network, const std::string& socket) {
  QuoteReadiness seen = TRY(look_at_init_quote(network, socket));
  if (seen.error) return std::move(*seen.error);
  return {};
}

Status wait_for_daemon(host::Host& host, const std::string& socket, std::chrono::seconds limit, const host::ProgressSink& progress) {
  const auto end = host.clock().monotonic() + limit;
  for (;;) {
    const auto answer = ask_daemon(host.network(), socket);
    if (answer) return {};
    if (host.clock().monotonic() >= end) return answer.error();
    if (progress) progress({"waiting for the SGX service daemon", 0, std::nullopt, std::nullopt});
    TRY(host.wait().sleep(pause));
  }
}

}  // namespace cosigner::stages

// The daemon as it answers on its socket.
#include <algorithm>

#include "installer/checks/aesm.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"
#include "sgx/aesm.hpp"

namespace cosigner::checks {
namespace {

constexpr std::chrono::seconds answer_time{2};
constexpr std::chrono::seconds quote_time{8};

/// What its codes come from, as rows of the catalogue (facts, section 6.3).
Rows rows_of(std::uint32_t code) {
  switch (code) {
    case 1: return {"E15"};
    case 2:
    case 24: return {"D4"};
    case 6: return {"B18"};
    case 12: return {"E4", "D21"};
    case 16: return {"D18"};
    case 20: return {"D19"};
    case 22: return {"E9"};
    case 30: return {"D8"};
    case 38: return {"D9"};
    case 40: return {"B10"};
    case 41: return {"E1"};
    case 44: return {"E6", "E7"};
    default: return {};
  }
}

/// `answer`: what the error was read from, when there was an answer.
Observation refused(const Error& error, std::string_view answer = {}) {
  if (error.code == "sgx.aesm_error") return failed(error.message, error.remedy, rows_of(sgx::error_code_in(answer)));
  if (error.code == "sgx.aesm_malformed") return failed(error.message, error.remedy, {"D12"});
  if (error.code == "network.refused" || error.code == "network.unreachable")
    return failed("nobody answers on the socket: " + error.message, remedy("aesm_restart"), {"D1"});
  if (error.code == "host.permission_denied") return unknown("this user may not speak to the daemon");
  return failed("the daemon does not answer: " + error.message, remedy("aesm_restart"), {"D1"});
}

Result<std::string> ask(const host::HostView& host, const profile::Settings& settings, const std::string& question,
                        std::chrono::seconds limit) {
  return host.network().exchange(settings.profile.aesm_socket, question, sgx::aesm_answer_limit, limit);
}

Result<std::vector<sgx::KeyId>> key_ids(const host::HostView& host, const profile::Settings& settings) {
  const auto count = TRY(sgx::read_key_count(TRY(ask(host, settings, sgx::ask_key_count(), answer_time))));
  if (count == 0) return std::vector<sgx::KeyId>();
  return sgx::read_key_ids(TRY(ask(host, settings, sgx::ask_key_ids(count), answer_time)));
}

const sgx::KeyId* find_ecdsa(const std::vector<sgx::KeyId>& ids) {
  const auto found =
      std::find_if(ids.begin(), ids.end(), [](const auto& id) { return id.algorithm == sgx::algorithm_ecdsa_p256; });
  return found == ids.end() ? nullptr : &*found;
}

}  // namespace

Observation look_at_aesm_answer(const host::HostView& host, const profile::Settings& settings) {
  const auto answer = ask(host, settings, sgx::ask_key_count(), answer_time);
  if (!answer) return refused(answer.error());
  const auto count = sgx::read_key_count(*answer);
  if (!count) return refused(count.error(), *answer);
  return passed("it offers " + counted(*count, "key"));
}

Observation look_at_aesm_ecdsa(const host::HostView& host, const profile::Settings& settings) {
  const auto ids = key_ids(host, settings);
  if (!ids) return refused(ids.error());
  if (find_ecdsa(*ids) != nullptr) return passed("it quotes with ECDSA P-256");
  return failed("it offers " + counted(static_cast<long long>(ids->size()), "key") + ", none for ECDSA P-256",
                remedy("aesmd_ecdsa"), {"D9"});
}

Observation look_at_aesm_quote(const host::HostView& host, const profile::Settings& settings) {
  const auto ids = key_ids(host, settings);
  if (!ids) return refused(ids.error());
  const auto* key = find_ecdsa(*ids);
  if (key == nullptr) return unknown("there is no key to ask with");
  const auto answer = ask(host, settings, sgx::ask_init_quote(key->bytes), quote_time);
  if (!answer) return refused(answer.error());
  const auto done = sgx::read_init_quote(*answer);
  if (!done) return refused(done.error(), *answer);
  return passed("Intel's production enclaves were loaded and can prepare a quote");
}

}  // namespace cosigner::checks

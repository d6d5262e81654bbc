#include "pairing/outcome.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "pairing/token.hpp"

namespace cosigner::pairing {
namespace {

struct Row {
  std::vector<std::string_view> fragments;  // all of them, in one line
  KnownLine line;
};

KnownLine unreachable(std::string what) {
  return {"pairing.gateway_unreachable", std::move(what), "Open the way from this machine to the environment's mobile gateway on port 443 (`cosigner profile show` names it), then run the command again."};
}

KnownLine refused(std::string what) { return {"pairing.token_refused", std::move(what), fresh_token_remedy}; }

/// By rank: what stands first explains what stands later.
std::vector<Row> reachability_rows() {
  return {
      {{"Couldn't resolve host"}, unreachable("the name of the mobile gateway has no address inside the container")},
      {{"Could not resolve"}, unreachable("the name of the mobile gateway has no address inside the container")},
      {{"Connection refused"}, unreachable("the mobile gateway refused the connection")},
      {{"certificate verify failed"}, unreachable("the certificate of the mobile gateway is not trusted: something in between re-signs TLS")},
      {{"timed out"}, unreachable("the mobile gateway did not answer in time")},
      {{"/pair_device", "http status 0"}, unreachable("the mobile gateway did not answer")},
      {{"/pair_device", "http status 403"}, unreachable("a firewall or proxy between here and the mobile gateway refused the request (403)")},
      {{"/pair_device", "http status 502"}, unreachable("the mobile gateway is out of order (502)")},
      {{"/pair_device", "http status 504"}, unreachable("the mobile gateway is out of order (504)")},
  };
}

std::vector<Row> refusal_rows() {
  return {
      // Facts O2: the refresh token of a device that was unpaired or paired anew is worth nothing from then on.
      {{"/access_token", "http status 401"},
       {"pairing.revoked", "the gateway calls this device revoked: its user was re-enrolled or paired elsewhere since",
        "Re-enrol the API user in the Console, copy its fresh pairing token and run `sudo cosigner pair`."}},
      {{"Failed to pair device", "409"},
       {"pairing.already_paired", "the gateway says that this user is paired already",
        "Unpair (re-enrol) the API user in the Console, or use another user, then pair with its fresh token."}},
      {{"Failed to pair device", "401"}, refused("the gateway refused the token: it has ended or was used before (401)")},
      {{"Failed to pair device", "410"}, refused("the gateway refused the token: it has ended or was used before (410)")},
      {{"Failed to pair device", "400"}, refused("the gateway calls the request malformed (400): the token was perhaps cut short when it was copied")},
      {{"Failed to pair device", "500"}, refused("the gateway answered 500 to every try: the token has ended, or the gateway is out of order")},
      {{"Failed to pair device"}, refused("the gateway refused to pair")},
      {{"the pairing token is malformed"}, refused("the co-signer calls the token malformed")},
      {{"ailed to download loader enclave", "401"}, {"pairing.not_first_user", "the loader enclave was refused: the API user is not marked as the first user on this machine", "Create a new API user with the mark \"first user on this machine\" in the Console and pair with its token."}},
      {{"ailed to download loader", "401"}, {"pairing.not_first_user", "the loader enclave was refused: the API user is not marked as the first user on this machine", "Create a new API user with the mark \"first user on this machine\" in the Console and pair with its token."}},
      {{"failed attestation"}, {"attest.refused", "the vendor's service refused this platform's attestation", "Update firmware and microcode, turn hyper-threading off if the advisory asks for it, reboot, then run the command again."}},
      {{"the database exists already"}, {"pairing.already_paired", "the database of an earlier pairing is there", "Run `cosigner setup` again: it takes an existing pairing over."}},
  };
}

std::vector<Row> machine_rows() {
  return {
      {{"status code = 28"}, {"pairing.failed", "the disk is full", "Free space below /databases, then run the command again."}},
      {{"cannot write the database"}, {"pairing.failed", "the co-signer cannot write its database", "Check space and owner (2000:2000) below /databases/cosigner, then run the command again."}},
      {{"Failed to load enclave"}, {"pairing.failed", "the enclave cannot be loaded", "Run `cosigner setup` again and mend what its stages hardware and sgx-packages name."}},
      {{"wrong digest or signature"}, {"pairing.failed", "a downloaded enclave is not what the vendor signed", "Check for a proxy that changes downloads, then run the command again."}},
      {{"queue is full"}, {"pairing.failed", "the co-signer is overloaded", "Cancel pending transactions in the Console and give the machine more CPU."}},
      {{"does not match pinned public key"}, {"callback.changed", "the callback handler shows another certificate than the pinned one", "Put the handler's present certificate into the answers and run `cosigner setup` again."}},
      {{"sgx_enclave"}, {"pairing.failed", "the enclave device is not usable inside the container", "Run `cosigner setup` again and mend what its stages hardware and sgx-packages name."}},
      {{"sgx/enclave"}, {"pairing.failed", "the enclave device is not usable inside the container", "Run `cosigner setup` again and mend what its stages hardware and sgx-packages name."}},
  };
}

const std::vector<Row>& table() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> all = reachability_rows();
    for (const auto& more : {refusal_rows(), machine_rows()}) all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return rows;
}

bool has_all(std::string_view line, const std::vector<std::string_view>& fragments) {
  return std::all_of(fragments.begin(), fragments.end(), [&](std::string_view part) { return line.find(part) != std::string_view::npos; });
}

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '+' || c == '/' || c == '=';
}

std::string_view last_line_with(const Untrusted& log, std::string_view level) {
  std::string_view last;
  for (const std::string_view line : lines_of(log.raw())) {
    if (line.find(level) != std::string_view::npos) last = line;
  }
  return last;
}

std::string fate_of_token(const std::string& code) {
  if (code == "pairing.gateway_unreachable") return "The token was not spent.";
  if (code == "pairing.token_refused" || code == "pairing.already_paired") return "The token is of no use any more.";
  return "The token may be spent.";
}

}  // namespace

std::optional<KnownLine> find_known_line(const Untrusted& log) {
  const std::vector<std::string_view> lines = lines_of(log.raw());
  for (const Row& row : table()) {
    for (const std::string_view line : lines) {
      if (has_all(line, row.fragments)) return row.line;
    }
  }
  return std::nullopt;
}

std::string without_token_like(std::string_view text) {
  constexpr std::size_t longest_word = 40;  // a GUID has 36 characters, a host name seldom more
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_token_character(text[end])) ++end;
    if (end - at > longest_word) {
      out += "[left out]";
    } else {
      out += text.substr(at, std::max<std::size_t>(end - at, 1));
    }
    at = std::max(end, at + 1);
  }
  return out;
}

bool has_fatal_line(const Untrusted& log) { return !last_line_with(log, "FATAL ").empty(); }

std::string last_trouble(const Untrusted& log) {
  std::string_view line = last_line_with(log, "FATAL ");
  if (line.empty()) line = last_line_with(log, "ERROR ");
  return shown(Untrusted(without_token_like(line)), 240);
}

Error enrolment_error(std::optional<int> exit_code, const Untrusted& log) {
  const std::optional<KnownLine> known = find_known_line(log);
  KnownLine cause = known.value_or(KnownLine{"pairing.failed", "the co-signer's executable ended with status " + std::to_string(exit_code.value_or(0)),
                                             "Read /databases/cosigner/log/customer_cosigner.log, mend the cause and run `sudo cosigner pair`."});
  if (!known && !exit_code) cause = {"pairing.timed_out", "the co-signer's executable did not end in time", "Check the network to the mobile gateway, then run `sudo cosigner pair`."};
  std::string message = "pairing failed: " + cause.meaning + ". " + fate_of_token(cause.code);
  const std::string line = last_trouble(log);
  if (!line.empty()) message += " Its log says: " + line;
  Error error = make_error(cause.code, std::move(message), cause.remedy);
  error.retryable = cause.code == "pairing.gateway_unreachable";
  return error;
}

}  // namespace cosigner::pairing

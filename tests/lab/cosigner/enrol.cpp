#include "enrol.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "gateway.hpp"
#include "keys.hpp"
#include "store.hpp"

namespace lab {
namespace {

using nlohmann::json;

constexpr std::array callback_fields{"callbackUrl", "callbackPublicKey", "callbackCert", "callbackRootCA"};
constexpr const char* here = "pairing.cpp(88) lab::pairing::enrol";

json read_document(Journal& journal, const std::string& file) {
  const auto text = read_file(file);
  json document = text ? json::parse(*text, nullptr, false) : json();
  if (!document.is_object()) {
    journal.fatal(here, text ? "the configuration file is not a JSON object" : "cannot read the configuration file " + file);
    return {};
  }
  return document;
}

std::string text_of(const json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Claim userId of the pairing token; empty when it is no token.
std::string user_of(const std::string& token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  if (first == std::string::npos || second == std::string::npos) return {};
  std::string payload = token.substr(first + 1, second - first - 1);
  for (char& c : payload) c = c == '-' ? '+' : c == '_' ? '/' : c;
  payload.append((4 - payload.size() % 4) % 4, '=');
  const json claims = json::parse(from_base64(payload), nullptr, false);
  return claims.is_object() ? text_of(claims, "userId") : std::string();
}

json pairing_request(const Place& place, const json& document, const std::string& user) {
  json request{{"userId", user},
               {"pairingToken", text_of(document, "pairingToken")},
               {"kind", "SGX"},
               {"version", program_version(place)},
               {"physicalDeviceId", text_of(document, "physicalDeviceId")},
               {"recoveryPublicKey", text_of(document, "recoveryPublicKey")}};
  for (const char* field : callback_fields) request[field] = text_of(document, field);
  return request;
}

// A quote-shaped blob: version 3, report data at its place (48 + 320), nothing signed.
std::string fake_quote(const std::string& report_data) {
  std::string quote(1116, '\0');
  quote[0] = 3;
  quote[2] = 2;
  quote.replace(48 + 320, report_data.size(), report_data);
  return quote;
}

bool attest(Gateway& gateway, Journal& journal, const json& device, const std::string& private_key, json& sealed) {
  const Reply challenge = gateway.call("POST", "/attestation/challenge", json{{"deviceId", device}}.dump());
  const json asked = json::parse(challenge.body, nullptr, false);
  if (!challenge.good || !asked.is_object()) return false;
  const std::string report_data =
      sha256(from_base64(text_of(asked, "nonce")) + public_key_der(private_key)) + std::string(32, '\0');
  const json evidence{{"quote", to_base64(fake_quote(report_data))}, {"publicKey", public_key_pem(private_key)}};
  const Reply verdict = gateway.call("POST", "/attestation/quote", evidence.dump());
  const json said = json::parse(verdict.body, nullptr, false);
  if (!verdict.good || !said.is_object()) {
    journal.fatal("attestation.cpp(130) lab::attestation::attest",
                  "failed attestation, status " + (said.is_object() ? text_of(said, "tcbStatus") : std::string("unknown")) +
                      ", please try microcode update");
    return false;
  }
  sealed = said.value("sealedDbKey", json(""));
  journal.info("attestation.cpp(137) lab::attestation::attest", "attested, TCB status " + text_of(said, "tcbStatus"));
  return true;
}

bool fetch_enclave(const Place& place, Gateway& gateway, Journal& journal, const std::string& kind, const std::string& target) {
  const Reply reply = gateway.call("GET", "/enclave/" + kind + "?version=" + program_version(place), "", 120);
  if (!reply.good) {
    journal.fatal("enclave.cpp(61) lab::enclave::fetch",
                  "Failed to download " + kind + " enclave, http status " + std::to_string(reply.status));
    return false;
  }
  const auto header = [&](const char* name) {
    const auto it = reply.raw.headers.find(name);
    return it == reply.raw.headers.end() ? "" : it->second;
  };
  const auto key = read_file(place.lab_file("vendor.pem"));
  const bool good = header("digest") == "sha-256=" + to_base64(sha256(reply.body)) && key &&
                    signature_holds(*key, reply.body, from_base64(header("x-signature")));
  if (!good) {
    journal.fatal("enclave.cpp(70) lab::enclave::fetch", kind + " enclave has a wrong digest or signature");
    return false;
  }
  return write_file(target, reply.body, 0640);
}

bool fetch_enclaves(const Place& place, Gateway& gateway, Journal& journal) {
  return fetch_enclave(place, gateway, journal, "loader", place.loader()) &&
         fetch_enclave(place, gateway, journal, "main", place.enclave());
}

// Pair one user; its device record on success, null otherwise.
json pair_user(const Place& place, Gateway& gateway, Journal& journal, const json& document) {
  const std::string user = user_of(text_of(document, "pairingToken"));
  if (user.empty()) {
    journal.fatal(here, "the pairing token is malformed");
    return {};
  }
  journal.info(here, "pairing user " + user + " at " + gateway.host());
  const Reply reply = gateway.pair(pairing_request(place, document, user));
  const json said = json::parse(reply.body, nullptr, false);
  if (!reply.good || !said.is_object()) return {};
  json device{{"userId", user},
              {"deviceId", text_of(said, "deviceId")},
              {"refreshToken", text_of(said, "refreshToken")},
              {"workspace", text_of(said, "workspace")}};
  for (const char* field : callback_fields) device[field] = text_of(document, field);
  if (!gateway.log_in(user, text_of(device, "deviceId"), text_of(device, "refreshToken"))) return {};
  return device;
}

bool device_ready(const Place& place, Journal& journal) {
  const std::string problem = enclave_problem(place);
  if (!problem.empty()) journal.fatal("enclave.cpp(22) lab::enclave::load", problem);
  return problem.empty();
}

}  // namespace

bool run_initial(const Place& place, Journal& journal, const std::string& file) {
  const json document = read_document(journal, file);
  if (document.is_null() || !device_ready(place, journal)) return false;
  if (load_store(place)) {
    journal.fatal(here, "the database exists already, a further user is enrolled with --enroll-new-device");
    return false;
  }
  Gateway gateway(place, journal);
  const json device = pair_user(place, gateway, journal, document);
  if (device.is_null()) return false;
  json store{{"privateKey", make_private_key()},
             {"physicalDeviceId", text_of(document, "physicalDeviceId")},
             {"users", json::array({device})}};
  json sealed;
  if (!attest(gateway, journal, device["deviceId"], text_of(store, "privateKey"), sealed)) return false;
  if (!fetch_enclaves(place, gateway, journal)) return false;
  store["sealedDbKey"] = sealed;
  if (!save_store(place, store)) {
    journal.fatal(here, "IO Exception: cannot write the database");
    return false;
  }
  journal.info(here, "initialized, MPC setup waits for the workspace Owner's approval");
  return true;
}

bool run_enrol(const Place& place, Journal& journal, const std::string& file) {
  const json document = read_document(journal, file);
  auto store = load_store(place);
  if (document.is_null() || !store || store->is_null() || !device_ready(place, journal)) {
    journal.fatal(here, "cannot enrol: no configuration, no database or no enclave");
    return false;
  }
  Gateway gateway(place, journal);
  const json device = pair_user(place, gateway, journal, document);
  if (device.is_null()) return false;
  json others = json::array();
  for (const auto& user : (*store)["users"]) {
    if (user["userId"] != device["userId"]) others.push_back(user);
  }
  others.push_back(device);
  (*store)["users"] = others;
  journal.info(here, "enrolled user " + text_of(device, "userId"));
  return save_store(place, *store);
}

bool run_update(const Place& place, Journal& journal, const std::string& file) {
  const json document = read_document(journal, file);
  auto store = load_store(place);
  if (document.is_null() || !store || store->is_null()) return false;
  const std::string wanted = text_of(document, "userId");
  auto& users = (*store)["users"];
  if (wanted.empty() && users.size() != 1) {
    journal.error(here, "multiple users, please specify user id");
    return false;
  }
  for (auto& user : users) {
    if (!wanted.empty() && user["userId"] != wanted) continue;
    json change = json::object();
    for (const char* field : callback_fields) user[field] = change[field] = text_of(document, field);
    Gateway gateway(place, journal);
    const std::string id = text_of(user, "userId");
    if (!gateway.log_in(id, text_of(user, "deviceId"), text_of(user, "refreshToken"))) return false;
    if (!gateway.call("PUT", "/devices/" + id + "/callback", change.dump()).good) return false;
    journal.info(here, "callback handler of user " + id + " changed");
    return save_store(place, *store);
  }
  journal.error(here, "no such user");
  return false;
}

}  // namespace lab

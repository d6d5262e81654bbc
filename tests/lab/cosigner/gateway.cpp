#include "gateway.hpp"

#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace lab {
namespace {

constexpr const char* global_host = "mobile-api.fireblocks.io";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string message_of(const Answer& answer) {
  const auto document = nlohmann::json::parse(answer.body, nullptr, false);
  if (document.is_object() && document.value("message", nlohmann::json()).is_string())
    return document["message"].get<std::string>();
  return answer.status == 0 ? answer.problem : "no message";
}

}  // namespace

std::string program_version(const Place& place) {
  const std::string version = lab_setting(place, "version");
  return version.empty() ? "0.0.0" : version;
}

Gateway::Gateway(const Place& place, Journal& journal) : place_(place), journal_(journal) {
  host_ = variable("MOBILE_GATEWAY");
  if (host_.empty()) host_ = lab_setting(place, "gateway");
  if (host_.empty()) host_ = global_host;
  proxy_ = proxy_authority(variable("HTTPS_PROXY"));
}

Answer Gateway::send(const std::string& method, const std::string& path, const std::string& body, int timeout) const {
  const auto table = read_file(place_.lab_file("endpoints"));
  std::map<std::string, std::string> headers{{"User-Agent", "cosigner/" + program_version(place_)}};
  if (!access_token_.empty()) headers["x-access-token"] = access_token_;
  headers["X-Transport"] = variable("WEBSOCKET") == "0" ? "long-polling" : "websocket";
  // The proxy's name has a row of its own in the table, as every name of the lab.
  std::string proxy = proxy_;
  if (!proxy.empty()) {
    const std::size_t colon = proxy.rfind(':');
    const auto row = find_target(table.value_or(""), proxy.substr(0, colon),
                                 colon == std::string::npos ? 80 : std::atoi(proxy.c_str() + colon + 1));
    proxy = row.address + ":" + std::to_string(row.address_port);
  }
  const Https link(find_target(table.value_or(""), host_, 443), place_.lab_file("ca.pem"), proxy, timeout);
  return link.request(method, path, headers, body);
}

Reply Gateway::call(const std::string& method, const std::string& path, const std::string& body, int timeout) {
  Reply reply;
  reply.raw = send(method, path, body, timeout);
  reply.status = reply.raw.status;
  reply.body = reply.raw.body;
  reply.good = reply.status == 200;
  if (!reply.good) {
    journal_.error("gateway.cpp(72) lab::gateway::call", method + " " + path + " at " + host_ + ": http status " +
                                                             std::to_string(reply.status) + ", " + message_of(reply.raw));
  }
  return reply;
}

Reply Gateway::pair(const nlohmann::json& request) {
  Reply reply;
  for (const unsigned pause : {0U, 1U, 2U, 4U}) {
    sleep(pause);
    reply = call("POST", "/pair_device", request.dump());
    if (reply.status != 500) break;
  }
  if (!reply.good) {
    journal_.fatal("pairing.cpp(41) lab::pairing::pair", "Failed to pair device, HTTP status " + std::to_string(reply.status));
  }
  return reply;
}

bool Gateway::log_in(const std::string& user, const std::string& device, const std::string& refresh_token) {
  const nlohmann::json request{{"userId", user}, {"deviceId", device}, {"refreshToken", refresh_token}};
  const Reply reply = call("POST", "/access_token", request.dump());
  const auto document = nlohmann::json::parse(reply.body, nullptr, false);
  if (!reply.good || !document.is_object() || !document.value("accessToken", nlohmann::json()).is_string()) return false;
  access_token_ = document["accessToken"].get<std::string>();
  return true;
}

}  // namespace lab

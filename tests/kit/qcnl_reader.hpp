// Reads a quote provider's configuration as the library that goes by it does, by a grammar of its own: what this program writes is held to it,
// and not to the program's own reader (facts, section 7).
//
// JSON with // and /* */ comments, nothing before the brace, no trailing comma, no control character in a text, nothing behind the last
// brace; keys are case-sensitive, a value of another kind counts as absent; what is no such JSON is read as lines KEY=VALUE.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cosigner::kit {

struct QcnlAsRead {
  bool is_json = false;
  std::string trouble;  // why it is no JSON
  bool has_comments = false;
  std::string pccs_url = "https://localhost:8081/sgx/certification/v4/";
  bool use_secure_cert = true;
  std::string collateral_service;  // empty: where pccs_url is
  std::string tcb_update_type = "standard";
  bool is_refused = false;  // error 0xb030: an update type that does not exist
  std::string pccs_api_version = "3.0";
  int retry_times = 0;
  int retry_delay = 0;
  std::string local_pck_url;
  int pck_cache_expire_hours = 168;
  int verify_collateral_cache_expire_hours = 168;
  bool local_cache_only = false;
  std::map<std::string, std::string> get_cert_headers;
  std::map<std::string, std::string> get_cert_params;
};

QcnlAsRead read_as_the_library_does(std::string_view text);

}  // namespace cosigner::kit

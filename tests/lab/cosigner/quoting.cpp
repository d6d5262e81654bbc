#include "quoting.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "https.hpp"
#include "store.hpp"

namespace lab {
namespace {

constexpr const char* here = "attestation.cpp(52) lab::attestation::quote";
constexpr const char* quoting_host = "quoting.lab.example";
constexpr int timeout_seconds = 60;

bool is_report_data(const std::string& text) {
  return text.size() == 128 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

}  // namespace

bool run_quote(const Place& place, Journal& journal, const std::string& report_data) {
  const auto store = load_store(place);
  const std::string problem = enclave_problem(place);
  if (!is_report_data(report_data) || !store || store->is_null() || !problem.empty()) {
    journal.fatal(here, !is_report_data(report_data) ? "not 128 hex digits" : !problem.empty() ? problem : "no database");
    return false;
  }
  // Never by a proxy: it stands for the machine's own hardware.
  const Https link(find_target(read_file(place.lab_file("endpoints")).value_or(""), quoting_host, 443), place.lab_file("ca.pem"),
                   "", timeout_seconds);
  const Answer answer = link.request("POST", "/quote", {}, nlohmann::json{{"reportData", report_data}}.dump());
  const auto said = nlohmann::json::parse(answer.body, nullptr, false);
  if (answer.status != 200 || !said.is_object()) {
    journal.fatal(here, "the quoting enclave gave no quote: " +
                            (answer.status == 0 ? answer.problem : "status " + std::to_string(answer.status)));
    return false;
  }
  std::printf("%s\n", said.value("quote", std::string()).c_str());
  return true;
}

}  // namespace lab

#include "report/error_json.hpp"

#include <nlohmann/json.hpp>

namespace cosigner::report {

using nlohmann::json;

json json_of(const Error& error) {
  json value = {{"code", error.code}, {"message", error.message}, {"remedy", error.remedy}, {"context", error.context}, {"retryable", error.retryable}};
  if (error.cause) value["cause"] = json_of(*error.cause);
  return value;
}

json json_of(const std::optional<Error>& error) { return error ? json_of(*error) : json(); }

json json_of(const Finding& finding) {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? json() : json(text); };
  return {{"id", finding.id},
          {"title", finding.title},
          {"result", name_of(finding.outcome)},
          {"evidence", finding.evidence},
          {"remedy", text_or_null(finding.remedy)},
          {"parent", text_or_null(finding.parent)},
          {"because", text_or_null(finding.because)}};
}

}  // namespace cosigner::report

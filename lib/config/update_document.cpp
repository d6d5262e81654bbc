#include "config/update_document.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace cosigner::config {
namespace {

std::string plain_pem(const std::string& pem) {
  std::string out;
  for (const std::string_view line : lines_of(pem)) {
    if (!trimmed(line).empty()) out += std::string(trimmed(line)) + "\n";
  }
  return out;
}

}  // namespace

std::string write_update_document(const CallbackUpdate& update) {
  nlohmann::json document = {{"callbackUrl", update.url},
                             {"callbackPublicKey", plain_pem(update.public_key)},
                             {"callbackCert", plain_pem(update.certificate)},
                             {"callbackRootCA", plain_pem(update.root_ca)}};
  if (!update.user_id.empty()) document["userId"] = update.user_id;
  return to_json_line(document) + "\n";
}

}  // namespace cosigner::config

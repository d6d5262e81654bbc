#include "pairing/initial_document.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "pairing/token.hpp"

namespace cosigner::pairing {
namespace {

/// PEM with \n line ends and one at the end, however it was pasted.
std::string plain_pem(const std::string& pem) {
  std::string out;
  for (const std::string_view line : lines_of(pem)) {
    if (!trimmed(line).empty()) out += std::string(trimmed(line)) + "\n";
  }
  return out;
}

std::string member(const std::string& name, const std::string& value) {
  return "\"" + name + "\":" + to_json_line(nlohmann::json(value));
}

}  // namespace

Result<Secret> write_initial_document(const InitialDocument& document) {
  TRY(parse_token(document.token));
  if (!is_guid(document.physical_device_id)) {
    return make_error("pairing.document_invalid", "the remembered physical device id is not a GUID",
                      "Restore /var/lib/cosigner/journal.jsonl from a backup.");
  }
  // The token's grammar has no character that JSON escapes, so it goes in as it is: no copy of it stays in a JSON value.
  std::string text = "{\"pairingToken\":\"";
  text.reserve(text.size() + document.token.size() + 32 * 1024);  // no reallocation may leave a copy behind
  text += document.token.reveal("the initial document");
  text += "\"," + member("callbackUrl", document.callback.url);
  text += "," + member("callbackPublicKey", plain_pem(document.callback.public_key));
  text += "," + member("callbackCert", plain_pem(document.callback.certificate));
  text += "," + member("callbackRootCA", plain_pem(document.callback.root_ca));
  text += "," + member("recoveryPublicKey", plain_pem(document.recovery_public_key));
  text += "," + member("physicalDeviceId", document.physical_device_id) + "}\n";
  return Secret(std::move(text));
}

}  // namespace cosigner::pairing

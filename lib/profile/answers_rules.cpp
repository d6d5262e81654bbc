// What must hold between answers.
#include <algorithm>

#include "base/pcs_address.hpp"
#include "profile/answers_json.hpp"
#include "profile/answers_keys.hpp"
#include "profile/reader.hpp"

namespace cosigner::profile {
namespace {

struct Rules {
  ReadAnswers& read;
  const ReadContext context;

  void add(const std::string& key, std::string rule) const {
    std::string pointer = "/" + key;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    context.add(pointer, std::move(rule));
  }
  void need(bool given, const std::string& key, const std::string& because) const {
    if (!given) add(key, "must be given " + because);
  }
  void forbid(bool given, const std::string& key, const std::string& because) const {
    if (given) add(key, "must not be given " + because);
  }
};

void check_callback(const Rules& rules, const CallbackAnswers& callback) {
  if (callback.url.empty()) {
    // An URL that was refused for its form has been told already.
    const bool told = std::any_of(rules.read.problems.begin(), rules.read.problems.end(), [](const Problem& problem) { return problem.key == "callback.url"; });
    return rules.need(told, "callback.url", "with the handler's credentials");
  }
  for (const std::string_view suffix : {"/tx_sign_request", "/config_change_sign_request"}) {
    if (callback.url.size() > suffix.size() && callback.url.find(suffix) != std::string::npos) {
      rules.add("callback.url", "must be the base URL: the co-signer adds the suffix by itself");
    }
  }
  const auto auth = callback.auth;
  const bool hybrid = auth == CallbackAuth::hybrid_certificate || auth == CallbackAuth::hybrid_root_ca;
  const bool wants_key = auth == CallbackAuth::public_key || hybrid;
  const bool wants_certificate = auth == CallbackAuth::certificate || auth == CallbackAuth::hybrid_certificate;
  const bool wants_root = auth == CallbackAuth::root_ca || auth == CallbackAuth::hybrid_root_ca;
  const std::string with = "with callback.auth " + std::string(name_of(auth));
  const bool has_certificate = callback.certificate.is_set() || !callback.fetch_sha256.empty();
  if (wants_key) rules.need(callback.public_key.is_set(), "callback.publicKey", with);
  else rules.forbid(callback.public_key.is_set(), "callback.publicKey", with);
  if (wants_certificate) rules.need(has_certificate, "callback.certificate", with + " (or callback.fetchSha256)");
  else rules.forbid(has_certificate, "callback.certificate", with);
  if (wants_root) rules.need(callback.root_ca.is_set(), "callback.rootCa", with);
  else rules.forbid(callback.root_ca.is_set(), "callback.rootCa", with);
}

void check_image(const Rules& rules, const Answers& answers) {
  const std::string with = "with image.source " + answers.image_source;
  if (answers.image_source == "archive") {
    rules.need(!answers.image_archive.empty(), "image.archive", with);
    rules.need(!answers.image_archive_sha256.empty(), "image.archiveSha256", with);
  }
  if (answers.image_source == "mirror") {
    rules.need(!answers.image_mirror.empty(), "image.mirror", with);
    rules.need(!answers.image_digest.empty(), "image.digest", with);
  }
  const bool typed_ones_are_gone = rules.read.by_program;
  rules.need(typed_ones_are_gone || answers.registry_username.empty() || answers.registry_password.is_set(), "registry.password", "with registry.username");
  const bool wants_pccs = answers.quote_provider == "pccs";
  rules.need(!wants_pccs || !answers.pccs_url.empty(), "sgx.pccsUrl", "with sgx.quoteProvider pccs");
  rules.need(wants_pccs || answers.pccs_url.empty(), "sgx.quoteProvider", "as pccs with sgx.pccsUrl");
  rules.need(!answers.registry_password.is_set() || !answers.registry_username.empty(), "registry.username", "with registry.password");
  rules.need(typed_ones_are_gone || answers.proxy_username.empty() || answers.proxy_password.is_set(), "proxy.password", "with proxy.username");
  rules.need(answers.proxy_username.empty() || !answers.proxy_url.empty(), "proxy.url", "with proxy.username");
}

/// An address that is not as the library wants it would be found out when the daemon quotes for the first time.
void check_pccs(const Rules& rules, const std::string& url) {
  if (url.empty()) return;
  if (is_ended_pcs_address(url)) {
    rules.add("sgx.pccsUrl", "must name version 4 (/sgx/certification/v4/): Intel's version 3 ended on " + std::string(pcs_end_of_v3));
  } else if (!is_pccs_address(url)) {
    rules.add("sgx.pccsUrl", "must end with /sgx/certification/v4/ (or v3/, where the PCCS still speaks it)");
  }
}

void check_sgx(const Rules& rules, const Answers& answers) {
  check_pccs(rules, answers.pccs_url);
  const bool from_outside = answers.sgx_driver == "out-of-tree";
  rules.need(!from_outside || !answers.sgx_driver_file.empty(), "sgx.driverFile", "with sgx.driver out-of-tree");
  rules.need(!from_outside || !answers.sgx_driver_sha256.empty(), "sgx.driverSha256", "with sgx.driver out-of-tree");
  rules.forbid(!from_outside && !answers.sgx_driver_file.empty(), "sgx.driverFile", "without sgx.driver out-of-tree");
  rules.forbid(answers.aesm != "container" && !answers.aesm_digest.empty(), "sgx.aesmDigest", "without sgx.aesm container");
}

/// A block that names neither URL nor credentials (as in the example) is no callback.
void drop_empty_callback(Answers& answers) {
  const auto& callback = answers.callback;
  if (!callback || !callback->url.empty()) return;
  if (callback->public_key.is_set() || callback->certificate.is_set() || callback->root_ca.is_set() || !callback->fetch_sha256.empty()) return;
  answers.callback.reset();
  answers.callback_decided = answers.acknowledge_no_callback;
}

}  // namespace

void check_answers(ReadAnswers& read, const std::string& origin, std::string_view text) {
  const Rules rules{read, {origin, text, read.problems}};
  drop_empty_callback(read.answers);
  const Answers& answers = read.answers;
  if (answers.callback) check_callback(rules, *answers.callback);
  if (answers.callback && answers.acknowledge_no_callback) rules.add("acknowledgeNoCallback", "must not be true when a callback is given");
  check_image(rules, answers);
  check_sgx(rules, answers);
}

}  // namespace cosigner::profile

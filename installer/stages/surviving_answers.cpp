#include "installer/stages/surviving_answers.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/untrusted.hpp"

namespace cosigner::stages {
namespace {

using profile::SecretRef;

/// systemd empties /tmp at each boot, whatever lies below it.
bool is_emptied_by_boot(const host::HostView& host, const std::string& file) {
  const Path path(file);
  if (path.is_within("/tmp")) return true;
  const auto mount = host.files().mount_of(path);
  return mount.ok() && (mount->type == "tmpfs" || mount->type == "ramfs" || mount->type == "devtmpfs");
}

class Survey {
 public:
  Survey(const profile::Settings& settings, const host::HostView& host) : host_(host) { out_.answers = settings.answers; }

  void secret(const char* key, SecretRef& reference) {
    const std::string why = why_lost(reference);
    if (why.empty()) return;
    lose(key, why);
    reference = {};
  }
  /// Not secret: what lies on such a file can be kept itself.
  void text(const std::string& key, profile::TextRef& reference) {
    if (!reference.text.empty() || reference.file.empty() || !is_emptied_by_boot(host_, reference.file)) return;
    auto read = profile::open_text(reference, host_);
    if (read.ok()) {
      reference.text = std::move(read).value();
    } else {
      lose(key, on_such_file(reference.file));
    }
  }
  void file(const char* key, const std::string& path) {
    if (!path.empty() && is_emptied_by_boot(host_, path)) lose(key, on_such_file(path));
  }
  void lose(const std::string& key, const std::string& why) { out_.lost.push_back(key + " (" + why + ")"); }
  SurvivingAnswers& out() { return out_; }

 private:
  static std::string on_such_file(const std::string& path) { return shown(Untrusted(path), 120) + " is gone after a boot"; }

  /// Nobody is behind the run after the reboot, so that no secret of somebody else's is opened then.
  std::string why_file_is_lost(const std::string& file) const {
    if (is_emptied_by_boot(host_, file)) return on_such_file(file);
    const auto stat = host_.files().stat(file);
    if (!stat.ok() || !*stat || (*stat)->attributes.owner.uid == 0) return {};
    return shown(Untrusted(file), 120) + " belongs to user " + std::to_string((*stat)->attributes.owner.uid) + "; after the reboot only root's are believed";
  }

  std::string why_lost(const SecretRef& reference) const {
    switch (reference.kind) {
      case SecretRef::Kind::none: return {};
      case SecretRef::Kind::file: return why_file_is_lost(reference.where);
      case SecretRef::Kind::credential: return "a credential of the unit that started this run";
      case SecretRef::Kind::env: return "came from the environment";
      case SecretRef::Kind::literal: return "stands in the answers themselves";
      case SecretRef::Kind::given: return reference.where.empty() ? "was typed" : "came from the environment";
    }
    return {};
  }

  const host::HostView& host_;
  SurvivingAnswers out_;
};

void drop(std::vector<std::string>& names, std::string_view name) { names.erase(std::remove(names.begin(), names.end(), name), names.end()); }

}  // namespace

SurvivingAnswers surviving_answers(const profile::Settings& settings, const host::HostView& host) {
  Survey survey(settings, host);
  profile::Answers& answers = survey.out().answers;
  if (answers.pairing_token.is_set()) survey.lose("pairing.token", "a token is never kept; give a fresh one to `cosigner pair`");
  answers.pairing_token = {};
  survey.secret("registry.password", answers.registry_password);
  survey.secret("proxy.password", answers.proxy_password);
  survey.text("tls.extraCa", answers.extra_ca);
  if (answers.callback) {
    survey.text("callback.publicKey", answers.callback->public_key);
    survey.text("callback.certificate", answers.callback->certificate);
    survey.text("callback.rootCa", answers.callback->root_ca);
  }
  survey.file("image.archive", answers.image_archive);
  survey.file("sgx.driverFile", answers.sgx_driver_file);
  survey.file("attestation.policy", answers.attestation_policy);
  // Flags that are words of one run, and no answers: what was accepted because of them would be an answer that nothing needs.
  if (!settings.downgrade_reason.empty()) survey.lose("--allow-downgrade", "a word of this run alone");
  if (settings.new_platform) survey.lose("--new-platform", "a word of this run alone");
  // The environment's proxy is about downloads alone; kept as an answer it would be read back as the container's, too.
  const auto origin = settings.origins.find("proxy.url");
  if (origin != settings.origins.end() && origin->second.rfind("environment ", 0) == 0) answers.container_proxy_decided = true;
  drop(answers.accept_weaker, "image.downgrade");
  drop(answers.accept_weaker, "attestation.new_platform");
  return std::move(survey.out());
}

std::string profile_note(const profile::Settings& settings) { return sha256_hex(settings.profile_text) + " " + settings.profile.origin; }

}  // namespace cosigner::stages

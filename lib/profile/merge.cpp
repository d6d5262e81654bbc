#include "profile/merge.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "profile/answers_keys.hpp"
#include "profile/forms.hpp"
#include "profile/profile_json.hpp"
#include "profile/weakenings.hpp"

namespace cosigner::profile {
namespace {

class Merger {
 public:
  explicit Merger(Merged& out) : out_(out) {}

  /// A text that stands for the answer `key`; checked by the same rules.
  void give(std::string_view name, const std::string& text, const std::string& origin) {
    if (!is_allowed(name, text, origin)) return;
    AnswerValue value;
    value.text = text;
    find_answer_key(name)->set(out_.settings.answers, std::move(value));
    out_.settings.origins[std::string(name)] = origin;
  }

  /// A text that was given and keeps the rules of the answer `name`.
  bool is_allowed(std::string_view name, const std::string& text, const std::string& origin) {
    const AnswerKey* key = find_answer_key(name);
    if (text.empty() || key == nullptr) return false;
    const bool good = is_good(*key, text);
    if (!good) problem(origin, rule_of(*key));
    return good;
  }

  void add_each(std::string_view name, const std::vector<std::string>& texts, std::vector<std::string>& to, const std::string& origin) {
    const AnswerKey* key = find_answer_key(name);
    for (const auto& text : texts) {
      if (!is_good(*key, text)) problem(origin, rule_of(*key));
      else if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
    }
    if (!texts.empty()) out_.settings.origins[std::string(name)] = origin;
  }

  void problem(const std::string& origin, std::string rule) { out_.problems.push_back({origin, 0, "", std::move(rule)}); }

 private:
  static bool is_good(const AnswerKey& key, const std::string& text) {
    if (key.type != KeyType::choice) return key.has_form == nullptr || key.has_form(text);
    const auto words = split(key.words, ' ');
    return std::find(words.begin(), words.end(), std::string_view(text)) != words.end();
  }
  static std::string rule_of(const AnswerKey& key) {
    if (key.type != KeyType::choice) return std::string(key.form);
    std::vector<std::string> words;
    for (const auto word : split(key.words, ' ')) words.emplace_back(word);
    return "must be one of: " + joined(words, ", ");
  }

  Merged& out_;
};

std::string first_set(const std::map<std::string, std::string>& environment, const std::vector<std::string>& names, std::string& name_found) {
  for (const auto& name : names) {
    const auto found = environment.find(name);
    if (found != environment.end() && !found->second.empty()) {
      name_found = name;
      return found->second;
    }
  }
  return {};
}

void take_environment(const std::map<std::string, std::string>& environment, Merged& out, Merger& merger) {
  std::string name;
  const std::string proxy = first_set(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}, name);
  Answers& answers = out.settings.answers;
  const std::string container = answers.container_proxy_url;
  merger.give("proxy.url", proxy, "environment " + name);
  answers.container_proxy_url = container;  // the environment is about downloads of this run only
  const std::string direct = first_set(environment, {"no_proxy", "NO_PROXY"}, name);
  if (direct.empty()) return;
  answers.no_proxy.clear();
  for (const auto part : split(direct, ',')) {
    if (const auto host = trimmed(part); !host.empty()) answers.no_proxy.emplace_back(host);
  }
  out.settings.origins["proxy.noProxy"] = "environment " + name;
}

void resolve_env_secret(const std::map<std::string, std::string>& environment, const std::string& key, SecretRef& reference, Merged& out) {
  if (reference.kind != SecretRef::Kind::env) return;
  const auto found = environment.find(reference.where);
  if (found == environment.end() || found->second.empty()) {
    const auto origin = out.settings.origins.find(key);
    out.problems.push_back({origin == out.settings.origins.end() ? "answers" : origin->second, 0, key, "the environment variable it names is not set"});
    return;
  }
  std::string copy = found->second;
  reference.kind = SecretRef::Kind::given;
  reference.value = Secret(std::move(copy));
}

void take_flags(const Flags& flags, Merged& out, Merger& merger) {
  Settings& settings = out.settings;
  merger.give("image.revision", flags.revision, "REVISION");
  // Words of a run and no answers: what was once allowed in a maintenance window must not be allowed for ever.
  if (merger.is_allowed("maxDisruption", flags.max_disruption, "--max-disruption")) settings.max_disruption = flags.max_disruption;
  settings.reboot = flags.reboot;
  merger.give("proxy.url", flags.proxy, "--proxy");
  merger.give("registry.username", flags.registry_user, "--registry-user");
  merger.add_each("waive", flags.waive, settings.answers.waive, "--waive");
  merger.add_each("sgx.repository.keyFingerprints", flags.key_fingerprints, settings.answers.key_fingerprints, "--key-fingerprint");
  for (const auto& digest : flags.accepted_digests) {
    const std::string full = digest.rfind("sha256:", 0) == 0 ? digest : "sha256:" + digest;
    if (!is_digest(full)) merger.problem("--accept-digest", "must be 64 lower-case hex digits, with or without sha256:");
    settings.accepted_digests.push_back(full);
  }
  if (!flags.registry_password_file.empty()) {
    settings.answers.registry_password = SecretRef{SecretRef::Kind::file, flags.registry_password_file, {}};
    settings.origins["registry.password"] = "--registry-password-file";
    if (!is_absolute_path(flags.registry_password_file)) merger.problem("--registry-password-file", "must be an absolute path");
  }
  const bool by_vendor = settings.profile.enclave.mode != "quote";
  if (by_vendor && !settings.answers.attestation_policy.empty())
    merger.problem("attestation.policy", "is of no use with this profile: attestation is left to the vendor, and this program judges no quote");
  if (by_vendor && flags.new_platform)
    merger.problem("--new-platform", "is of no use with this profile: attestation is left to the vendor, and no platform is pinned");
  if (!flags.downgrade_reason.empty() && !is_reason(flags.downgrade_reason)) {
    merger.problem("--allow-downgrade",
                   "must be a reason in words, of 3 to 200 printable characters, none of the words longer than 40: it is kept in "
                   "the journal");
  }
  settings.downgrade_reason = flags.downgrade_reason;
  settings.new_platform = flags.new_platform;
}

}  // namespace

Merged merge(const Profile& profile, ReadAnswers answers, const std::map<std::string, std::string>& environment, const Flags& flags) {
  Merged out;
  out.settings.profile = profile;
  out.settings.answers = std::move(answers.answers);
  out.settings.origins = std::move(answers.origins);
  out.settings.answers_sha256 = answers.sha256;
  out.problems = std::move(answers.problems);
  out.notes = std::move(answers.notes);
  Merger merger(out);
  take_environment(environment, out, merger);
  resolve_env_secret(environment, "registry.password", out.settings.answers.registry_password, out);
  resolve_env_secret(environment, "proxy.password", out.settings.answers.proxy_password, out);
  take_flags(flags, out, merger);
  return out;
}

Status judge_weakenings(Settings& settings, const std::string& origin, std::vector<Problem>& problems) {
  const Profile built_in = TRY(builtin_profile(settings.profile.base));
  settings.weakenings = find_weakenings(settings, built_in);
  if (!settings.unattended) return {};
  for (auto& problem : check_accepted(settings.weakenings, settings.answers, origin)) problems.push_back(std::move(problem));
  return {};
}

}  // namespace cosigner::profile

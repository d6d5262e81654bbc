#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "profile/forms.hpp"
#include "profile/secret_owner.hpp"
#include "profile/settings.hpp"

#include "host/host.hpp"

namespace cosigner::profile {
namespace {

constexpr std::size_t limit = 64 * 1024;

std::function<void(const Secret&)>& watcher_of_secrets() {
  static std::function<void(const Secret&)> watcher;
  return watcher;
}

std::optional<std::uint32_t>& other_owner() {
  static std::optional<std::uint32_t> uid;
  return uid;
}

Error unreadable(const std::string& what, const std::string& why) {
  return make_error("answers.secret_unreadable", "the secret in " + what + " " + why, "Put the secret into that file again, with mode 0600.");
}

Error unsafe(const std::string& what, const std::string& why) {
  return make_error("answers.secret_unsafe", "the secret in " + what + " " + why, "Keep it in a regular file of root, or of yourself, with mode 0600.");
}

Status check_secret_file(const host::FileStat& stat, const std::string& what, bool is_credential) {
  if (stat.kind != host::FileKind::regular) return unsafe(what, "is not in a regular file");
  if (stat.links != 1) return unsafe(what, "has more than one name (hard links)");
  if (stat.size > limit) return unsafe(what, "is larger than 64 KiB");
  const std::uint32_t owner = stat.attributes.owner.uid;
  if (owner != 0 && owner != other_owner()) return unsafe(what, "belongs to user " + std::to_string(owner));
  // systemd gives credentials as 0400 or 0440 of root in a directory that only the unit sees.
  const std::uint32_t forbidden = is_credential ? 0027u : 0077u;
  if ((stat.attributes.mode.bits & forbidden) != 0) return unsafe(what, "can be read by others");
  return {};
}

Result<Secret> read_secret_file(const Path& path, const host::HostView& host, const std::string& what, bool is_credential) {
  const auto before = TRY(host.files().stat(path));
  if (!before) return unreadable(what, "is not there");
  TRY(check_secret_file(*before, what, is_credential));
  auto bytes = TRY(host.files().read(path, limit));
  const auto after = TRY(host.files().stat(path));
  // The walker opens anew for each call: a file that was swapped in between is refused.
  const bool same = after && after->size == before->size && after->modified == before->modified && after->attributes == before->attributes;
  if (!bytes || !same) return unreadable(what, "changed while it was read");
  while (!bytes->empty() && (bytes->back() == '\n' || bytes->back() == '\r')) bytes->pop_back();
  if (bytes->empty()) return unreadable(what, "is empty");
  return Secret(std::move(*bytes));
}

Result<Secret> open_reference(const SecretRef& reference, const host::HostView& host, const std::string& credentials_directory) {
  switch (reference.kind) {
    case SecretRef::Kind::given:
    case SecretRef::Kind::literal: return reference.value;
    case SecretRef::Kind::file: return read_secret_file(reference.where, host, shown(Untrusted(reference.where)), false);
    case SecretRef::Kind::credential:
      if (credentials_directory.empty() || !is_revision(reference.where)) return unreadable("the credential " + shown(Untrusted(reference.where)), "was not given to this unit");
      return read_secret_file(Path(credentials_directory) / reference.where, host, "the credential " + reference.where, true);
    case SecretRef::Kind::env:
    case SecretRef::Kind::none: break;
  }
  return make_error("answers.secret_unreadable", "no secret was given", "Give it in the answers file or at the prompt.");
}

}  // namespace

void watch_opened_secrets(std::function<void(const Secret&)> watcher) { watcher_of_secrets() = std::move(watcher); }

void believe_secret_files_of(std::optional<std::uint32_t> uid) { other_owner() = uid; }

Result<Secret> open_secret(const SecretRef& reference, const host::HostView& host, const std::string& credentials_directory) {
  auto secret = open_reference(reference, host, credentials_directory);
  if (secret.ok() && watcher_of_secrets()) watcher_of_secrets()(*secret);
  return secret;
}

Error secret_needed(const std::string& key) {
  return make_error("answers.secret_needed", key + " is needed, and was not kept: what is typed, comes from the environment or a credential, or lies in a file that is not root's, is not",
                    "Run `sudo cosigner setup` at a terminal: it asks for " + key + ".");
}

Secret proxy_with_login(const Answers& answers, const Secret& password) {
  std::string url = answers.proxy_url;
  if (answers.proxy_username.empty()) return Secret(std::move(url));
  std::string login = to_url_component(answers.proxy_username) + ":" + to_url_component(password.reveal("the login of the operator's proxy")) + "@";
  url.insert(url.find("://") + 3, login);
  wipe_text(login);
  return Secret(std::move(url));
}

Result<std::string> open_text(const TextRef& reference, const host::HostView& host) {
  if (!reference.text.empty()) return reference.text;
  const std::string name = shown(Untrusted(reference.file));
  auto bytes = host.files().read(reference.file, limit);
  if (!bytes.ok()) {
    Error error = make_error("answers.file_unreadable", name + " cannot be read", "Give the path of a regular file of root, of at most 64 KiB.");
    error.cause = std::make_shared<const Error>(std::move(bytes).error());
    return error;
  }
  if (!*bytes) return make_error("answers.file_unreadable", name + " does not exist", "Give the path of an existing file.");
  return **bytes;
}

}  // namespace cosigner::profile

// What the operator decides: the answers file's schema as types (contracts, section 5). Secrets are references.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"

namespace cosigner::profile {

/// Where a secret is. `given` is one that was typed at a prompt, read from standard input or taken from the environment at start.
struct SecretRef {
  enum class Kind { none, file, credential, env, literal, given };
  Kind kind = Kind::none;
  std::string where;  // path, credential name or variable name; of one that is given: the variable that it came from, or nothing
  Secret value;       // for literal and given
  bool is_set() const { return kind != Kind::none; }
};

/// Text that may be long and is usually in a file (PEM); not secret.
struct TextRef {
  std::string file;
  std::string text;  // pasted at a prompt, or a literal
  bool is_set() const { return !file.empty() || !text.empty(); }
};

enum class CallbackAuth { public_key, certificate, root_ca, hybrid_certificate, hybrid_root_ca };

struct CallbackAnswers {
  std::string url;
  CallbackAuth auth = CallbackAuth::public_key;
  TextRef public_key;
  TextRef certificate;
  std::string fetch_sha256;  // pins a certificate that is fetched from the handler (threats E6)
  TextRef root_ca;
  bool retry = false;
};

struct UserAnswers {
  SecretRef token;
  std::optional<CallbackAnswers> callback;
};

struct Answers {
  std::string profile = "global";
  bool acknowledge_no_callback = false;
  std::vector<std::string> waive;
  std::vector<std::string> accept_weaker;
  std::string max_disruption;  // empty: not given
  bool start = true;
  int wait_online_seconds = 900;

  SecretRef pairing_token;
  bool first_user = true;
  std::vector<UserAnswers> users;
  std::optional<CallbackAnswers> callback;
  bool callback_decided = false;  // the callback question was answered (with an URL or with "none")

  std::string image_source = "registry";  // registry | mirror | archive
  std::string image_revision;
  std::string image_digest;  // "sha256:…"
  std::string image_mirror;
  std::string image_archive;
  std::string image_archive_sha256;
  std::string registry_username;
  SecretRef registry_password;
  bool registry_remember = false;

  std::string proxy_url;
  std::vector<std::string> no_proxy;
  std::string proxy_username;
  SecretRef proxy_password;
  std::string container_proxy_url;       // equals proxy_url unless decided
  bool container_proxy_decided = false;  // proxy.container was given, by answers or by the late question
  TextRef extra_ca;

  std::string docker_install = "auto";  // auto | distro | none
  bool docker_replace = false;

  std::string sgx_driver = "auto";  // auto | out-of-tree
  std::string sgx_driver_file;
  std::string sgx_driver_sha256;
  std::string sgx_user;
  std::string aesm = "package";         // package | container
  std::string aesm_digest;              // "sha256:…" of the container's image
  std::string quote_provider = "auto";  // auto | intel | azure | alibaba | pccs
  std::string pccs_url;
  bool pccs_self_signed = false;
  std::vector<std::string> key_fingerprints;
  std::string repository_mirror;
  std::string repository_suite;

  std::string attestation_policy;
  bool legacy_epid = false;
  std::vector<std::string> stop_units;
  bool stop_units_decided = false;  // given, by answers or by the question, also as an empty list
  bool security_updates = false;
  std::string time_sync = "auto";  // auto | none
  bool reboot = false;
};

}  // namespace cosigner::profile

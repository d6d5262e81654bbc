// Image references, read strictly: what the engine is told comes from here and never from text that was glued together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cosigner::container {

/// "registry[:port]/path[:tag][@sha256:…]". The registry is always named: a bare "name" would mean Docker Hub.
struct ImageRef {
  std::string registry;    // "registry.example:5000"
  std::string repository;  // "team/cosigner"
  std::string tag;         // may be empty
  std::string digest;      // "sha256:…", may be empty

  std::string name() const { return registry + "/" + repository; }
  std::string by_tag() const { return name() + ":" + tag; }
  std::string by_digest() const { return name() + "@" + digest; }
  friend bool operator==(const ImageRef&, const ImageRef&) = default;
};

/// Fails with `image.reference_malformed`, which names the rule.
Result<ImageRef> parse_reference(std::string_view text);

/// "sha256:" and 64 lower-case hex digits: the only algorithm that is accepted.
bool is_digest(std::string_view text);
/// A letter, digit or underscore, then at most 127 of these, "." and "-".
bool is_tag(std::string_view text);

/// True when one of "registry/name@sha256:…" has the digest.
bool has_digest(const std::vector<std::string>& repo_digests, std::string_view digest);

}  // namespace cosigner::container

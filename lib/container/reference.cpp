#include "container/reference.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/untrusted.hpp"

namespace cosigner::container {
namespace {

constexpr std::string_view lower_alnum = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view tag_first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
constexpr std::string_view tag_rest = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

bool consists_of(std::string_view text, std::string_view allowed) { return text.find_first_not_of(allowed) == std::string_view::npos; }

/// A path component of the distribution specification: lower-case words joined by ".", "_", "__" or dashes.
bool is_component(std::string_view text) {
  if (text.empty() || !consists_of(text, "abcdefghijklmnopqrstuvwxyz0123456789._-")) return false;
  if (lower_alnum.find(text.front()) == std::string_view::npos || lower_alnum.find(text.back()) == std::string_view::npos) return false;
  for (std::string_view bad : {"..", "___", "._", "_.", "-.", ".-", "-_", "_-"})
    if (text.find(bad) != std::string_view::npos) return false;
  return true;
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && consists_of(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") &&
         text.front() != '-' && text.back() != '-';
}

/// A host with a dot, a port, or "localhost": anything else is a path on Docker Hub for the engine.
bool is_registry(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view host = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const auto port = parse_number(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return false;
  }
  const auto labels = split(host, '.');
  if (!std::all_of(labels.begin(), labels.end(), is_label)) return false;
  return labels.size() > 1 || colon != std::string_view::npos || host == "localhost";
}

Error malformed(std::string_view text, const std::string& rule) {
  return make_error("image.reference_malformed", "the image reference " + shown(Untrusted(std::string(text)), 120) + " is not usable: " + rule,
                    "Write it as registry.example/path/name:tag or registry.example/path/name@sha256:…");
}

}  // namespace

bool is_digest(std::string_view text) {
  return text.size() == 71 && text.substr(0, 7) == "sha256:" && consists_of(text.substr(7), "0123456789abcdef");
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= 128 && tag_first.find(text.front()) != std::string_view::npos && consists_of(text, tag_rest);
}

Result<ImageRef> parse_reference(std::string_view text) {
  ImageRef reference;
  std::string_view rest = text;
  if (text.size() > 600) return malformed(text, "it is too long");
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    reference.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(reference.digest)) return malformed(text, "a digest is sha256: and 64 lower-case hex digits");
  }
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return malformed(text, "the registry must be named");
  reference.registry = rest.substr(0, slash);
  rest = rest.substr(slash + 1);
  if (!is_registry(reference.registry)) return malformed(text, "the registry must be a host name, with a port where needed");
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(reference.tag)) return malformed(text, "the tag has characters that no tag has");
  }
  reference.repository = rest;
  const auto components = split(rest, '/');
  if (rest.size() > 255 || !std::all_of(components.begin(), components.end(), is_component))
    return malformed(text, "the path must be lower-case words separated by slashes");
  return reference;
}

bool has_digest(const std::vector<std::string>& repo_digests, std::string_view digest) {
  return std::any_of(repo_digests.begin(), repo_digests.end(), [&](const std::string& each) {
    const std::size_t at = each.find('@');
    return at != std::string::npos && each.compare(at + 1, std::string::npos, digest) == 0;
  });
}

}  // namespace cosigner::container

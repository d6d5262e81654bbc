#include "callback/scheme.hpp"

#include "base/text.hpp"

namespace cosigner::callback {
namespace {

std::optional<std::vector<unsigned long long>> numbers_of(std::string_view revision) {
  std::vector<unsigned long long> numbers;
  for (const std::string_view part : split(revision.substr(0, revision.find('-')), '.')) {
    const auto number = parse_number(part);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

const std::vector<SchemeFacts>& scheme_table() {
  static const std::vector<SchemeFacts> table = {
      {Scheme::public_key, "publicKey",
       "public key: both sign their messages; the handler's TLS certificate comes from a public authority", true, false, false,
       ""},
      {Scheme::certificate, "certificate", "certificate pinning: the handler shows exactly the certificate that you give", false,
       true, false, ""},
      {Scheme::root_ca, "rootCa", "own Root CA: the handler shows a certificate that your authority signed", false, false, true,
       "2025.12.11"},
      {Scheme::hybrid_certificate, "hybridCertificate", "public key, and certificate pinning", true, true, false, "2025.12.11"},
      {Scheme::hybrid_root_ca, "hybridRootCa", "public key, and own Root CA", true, false, true, "2025.12.11"},
  };
  return table;
}

const SchemeFacts& facts_of(Scheme scheme) { return scheme_table()[static_cast<std::size_t>(scheme)]; }

std::optional<Scheme> parse_scheme(std::string_view name) {
  for (const SchemeFacts& facts : scheme_table()) {
    if (facts.name == name) return facts.scheme;
  }
  return std::nullopt;
}

std::optional<bool> is_at_least(std::string_view revision, std::string_view floor) {
  const auto left = numbers_of(revision);
  const auto right = numbers_of(floor);
  if (!left || !right) return std::nullopt;
  return *left >= *right;
}

}  // namespace cosigner::callback

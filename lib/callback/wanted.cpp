#include "callback/wanted.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "callback/credentials.hpp"

namespace cosigner::callback {
namespace {

using Problems = std::vector<Error>;

void add(Problems& problems, const Problems& more) { problems.insert(problems.end(), more.begin(), more.end()); }

void judge_field(Problems& problems, const SchemeFacts& facts, bool wants, bool given, const std::string& key) {
  if (wants && !given) {
    problems.push_back(make_error("callback.field_missing", "callback." + key + " is missing, and the scheme " + std::string(facts.name) + " needs it",
                                  "Give callback." + key + " in the answers."));
  }
  if (!wants && given) {
    problems.push_back(make_error("callback.field_unwanted", "callback." + key + " is given, but the scheme " + std::string(facts.name) + " does not use it",
                                  "Take callback." + key + " out, or choose the scheme that uses it."));
  }
}

bool is_sha256(const std::string& hex) {
  const auto bytes = from_hex(hex);
  return bytes && bytes->size() == 32;
}

std::string plain_hex(const std::string& text) {
  std::string out = lower(text);
  out.erase(std::remove(out.begin(), out.end(), ':'), out.end());  // openssl prints fingerprints with colons
  return out;
}

void judge_fields(Problems& problems, const Wanted& wanted, const SchemeFacts& facts) {
  judge_field(problems, facts, facts.wants_key, !wanted.public_key.empty(), "publicKey");
  judge_field(problems, facts, facts.wants_root_ca, !wanted.root_ca.empty(), "rootCa");
  judge_field(problems, facts, facts.wants_certificate, !wanted.certificate.empty() || !wanted.fetch_sha256.empty(), "certificate");
  if (!wanted.fetch_sha256.empty() && !is_sha256(plain_hex(wanted.fetch_sha256))) {
    problems.push_back(make_error("callback.field_missing", "callback.fetchSha256 is not a SHA-256 of 64 hexadecimal digits",
                                  "Give the SHA-256 of the handler's certificate (openssl x509 -fingerprint -sha256), taken on the handler itself."));
  }
}

void judge_image(Problems& problems, const SchemeFacts& facts, const std::string& revision) {
  if (facts.since.empty() || is_at_least(revision, facts.since).value_or(true)) return;
  problems.push_back(make_error("callback.image_too_old", "the scheme " + std::string(facts.name) + " needs an image of " + std::string(facts.since) + " or later, this is " + revision,
                                "Choose a later image revision, or one of the schemes publicKey and certificate."));
}

Error mismatch(std::string message, std::string remedy) { return make_error("callback.handler_mismatch", std::move(message), std::move(remedy)); }

}  // namespace

Problems check_offline(const Wanted& wanted, const std::string& image_revision, Time now) {
  const SchemeFacts& facts = facts_of(wanted.scheme);
  ParsedUrl parsed = parse_handler_url(wanted.url);
  Problems problems = std::move(parsed.problems);
  judge_image(problems, facts, image_revision);
  judge_fields(problems, wanted, facts);
  if (facts.wants_key && !wanted.public_key.empty()) {
    add(problems, check_public_key(wanted.public_key, is_at_least(image_revision, p256_since).value_or(true)));
  }
  if (facts.wants_root_ca && !wanted.root_ca.empty()) add(problems, check_root_ca(wanted.root_ca, now));
  if (facts.wants_certificate && !wanted.certificate.empty() && parsed.url) {
    add(problems, check_certificate(wanted.certificate, parsed.url->host, now));
  }
  return problems;
}

Problems check_served(const Wanted& wanted, const host::ServedCertificates& served, Time now) {
  const SchemeFacts& facts = facts_of(wanted.scheme);
  const ParsedUrl parsed = parse_handler_url(wanted.url);
  if (!parsed.url || served.chain_pem.empty()) {
    return {make_error("callback.handler_untrusted", "the callback handler showed no certificate", "Check that a TLS server listens on the URL's port.")};
  }
  if (facts.wants_certificate) {
    const auto shown_print = fingerprint_of_pem(served.chain_pem.front());
    const auto pinned = wanted.certificate.empty() ? std::optional(plain_hex(wanted.fetch_sha256)) : fingerprint_of_pem(wanted.certificate);
    if (shown_print == pinned) return check_certificate(served.chain_pem.front(), parsed.url->host, now);
    return {mismatch("the handler shows the certificate " + shown_print.value_or("(unreadable)") + ", wanted is " + pinned.value_or("(unreadable)") + " (SHA-256)",
                     "Give the certificate that the handler uses now, or find out who answers in its place.")};
  }
  if (facts.wants_root_ca) {
    const std::string why = why_chain_fails(served.chain_pem, wanted.root_ca, parsed.url->host, now);
    if (why.empty()) return {};
    return {mismatch("the handler's chain does not lead to the given Root CA: " + why, "Give the Root CA that issued the handler's certificate, and let the handler send the certificates in between.")};
  }
  if (served.trusted_by_system) return check_certificate(served.chain_pem.front(), parsed.url->host, now);
  return {make_error("callback.handler_untrusted", "no public CA vouches for the handler's certificate: " + shown(Untrusted(served.trouble)),
                     "Use a certificate of a public CA, or one of the schemes that pin the certificate or the Root CA.")};
}

Result<Wanted> with_fetched(Wanted wanted, const host::ServedCertificates& served) {
  if (!wanted.certificate.empty() || wanted.fetch_sha256.empty()) return wanted;
  if (served.chain_pem.empty() || fingerprint_of_pem(served.chain_pem.front()) != plain_hex(wanted.fetch_sha256)) {
    return mismatch("the handler's certificate is not the one of callback.fetchSha256", "Find out who answers in the handler's place, or correct the SHA-256.");
  }
  wanted.certificate = served.chain_pem.front();
  return wanted;
}

std::string identity_of(const std::optional<Wanted>& wanted) {
  if (!wanted) return "none";
  const SchemeFacts& facts = facts_of(wanted->scheme);
  const auto print = [](bool wants, const std::string& pem) { return wants ? fingerprint_of_pem(pem).value_or(sha256_hex(pem)) : std::string("-"); };
  std::string certificate = print(facts.wants_certificate, wanted->certificate);
  if (facts.wants_certificate && wanted->certificate.empty()) certificate = plain_hex(wanted->fetch_sha256);
  return sha256_hex(wanted->url + "\n" + std::string(facts.name) + "\n" + print(facts.wants_key, wanted->public_key) + "\n" + certificate + "\n" +
                    print(facts.wants_root_ca, wanted->root_ca));
}

Error as_one(const Problems& problems) {
  Error error = problems.front();
  if (problems.size() == 1) return error;
  error.message = std::to_string(problems.size()) + " problems with the callback handler:";
  std::vector<std::string> remedies;
  for (const Error& problem : problems) {
    error.message += " " + problem.message + ";";
    if (std::find(remedies.begin(), remedies.end(), problem.remedy) == remedies.end()) remedies.push_back(problem.remedy);
  }
  error.message.back() = '.';
  error.remedy = joined(remedies, " ");
  return error;
}

}  // namespace cosigner::callback

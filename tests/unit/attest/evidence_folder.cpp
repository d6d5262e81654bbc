#include "unit/attest/evidence_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/json.hpp"

namespace attest_test {

std::optional<std::string> real_data() {
  const char* folder = std::getenv("COSIGNER_REAL_DATA");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  return std::string(folder) + "/dcap";
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("the test cannot read " + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

nlohmann::json read_json(const std::string& path) {
  auto parsed = parse_json(read_file(path));
  if (!parsed.ok()) throw std::runtime_error("the test cannot parse " + path);
  return std::move(parsed).value();
}

EvidenceFolder read_evidence(const std::string& folder) {
  EvidenceFolder out;
  out.name = std::filesystem::path(folder).filename();
  out.quote = read_file(folder + "/quote.bin");
  out.expected = read_json(folder + "/expected.json");
  for (const std::string_view name : attest::collateral_file_names()) {
    const std::string path = folder + "/" + std::string(name);
    if (std::filesystem::exists(path)) *out.collateral.find(name) = read_file(path);
  }
  if (std::filesystem::exists(folder + "/trusted_root.pem"))
    out.root = attest::custom_root(read_file(folder + "/trusted_root.pem")).value();
  return out;
}

std::vector<EvidenceFolder> read_all_evidence(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& each : std::filesystem::directory_iterator(folder)) paths.push_back(each.path());
  std::sort(paths.begin(), paths.end());
  std::vector<EvidenceFolder> out;
  for (const std::string& path : paths) out.push_back(read_evidence(path));
  return out;
}

attest::Attestation verify(const EvidenceFolder& evidence, const attest::Policy& policy) {
  return attest::verify(evidence.quote, evidence.collateral,
                        {evidence.at(), evidence.root_or_intel(), policy, {}, {}, {}, nullptr});
}

std::string outcome_of(const attest::Attestation& attestation) {
  return attestation.is_verified() ? "verified" : std::string(name_of(*attestation.refusal));
}

std::string refusal_meant_by(const std::string& expected) {
  if (expected == "chain") return "chain_invalid";
  if (expected == "crl_issuer" || expected == "crl_signature") return "crl_invalid";
  if (expected == "tcb_signature") return "tcb_info_invalid";
  if (expected == "qe_identity_signature") return "qe_identity_invalid";
  const std::string revoked = "_revoked";
  if (expected.size() > revoked.size() && expected.compare(expected.size() - revoked.size(), revoked.size(), revoked) == 0)
    return "cert_revoked";
  return expected;
}

}  // namespace attest_test

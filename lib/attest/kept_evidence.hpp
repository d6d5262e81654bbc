// What is kept of a verdict for auditors, and of verified collateral against replay. The folder holds what `attest verify` reads,
// so that anybody can judge it again offline, later too with --at.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attest/attestation.hpp"
#include "attest/collateral_client.hpp"
#include "attest/quote_request.hpp"
#include "base/path.hpp"
#include "host/files.hpp"

namespace cosigner::attest {

inline const Path attestation_directory{"/var/lib/cosigner/attestation"};
inline const Path evidence_directory{"/var/lib/cosigner/attestation/evidence"};
inline const Path seen_collateral_file{"/var/lib/cosigner/attestation/seen-collateral.json"};

/// Everything that a verdict about a co-signer rests on.
struct Evidence {
  AskedQuote asked;
  CollateralTexts collateral;
  CollateralAnswers answers;           // of the service, when they came now
  std::vector<std::string> from_kept;  // what could not be had now, and was had before: "TCB info"
  std::string policy_text;
  Attestation attestation;
};

/// quote.bin, nonce.hex, public_key.pem, policy.json, verdict.json and the collateral, by file name.
std::map<std::string, std::string> to_files(const Evidence& evidence);

/// Whether the quote answers the question that a folder keeps evidence about, rather than the one that was asked: it was
/// replayed.
bool answers_kept_question(const host::FilesView& files, const Path& folder, const AskedQuote& asked);

/// Writes them (0600, root's) into a folder (0700). Files of an earlier verdict that has other ones go first.
Status keep_files(host::Files& files, const Path& folder, const std::map<std::string, std::string>& content);

/// The memory of collateral; empty when there is none yet. Fails with attest.memory_unreadable: what cannot be read is not taken
/// for empty.
Result<Marks> read_memory(const host::FilesView& files);
Status keep_memory(host::Files& files, const Marks& marks);

}  // namespace cosigner::attest

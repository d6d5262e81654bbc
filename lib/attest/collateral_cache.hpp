// Verified answers of a collateral service, kept for the time when the service is away: /var/lib/cosigner/attestation/cache, one
// file an answer under the SHA-256 of its bytes, and an index of addresses.
//
// It is no source of trust: what is taken from it is judged like what comes from the network, by the same dates, and what is
// newer than it was seen (threats N5). A file that is not what its name says, or an index that does not read, is not there.
#pragma once

#include "attest/collateral_client.hpp"
#include "base/path.hpp"
#include "host/files.hpp"

namespace cosigner::attest {

inline const Path cache_directory{"/var/lib/cosigner/attestation/cache"};

/// Empty when there is none, or none that reads.
CollateralAnswers read_cache(const host::FilesView& files);

/// Adds these answers, in the place of those from the same address. Files that no address leads to any more go, and so does
/// everything else when there would be more than 32 addresses.
Status keep_cache(host::Files& files, const CollateralAnswers& answers);

}  // namespace cosigner::attest

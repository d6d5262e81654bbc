// Memory of the newest collateral that was ever verified (threats N5) and the floor under the clock (threats N4). Pure decisions:
// where the memory is kept and which clock is read is the caller's business.
//
// Collateral lives 30 days, so that for weeks after an update the older one is still in date; whoever can replay it hides the
// update.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/collateral.hpp"

namespace cosigner::attest {

/// How new one piece of collateral is.
struct Mark {
  std::string number;  // evaluation number or CRL number: unsigned big-endian without leading zeros
  Time issued{};
};
/// By what it is about: "tcb_info/SGX/00606a000000", "qe_identity/QE", "crl/platform", "crl/root".
using Marks = std::map<std::string, Mark>;

Marks marks_of(const AuthenticCollateral& collateral);
/// Fails with collateral_older_than_seen when a number or an issue date is lower than the one that was seen.
Status check_not_older(const Marks& marks, const Marks& seen);
/// The newer of both, member by member.
Marks merged(const Marks& seen, const Marks& marks);

/// The newest date that a verified signature vouches for: the clock cannot be before it.
Time newest_signed_date(const Marks& marks);
/// Fails with clock_below_floor.
Status check_clock(Time now, Time floor);
/// Whether the clock is so far ahead of every date signed lately that it is more likely wrong than the collateral old.
bool is_far_ahead(Time now, Time newest_signed);

/// One line of JSON ("cosigner.seen-collateral/1"), and back. Fails with attest.memory_unreadable, which must not be taken for an
/// empty memory.
std::string to_memory_text(const Marks& marks);
Result<Marks> read_memory_text(std::string_view text);

}  // namespace cosigner::attest

#include "attest/seen_collateral.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attest/json_members.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"

namespace cosigner::attest {
namespace {

using nlohmann::json;

std::string big_endian(std::uint32_t number) {
  std::string out;
  for (; number != 0; number >>= 8) out.insert(out.begin(), static_cast<char>(number & 0xFFu));
  return out;
}

/// Unsigned big-endian numbers without leading zeros: the longer one is greater.
bool is_less(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return a.size() < b.size();
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
  });
}

Error unreadable() {
  return make_error("attest.memory_unreadable", "the memory of collateral that was seen does not read",
                    "Restore the file, or remove it and take note that older collateral can then be replayed.");
}

Error older(const std::string& key, std::string how) {
  return refused(Refusal::collateral_older_than_seen,
                 "the collateral is older than what was verified before: " + key + " " + std::move(how));
}

}  // namespace

Marks marks_of(const AuthenticCollateral& collateral) {
  Marks out;
  const TcbInfo& tcb = collateral.tcb_info;
  out["tcb_info/" + std::string(name_of(tcb.tee)) + "/" + to_hex(tcb.fmspc)] = {big_endian(tcb.evaluation_number),
                                                                                tcb.window.from};
  out["qe_identity/" + collateral.qe_identity.id] = {big_endian(collateral.qe_identity.evaluation_number),
                                                     collateral.qe_identity.window.from};
  if (collateral.pck_crl)
    out["crl/" + std::string(name_of(collateral.intermediate.ca))] = {collateral.pck_crl->number,
                                                                      collateral.pck_crl->this_update};
  if (collateral.root_crl) out["crl/root"] = {collateral.root_crl->number, collateral.root_crl->this_update};
  return out;
}

Status check_not_older(const Marks& marks, const Marks& seen) {
  for (const auto& [key, mark] : marks) {
    const auto known = seen.find(key);
    if (known == seen.end()) continue;
    if (is_less(mark.number, known->second.number)) return older(key, "has a lower number than one that was seen");
    if (mark.issued < known->second.issued)
      return older(key, "was issued " + to_iso(mark.issued) + ", and one of " + to_iso(known->second.issued) + " was seen");
  }
  return {};
}

Marks merged(const Marks& seen, const Marks& marks) {
  Marks out = seen;
  for (const auto& [key, mark] : marks) {
    Mark& kept = out[key];
    if (is_less(kept.number, mark.number)) kept.number = mark.number;
    kept.issued = std::max(kept.issued, mark.issued);
  }
  return out;
}

Time newest_signed_date(const Marks& marks) {
  Time newest{};
  for (const auto& [key, mark] : marks) newest = std::max(newest, mark.issued);
  return newest;
}

Status check_clock(Time now, Time floor) {
  if (now < floor)
    return refused(Refusal::clock_below_floor, "the clock says " + to_iso(now) + ", and " + to_iso(floor) + " is already past");
  return {};
}

bool is_far_ahead(Time now, Time newest_signed) {
  constexpr auto longest_life = std::chrono::hours(24 * 366);  // of a root CRL, the longest-lived of what is signed regularly
  return now > newest_signed + longest_life;
}

std::string to_memory_text(const Marks& marks) {
  json seen = json::object();
  for (const auto& [key, mark] : marks) seen[key] = {{"number", to_hex(mark.number)}, {"issued", to_iso(mark.issued)}};
  return to_json_line({{"schema", "cosigner.seen-collateral/1"}, {"seen", seen}});
}

Result<Marks> read_memory_text(std::string_view text) {
  const auto document = parse_json(text);
  if (!document.ok() || text_member(*document, "schema") != "cosigner.seen-collateral/1") return unreadable();
  const json* seen = find_member(*document, "seen");
  if (seen == nullptr || !seen->is_object()) return unreadable();
  Marks out;
  for (const auto& [key, member] : seen->items()) {
    const auto digits = text_member(member, "number");
    const auto number = digits ? from_hex(*digits) : std::nullopt;
    const auto issued = time_member(member, "issued");
    if (!number || !issued || (!number->empty() && number->front() == '\0')) return unreadable();
    out[key] = {*number, *issued};
  }
  return out;
}

}  // namespace cosigner::attest

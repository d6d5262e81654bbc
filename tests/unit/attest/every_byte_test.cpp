// Every byte of a quote and of each piece of collateral: cut there, or one bit turned over, it is refused, or the result is the
// identical document. What may be turned over without harm is the list below, with its reasons.
#include <catch2/catch.hpp>
#include <set>

#include "base/encoding.hpp"
#include "unit/attest/evidence_folder.hpp"
#include "unit/attest/made_evidence.hpp"

using namespace attest_test;

namespace {

using Judge = std::function<attest::Attestation(const std::string&)>;

struct Harmless {
  const char* piece;
  bool (*is_at)(const std::string& bytes, std::size_t offset);
  const char* reason;
};

bool is_last_byte(const std::string& bytes, std::size_t offset) { return offset + 1 == bytes.size(); }
bool is_letter_of_signature(const std::string& text, std::size_t offset) {
  const std::string label = "\"signature\":\"";
  const std::size_t first = text.find(label) + label.size();
  return offset >= first && offset < first + 128 && text[offset] >= 'a' && text[offset] <= 'f';
}

constexpr char turned_low = 0x01, turned_case = 0x20;

const std::vector<Harmless> harmless_turns = {
    {"quote 0x20", is_last_byte, "the NUL byte after the PEM chain becomes a blank: nothing but white space follows the chain"},
    {"tcb_info.json 0x20", is_letter_of_signature, "a hex digit of the signature in the other case is the same number"},
    {"qe_identity.json 0x20", is_letter_of_signature, "a hex digit of the signature in the other case is the same number"},
};
const std::vector<Harmless> harmless_cuts = {
    {"tcb_signing_chain.pem", is_last_byte, "the line end after the last certificate may be missing"},
};

std::set<const Harmless*> used;

bool is_listed(const std::vector<Harmless>& list, const std::string& piece, const std::string& bytes, std::size_t offset) {
  for (const Harmless& each : list) {
    if (piece != each.piece || !each.is_at(bytes, offset)) continue;
    used.insert(&each);
    return true;
  }
  return false;
}

/// What went wrong with one changed input; empty: it is as it must be.
std::string wrong_with(const attest::Attestation& result, bool listed, const std::string& document) {
  if (!result.is_verified()) return listed ? "refused, although it is on the list of harmless changes" : "";
  if (!listed) return "accepted, and not on the list of harmless changes";
  return to_json_document(result) == document ? "" : "accepted with another result";
}

void turn_every_byte(const std::string& piece, const std::string& bytes, char mask, const std::string& document,
                     const Judge& judge) {
  std::string changed = bytes;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    changed[at] = static_cast<char>(bytes[at] ^ mask);
    const std::string wrong = wrong_with(judge(changed), is_listed(harmless_turns, piece, bytes, at), document);
    changed[at] = bytes[at];
    if (!wrong.empty()) FAIL_CHECK(piece << ", offset " << at << ": " << wrong);
  }
}

void cut_at_every_byte(const std::string& piece, const std::string& bytes, const std::string& document, const Judge& judge) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const std::string wrong = wrong_with(judge(bytes.substr(0, at)), is_listed(harmless_cuts, piece, bytes, at), document);
    if (!wrong.empty()) FAIL_CHECK(piece << ", cut at " << at << ": " << wrong);
  }
}

}  // namespace

TEST_CASE("a quote of version 3 or 4 with one bit turned over, or cut, at any byte is refused or comes out identical") {
  const attest::Policy policy;
  for (const int version : {3, 4}) {
    Wishes wishes;
    wishes.version = version;
    if (version == 4) wishes.tee = attest::Tee::tdx;
    if (version == 4) wishes.body_kind = attest::BodyKind::td_10;
    const MadeEvidence evidence = make(wishes);
    // Signatures of the collateral are the same for every change, so they are checked once; the leaf's is not.
    const auto kept = attest::VerifiedCollateral::from(evidence.quote, evidence.collateral, evidence.root);
    REQUIRE(kept.ok());
    const Judge judge = [&](const std::string& quote) {
      return kept->verify(quote, {noon, evidence.root, policy, {}, {}, {}, nullptr});
    };
    const std::string document = to_json_document(judge(evidence.quote));
    CHECK(judge(evidence.quote).is_accepted());
    if (version == 3)
      turn_every_byte("quote 0x01", evidence.quote, turned_low, document, judge);
    else
      turn_every_byte("quote 0x20", evidence.quote, turned_case, document, judge);
    cut_at_every_byte("quote", evidence.quote, document, judge);
    CHECK(to_json_document(judge(evidence.quote + std::string(3065, '\0'))) == document);
    CHECK(to_json_document(judge(evidence.quote + "stray bytes, signed by nobody")) == document);
  }
}

TEST_CASE("each piece of collateral with one bit turned over, or cut, at any byte is refused or comes out identical") {
  MadeEvidence evidence = make();
  const std::string document = to_json_document(verify(evidence));
  for (const char* name : {"tcb_info.json", "qe_identity.json", "tcb_signing_chain.pem", "pck_crl.der", "root_ca_crl.der"}) {
    std::optional<std::string>& file = *evidence.collateral.find(name);
    const std::string bytes = *file;
    const Judge judge = [&](const std::string& changed) {
      file = changed;
      return verify(evidence);
    };
    turn_every_byte(std::string(name) + " 0x01", bytes, turned_low, document, judge);
    turn_every_byte(std::string(name) + " 0x20", bytes, turned_case, document, judge);
    cut_at_every_byte(name, bytes, document, judge);
    file = bytes;
  }
}

TEST_CASE("every entry of the list of harmless changes was seen to be one") {
  CHECK(used.size() == harmless_turns.size() + harmless_cuts.size());
}

// What `doctor` shows: a tree for people, "cosigner.doctor/1" for programs, one Markdown page for a ticket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "report/exit_codes.hpp"
#include "report/finding.hpp"

namespace cosigner::ui {

/// A fact of the processor; nothing: not known, which is never a guess and never 0.
using Fact = std::variant<std::monostate, bool, std::uint64_t, std::string>;
using Facts = std::vector<std::pair<std::string, Fact>>;

struct EpcRow {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  unsigned property = 0;
};

struct DoctorView {
  Facts cpu;  // members of the document's `cpu` and `sgx`, in their order
  Facts sgx;
  std::optional<std::vector<EpcRow>> epc;
  std::optional<std::uint64_t> epc_bytes;
  std::vector<report::Finding> findings;  // parents before their children
  bool verbose = false;                   // passes are shown too
  bool quiet = false;                     // only warnings and failures are shown, and nothing when there are none
  std::vector<std::string> notes;         // shown first, e.g. that a simulation is judged
};

struct DoctorCounts {
  std::size_t pass = 0, warn = 0, fail = 0, skip = 0, unknown = 0;
};
DoctorCounts count_of(const std::vector<report::Finding>& findings);

/// 0, or 3 when something failed; with `strict` also when something could not be looked at.
report::ExitCode doctor_code(const std::vector<report::Finding>& findings, bool strict);

std::string doctor_text(const DoctorView& view);
std::string doctor_document(const DoctorView& view);

/// `about` are lines for the head (version, system); nothing in it may identify the machine, and what the findings say is made
/// anonymous here: addresses, names of `private_words`, long numbers (threats S1).
std::string doctor_page(const DoctorView& view, const std::vector<std::pair<std::string, std::string>>& about,
                        const std::vector<std::string>& private_words);

/// A trouble of the catalogue that was found in somebody's log.
struct MatchedTrouble {
  std::string id, symptom, cause, remedy;
  std::size_t line = 0;
  std::size_t places = 0;
  std::string excerpt;  // of the log
};
std::string match_text(const std::vector<MatchedTrouble>& found);
std::string match_document(const std::vector<MatchedTrouble>& found);

}  // namespace cosigner::ui

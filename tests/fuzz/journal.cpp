// The journal: damage is refused with its code, and what is accepted goes on: one more record, and it is read again.
#include "state/journal.hpp"
#include <nlohmann/json.hpp>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "fuzz/harness/file_host.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "state/record_json.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;
using state::Record;

namespace {

const Path file = "/var/lib/cosigner/journal.jsonl";

/// Puts chain and checksum right in every line that is an object, so that the fuzzer gets past them to the members.
std::string mended(std::string_view text) {
  std::string out;
  std::string previous;
  for (const std::string_view line : lines_of(text)) {
    auto object = parse_json(line, {.bytes = 256 * 1024, .depth = 4});
    if (!object || !object->is_object()) {
      out += std::string(line) + "\n";
      continue;
    }
    object->erase("hash");
    (*object)["prev"] = previous;
    previous = sha256_hex(to_json_line(*object));
    (*object)["hash"] = previous;
    out += to_json_line(*object) + "\n";
  }
  return out;
}

void require_stable_line(std::string_view text) {
  auto line = state::parse_line(text);
  if (!line) return require_plain(line.error());
  const std::string once = print_line(*line);
  auto again = state::parse_line(once);
  require(again.ok(), "a printed record is refused");
  require(print_line(*again) == once, "a record changes when it is printed");
}

Record next_record() {
  Record record;
  record.kind = Record::Kind::done;
  record.at = Time(std::chrono::seconds(1795688251));
  record.stage = "image";
  record.step = "pull";
  record.step_kind = "image";
  record.subject = "x";
  return record;
}

void judge(const std::string& bytes) {
  FileHost host;
  host.put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  host.put(file.text(), bytes);
  auto journal = state::Journal::load(host, file);
  if (!journal) {
    const std::string& code = journal.error().code;
    require_plain(journal.error());
    return require(code == "state.damaged" || code == "state.newer_schema" || code == "state.other_machine",
                   "an unknown refusal: " + code);
  }
  const std::size_t before = journal->records().size();
  const Status appended = journal->append(host, next_record());
  require(appended.ok(), "a good journal cannot be gone on with");
  const auto again = state::Journal::load(host, file);
  require(again.ok(), again.ok() ? "" : "what was appended makes the journal unreadable: " + again.error().message);
  require(again->records().size() == before + (before == 0 ? 2 : 1), "a record was lost");
  require(again->ledger().find("image", "x") == nullptr || again->ledger().entries.size() == journal->ledger().entries.size(),
          "the ledger differs");
}

}  // namespace

FUZZ_TARGET(journal) {
  const std::string good = mended(input);
  for (const std::string_view line : lines_of(good)) require_stable_line(line);
  judge(std::string(input));
  judge(good);
}

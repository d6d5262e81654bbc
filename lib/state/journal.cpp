#include "state/journal.hpp"

#include "base/text.hpp"
#include "state/machine.hpp"
#include "state/record_json.hpp"

namespace cosigner::state {
namespace {

constexpr std::size_t size_limit = 64 * 1024 * 1024;
constexpr host::FileAttributes journal_file{{0600}, {}};
constexpr host::FileAttributes state_directory{{0755}, {}};

Error broken(std::string_view code, std::size_t line, const std::string& what) {
  return make_error(code, "line " + std::to_string(line) + " of the journal: " + what,
                    "Keep the file for support, move it aside and run `cosigner setup`: it works from what it finds on the machine.");
}

/// The journal steers what is removed, so nobody but the owner of its folder may have written it (threats L1, J1).
Status require_ours(const host::HostView& host, const Path& file) {
  const auto seen = TRY(host.files().stat(file));
  const auto folder = TRY(host.files().stat(file.parent()));
  const bool is_his = seen && folder && seen->attributes.owner.uid == folder->attributes.owner.uid;
  if (is_his && (seen->attributes.mode.bits & 0022u) == 0) return {};
  return make_error("state.not_ours", file.text() + " belongs to another user, or others may change it",
                    "Find out who changed it, move the file aside and run `cosigner setup`: it works from what it finds on the machine.");
}

}  // namespace

Result<Journal> Journal::load(const host::HostView& host, const Path& file) {
  Journal journal;
  journal.file_ = file;
  const auto bytes = TRY(host.files().read(file, size_limit).within("file " + file.text()));
  if (!bytes) return journal;
  TRY(require_ours(host, file));
  journal.exists_ = true;

  std::size_t number = 0;
  std::size_t good_end = 0;
  for (const std::string_view text : lines_of(*bytes)) {
    ++number;
    const std::size_t end = good_end + text.size() + 1;
    const bool last = end >= bytes->size();
    auto line = parse_line(text);
    // A record that was being appended when the power went is the last one, and has no line end yet (or holes of zeros where a
    // block did not reach the disk): that is dropped. Anything else that does not fit is damage.
    const bool torn = end > bytes->size() || text.find('\0') != std::string_view::npos;
    if (last && torn) break;
    if (!line) return std::move(line).error().within("file " + file.text()).within("line " + std::to_string(number));
    if (line->previous != journal.head_) return broken("state.damaged", number, "does not follow the line before it");
    if (line->record.kind == Record::Kind::opened) {
      const std::string here = TRY(machine_identity(host));
      if (!is_same_machine(line->machine, here)) {
        return make_error("state.other_machine", "the journal belongs to another machine: this disk was cloned or moved",
                          "If this machine replaces the other one, move " + file.text() + " aside and run `cosigner setup`; two machines must never share one co-signer identity.");
      }
    }
    journal.head_ = line->hash;
    fold(journal.ledger_, line->record);
    journal.records_.push_back(std::move(line->record));
    good_end = end;
  }
  journal.torn_tail_ = good_end < bytes->size();
  if (journal.torn_tail_) journal.intact_ = bytes->substr(0, good_end);
  return journal;
}

Status Journal::append(host::Host& host, Record record) {
  std::string text;
  const auto add = [&](Record next, std::string machine) {
    Line line;
    line.record = std::move(next);
    line.machine = std::move(machine);
    line.sequence = records_.size() + 1;
    line.previous = head_;
    text += print_line(line) + "\n";
    head_ = line.hash;
    fold(ledger_, line.record);
    records_.push_back(std::move(line.record));
  };
  if (records_.empty()) {
    TRY(host.change_files().make_dir(file_.parent(), state_directory));
    Record opened;
    opened.kind = Record::Kind::opened;
    opened.at = record.at;
    add(std::move(opened), TRY(machine_identity(host)));
  }
  add(std::move(record), {});
  if (torn_tail_) {
    TRY(host.change_files().write_atomic(file_, intact_, journal_file));
    torn_tail_ = false;
    intact_.clear();
  }
  exists_ = true;
  return host.change_files().append_durable(file_, text, journal_file);
}

}  // namespace cosigner::state

#include "state/record_json.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/crypto.hpp"
#include "base/json.hpp"

namespace cosigner::state {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<Record::Kind, const char*>, 6> kinds = {{{Record::Kind::opened, "opened"},
                                                                        {Record::Kind::run_started, "run_started"},
                                                                        {Record::Kind::intent, "intent"},
                                                                        {Record::Kind::done, "done"},
                                                                        {Record::Kind::failed, "failed"},
                                                                        {Record::Kind::run_finished, "run_finished"}}};

/// The plain text members; the list is the format, read and written by the same names.
constexpr std::array<std::pair<const char*, std::string Record::*>, 11> members = {{{"run", &Record::run},
                                                                                    {"stage", &Record::stage},
                                                                                    {"step", &Record::step},
                                                                                    {"kind", &Record::step_kind},
                                                                                    {"subject", &Record::subject},
                                                                                    {"fingerprint", &Record::fingerprint},
                                                                                    {"ownership", &Record::ownership},
                                                                                    {"backup", &Record::backup},
                                                                                    {"error", &Record::error_code},
                                                                                    {"who", &Record::who},
                                                                                    {"reason", &Record::reason}}};

Error damaged(const std::string& what) {
  return make_error("state.damaged", "a line of the journal " + what,
                    "Keep the file for support, move it aside and run `cosigner setup`: it works from what it finds on the machine.");
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Record::Kind> kind_named(const std::string& name) {
  for (const auto& [kind, text] : kinds) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

}  // namespace

std::string name_of(Record::Kind kind) {
  for (const auto& [known, text] : kinds) {
    if (known == kind) return text;
  }
  return {};
}

std::string print_line(Line& line) {
  json object = {{"v", journal_schema},          {"seq", line.sequence}, {"prev", line.previous},
                 {"at", to_iso(line.record.at)}, {"event", name_of(line.record.kind)}};
  for (const auto& [name, member] : members) {
    if (!(line.record.*member).empty()) object[name] = line.record.*member;
  }
  if (!line.machine.empty()) object["machine"] = line.machine;
  if (!line.record.remember.empty()) object["remember"] = line.record.remember;
  line.hash = sha256_hex(to_json_line(object));
  object["hash"] = line.hash;
  return to_json_line(object);
}

Result<Line> parse_line(std::string_view text) {
  auto parsed = parse_json(text, {.bytes = 256 * 1024, .depth = 4});
  if (!parsed || !parsed->is_object()) return damaged("is not a record");
  json object = std::move(parsed).value();
  const auto version = object.find("v");
  if (version == object.end() || !version->is_number_unsigned() || *version == 0u) return damaged("has no schema number");
  if (version->get<std::uint64_t>() > journal_schema) {
    return make_error("state.newer_schema", "the journal was written by a newer program (schema " + version->dump() + ", known here: " +
                      std::to_string(journal_schema) + ")", "Use the program that wrote it, or a newer one.");
  }
  Line line;
  line.hash = text_of(object, "hash");
  object.erase("hash");
  if (line.hash != sha256_hex(to_json_line(object))) return damaged("does not fit its checksum");
  const auto kind = kind_named(text_of(object, "event"));
  const auto at = parse_time(text_of(object, "at"));
  if (!kind || !at) return damaged("names no known event or time");
  line.record.kind = *kind;
  line.record.at = *at;
  line.previous = text_of(object, "prev");
  line.machine = text_of(object, "machine");
  const json sequence = object.value("seq", json(0u));
  const json remembered = object.value("remember", json::object());
  if (!sequence.is_number_unsigned() || !remembered.is_object()) return damaged("has a member of another kind");
  line.sequence = sequence.get<std::uint64_t>();
  for (const auto& [name, member] : members) line.record.*member = text_of(object, name);
  for (const auto& [name, value] : remembered.items()) {
    if (!value.is_string()) return damaged("remembers something that is not text");
    line.record.remember[name] = value.get<std::string>();
  }
  return line;
}

}  // namespace cosigner::state

#include "state/journal.hpp"

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "kit/fake_host.hpp"

using namespace cosigner;
using state::Journal;
using state::Record;

namespace {

const Path file = "/var/lib/cosigner/journal.jsonl";

kit::MachineModel machine(const std::string& machine_id = "0123456789abcdef0123456789abcdef") {
  kit::MachineModel model;
  for (const char* directory : {"/", "/etc", "/var", "/var/lib"}) {
    model.entries[directory] = {host::FileKind::directory, {{0755}, {}}, "", {}};
  }
  model.entries["/etc/machine-id"] = {host::FileKind::regular, {{0444}, {}}, machine_id + "\n", {}};
  return model;
}

Record step(Record::Kind kind, const std::string& id, const std::string& ownership = "created") {
  Record record;
  record.kind = kind;
  record.stage = "apt-repo";
  record.step = id;
  record.step_kind = "file";
  record.subject = "/etc/" + id;
  record.ownership = ownership;
  return record;
}

Journal load(const kit::FakeHost& host) {
  auto journal = Journal::load(host, file);
  REQUIRE(journal);
  return std::move(journal).value();
}

std::string code_of_loading(const kit::FakeHost& host) {
  const auto journal = Journal::load(host, file);
  return journal ? "" : journal.error().code;
}

std::string& bytes(kit::FakeHost& host) { return host.model.entries[file.text()].content; }

}  // namespace

TEST_CASE("an absent journal is an empty one, and loading writes nothing") {
  kit::FakeHost host(machine());
  CHECK(load(host).records().empty());
  CHECK(host.log.calls().empty());
}

TEST_CASE("what was appended is read back and folded to the same ledger") {
  kit::FakeHost host(machine());
  Journal journal = load(host);
  REQUIRE(journal.append(host, step(Record::Kind::intent, "keyring")));
  Record done = step(Record::Kind::done, "keyring");
  done.remember["image.digest"] = "sha256:00";
  REQUIRE(journal.append(host, done));

  const Journal again = load(host);
  CHECK(again.records().size() == 3);  // with the opening record
  REQUIRE(again.ledger().find("file", "/etc/keyring"));
  CHECK(again.ledger().find("file", "/etc/keyring")->ownership == state::Ownership::created);
  CHECK(again.ledger().value("image.digest") == "sha256:00");
  CHECK_FALSE(again.ledger().interrupted_step);
}

TEST_CASE("the journal is readable by root only") {
  kit::FakeHost host(machine());
  Journal journal = load(host);
  REQUIRE(journal.append(host, step(Record::Kind::intent, "a")));
  CHECK(host.model.entries[file.text()].attributes.mode.bits == 0600);
}

TEST_CASE("a journal of another user, or one that others may write, is refused by its name") {
  const host::FileAttributes bad[] = {{{0600}, {12345, 12345}}, {{0620}, {}}, {{0602}, {}}};
  for (const auto& attributes : bad) {
    kit::FakeHost host(machine());
    Journal journal = load(host);
    REQUIRE(journal.append(host, step(Record::Kind::intent, "a")));
    host.model.entries[file.text()].attributes = attributes;
    const auto refused = Journal::load(host, file);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == "state.not_ours");
    CHECK(refused.error().message.find(file.text()) == 0);
  }
}

TEST_CASE("an intent without an outcome is a crash, and crashes in a row are counted") {
  kit::FakeHost host(machine());
  Journal journal = load(host);
  REQUIRE(journal.append(host, step(Record::Kind::intent, "keyring")));
  REQUIRE(journal.append(host, step(Record::Kind::intent, "keyring")));
  CHECK(load(host).ledger().open_attempts.at("apt-repo/keyring") == 2);
  CHECK(load(host).ledger().interrupted_step == "apt-repo/keyring");
  REQUIRE(journal.append(host, step(Record::Kind::failed, "keyring")));
  CHECK(load(host).ledger().open_attempts.empty());
}

TEST_CASE("a record that was torn by a power cut is dropped, at every length, and the next append repairs the file") {
  kit::FakeHost whole(machine());
  Journal journal = load(whole);
  REQUIRE(journal.append(whole, step(Record::Kind::intent, "a")));
  const std::size_t good = bytes(whole).size();
  REQUIRE(journal.append(whole, step(Record::Kind::done, "a")));
  const std::string text = bytes(whole);
  for (std::size_t length = good + 1; length < text.size(); ++length) {
    kit::FakeHost host(whole.model);
    bytes(host) = text.substr(0, length);
    Journal torn = load(host);
    REQUIRE(torn.records().size() == 2);
    REQUIRE(torn.append(host, step(Record::Kind::done, "a")));
    CHECK(load(host).records().size() == 3);
  }
}

TEST_CASE("a record that was changed, dropped or moved is damage, and is named by its line") {
  kit::FakeHost host(machine());
  Journal journal = load(host);
  for (const char* id : {"a", "b", "c"}) REQUIRE(journal.append(host, step(Record::Kind::done, id)));
  const std::string text = bytes(host);
  const auto lines = lines_of(text);

  SECTION("changed") {
    bytes(host).replace(text.find("/etc/b"), 6, "/etc/x");
    CHECK(code_of_loading(host) == "state.damaged");
    CHECK(Journal::load(host, file).error().context.back() == "line 3");
  }
  SECTION("changed in the last line") {
    bytes(host).replace(text.find("/etc/c"), 6, "/etc/x");
    CHECK(code_of_loading(host) == "state.damaged");
  }
  SECTION("the last line has a hole of zeros, as after a power cut") {
    bytes(host).replace(text.find("/etc/c"), 6, std::string(6, '\0'));
    CHECK(load(host).records().size() == 3);
  }
  SECTION("dropped") {
    bytes(host) = std::string(lines[0]) + "\n" + std::string(lines[1]) + "\n" + std::string(lines[3]) + "\n";
    CHECK(code_of_loading(host) == "state.damaged");
  }
  SECTION("moved") {
    bytes(host) = std::string(lines[0]) + "\n" + std::string(lines[2]) + "\n" + std::string(lines[1]) + "\n" + std::string(lines[3]) + "\n";
    CHECK(code_of_loading(host) == "state.damaged");
  }
}

TEST_CASE("a newer schema is refused and not guessed at") {
  kit::FakeHost host(machine());
  Journal journal = load(host);
  REQUIRE(journal.append(host, step(Record::Kind::done, "a")));
  bytes(host) += "{\"v\":2,\"event\":\"done\"}\n";
  CHECK(code_of_loading(host) == "state.newer_schema");
}

TEST_CASE("the journal of another machine is refused: a cloned disk must not sign as its original") {
  kit::FakeHost host(machine());
  Journal journal = load(host);
  REQUIRE(journal.append(host, step(Record::Kind::done, "a")));
  host.model.entries["/etc/machine-id"].content = "ffffffffffffffffffffffffffffffff\n";
  CHECK(code_of_loading(host) == "state.other_machine");
}

TEST_CASE("a clone that kept its machine-id is recognised by the product UUID") {
  kit::FakeHost host(machine());
  host.model.entries["/sys/class/dmi/id/product_uuid"] = {host::FileKind::regular, {{0400}, {}}, "4c4c4544-0001\n", {}};
  Journal journal = load(host);
  REQUIRE(journal.append(host, step(Record::Kind::done, "a")));
  host.model.entries["/sys/class/dmi/id/product_uuid"].content = "4c4c4544-0002\n";
  CHECK(code_of_loading(host) == "state.other_machine");
  host.model.entries.erase("/sys/class/dmi/id/product_uuid");  // a reader without root sees none
  CHECK(code_of_loading(host).empty());
}

TEST_CASE("what was ours from the beginning stays ours, and the oldest backup is kept") {
  state::Ledger ledger;
  Record first = step(Record::Kind::done, "daemon.json", "replaced");
  first.backup = "/var/lib/cosigner/backup/one";
  fold(ledger, first);
  Record second = step(Record::Kind::done, "daemon.json", "created");
  second.backup = "/var/lib/cosigner/backup/two";
  fold(ledger, second);
  const auto* entry = ledger.find("file", "/etc/daemon.json");
  REQUIRE(entry);
  CHECK(entry->ownership == state::Ownership::replaced);
  CHECK(entry->backup == "/var/lib/cosigner/backup/one");
}

TEST_CASE("remembering nothing is forgetting") {
  state::Ledger ledger;
  Record record = step(Record::Kind::done, "x", "");
  record.remember["pairing.user"] = "u";
  fold(ledger, record);
  CHECK(ledger.value("pairing.user") == "u");
  record.remember["pairing.user"] = "";
  fold(ledger, record);
  CHECK(ledger.value("pairing.user").empty());
  CHECK(ledger.find("file", "/etc/x") == nullptr);
}

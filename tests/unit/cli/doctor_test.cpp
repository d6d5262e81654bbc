#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "kit/golden.hpp"
#include "kit/schema_check.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;
using nlohmann::json;

namespace {

constexpr const char* sound_dump =
    "CPU:\n   0x00000000 0x00: eax=0x0000001b ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
    "   0x00000001 0x00: eax=0x000606a6 ebx=0x00020800 ecx=0x7ffa3203 edx=0x1f8bfbff\n"
    "   0x00000007 0x00: eax=0x00000001 ebx=0xf1bf2fbf ecx=0x40415f46 edx=0x20000010\n"
    "   0x00000012 0x00: eax=0x00000003 ebx=0x00000001 ecx=0x00000000 edx=0x0000381f\n"
    "   0x00000012 0x01: eax=0x000000b6 ebx=0x00000000 ecx=0x000002e7 edx=0x00000000\n"
    "   0x00000012 0x02: eax=0xc0000001 ebx=0x00000004 ecx=0x00000001 edx=0x00000002\n"
    "   0x00000012 0x03: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n";

json document_of(PaperMachine& machine, const std::vector<std::string>& arguments) {
  machine.terminal.said.clear();
  machine.run(arguments);
  CHECK(kit::broken_rule_of_document(machine.terminal.said).empty());
  return *parse_json(machine.terminal.said);
}

}  // namespace

TEST_CASE("no option of doctor and egress is ignored, and the list is complete") {
  const std::vector<std::string> line = {"doctor",    "--json",   "--quiet",   "--verbose", "--root",  "/r", "--answers", "/a",
                                         "--profile", "swiss",    "--report",  "/m",        "--cpuid", "/d", "--user",    "u",
                                         "--offline", "--strict", "--explain", "A1",        "--match", "-",  "--capture", "/c",
                                         "--replay",  "/p",       "--only",    "cpu",       "dev.exec"};
  const auto parsed = parse_arguments(line);
  REQUIRE(parsed.invocation);
  const auto& options = parsed.invocation->doctor;
  CHECK((options.report_file == "/m" && options.cpuid_file == "/d" && options.user == "u" && options.offline && options.strict));
  CHECK((options.explain == "A1" && options.match_file == "-" && options.capture_file == "/c" && options.replay_file == "/p"));
  CHECK(options.only == std::vector<std::string>{"cpu", "dev.exec"});
  CHECK((parsed.invocation->json && parsed.invocation->quiet && parsed.invocation->verbose && parsed.invocation->root == "/r"));
  for (const auto& option : options_of("doctor")) {
    INFO(option);
    CHECK((option == "--help" || std::find(line.begin(), line.end(), option) != line.end()));
  }
  const auto egress = parse_arguments({"egress", "--format", "csv", "--prove"});
  REQUIRE(egress.invocation);
  CHECK((egress.invocation->egress.format == "csv" && egress.invocation->egress.prove));
}

TEST_CASE("a dump is judged by what follows from it, and by nothing of this machine") {
  PaperMachine machine;
  machine.files.put("/d.txt", sound_dump);
  CHECK(machine.run({"doctor", "--cpuid", "/d.txt"}) == 0);
  const json document = document_of(machine, {"doctor", "--cpuid", "/d.txt", "--json"});
  CHECK(document["sgx"]["verdict"] == "on");
  CHECK(document["sgx"]["epc_bytes"] == 8589934592);
  CHECK(document["cpu"]["signature"] == "606a6");
  for (const auto& check : document["checks"]) CHECK(check["id"].get<std::string>().rfind("cpu.", 0) == 0);
  machine.files.put(
      "/off.txt",
      std::string(sound_dump).replace(std::string(sound_dump).find("eax=0x00000003 ebx=0x00000001"), 14, "eax=0x00000000"));
  CHECK(machine.run({"doctor", "--cpuid", "/off.txt"}) == 3);
  machine.files.put("/junk.txt", "hello");
  CHECK(machine.run({"doctor", "--cpuid", "/junk.txt"}) == 2);
  CHECK(machine.run({"doctor", "--cpuid", "/none.txt"}) == 2);
}

TEST_CASE("dumps of real processors give the document that their collection expects") {
  const char* place = std::getenv("COSIGNER_REAL_DATA");
  const std::filesystem::path folder = place == nullptr ? std::filesystem::path() : std::filesystem::path(place) / "cpuid";
  if (place == nullptr || !std::filesystem::exists(folder)) {
    std::cout << "real vectors: there were none (COSIGNER_REAL_DATA)\n";
    return;
  }
  const std::string index = kit::file_text((folder / "INDEX.md").string());
  std::size_t judged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name == "INDEX.md") continue;
    INFO(name);
    PaperMachine machine;
    machine.files.put("/d.txt", kit::file_text(entry.path().string()));
    const json document = document_of(machine, {"doctor", "--cpuid", "/d.txt", "--json"});
    const std::size_t row = index.find("| `" + name.substr(0, name.find('.')) + "` |");
    REQUIRE(row != std::string::npos);
    const std::string line = index.substr(row, index.find('\n', row) - row);
    const bool is_partial = name.find(".partial.") != std::string::npos;
    const std::string verdict = is_partial                                        ? "unknown"
                                : line.find("| SGX on |") != std::string::npos    ? "on"
                                : line.find("| no SGX |") != std::string::npos    ? "not_offered"
                                : line.find("| not Intel |") != std::string::npos ? "not_intel"
                                                                                  : "off_in_firmware";
    CHECK(document["sgx"]["verdict"] == verdict);
    CHECK(document["cpu"]["vendor"].is_null() == is_partial);
    CHECK(document["cpu"]["max_basic_leaf"].is_null() == is_partial);
    ++judged;
  }
  std::cout << "real vectors: " << judged << " of " << judged << "\n";
  CHECK(judged > 20);
}

TEST_CASE("on a bare machine the doctor looks, says what is wrong, and changes nothing") {
  PaperMachine machine;
  CHECK(machine.run({"doctor", "--offline"}) == 3);
  CHECK_THAT(machine.terminal.said, Catch::Contains("could not be looked at"));
  CHECK(machine.host.log.calls().empty());
  CHECK(document_of(machine, {"doctor", "--offline", "--json"})["summary"]["fail"] > 0);
}

TEST_CASE("--user names whose access is judged, --offline leaves the network alone, --strict makes an unknown a failure") {
  PaperMachine machine;
  const auto result_of = [&](const std::string& id, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"doctor", "--json", "--only", id});
    const json document = document_of(machine, arguments);
    return document["checks"].back()["result"].get<std::string>();
  };
  CHECK(result_of("dev.enclave_user", {}) == "skip");
  CHECK(result_of("dev.enclave_user", {"--user", "nobody-of-this-name"}) != "skip");
  CHECK(result_of("net.gateway", {"--offline"}) == "skip");
  for (const auto& call : machine.host.model.traffic) CHECK(call.rfind("reach ", 0) != 0);
  CHECK(result_of("net.gateway", {}) == "fail");
  const std::vector<std::string> blind = {"doctor", "--only", "security.ports"};  // the model has no /proc/net/tcp
  CHECK(machine.run(blind) == 0);
  CHECK(machine.run({"doctor", "--only", "security.ports", "--strict"}) == 3);
}

TEST_CASE("only known checks can be chosen, and explained") {
  PaperMachine machine;
  CHECK(machine.run({"doctor", "--only", "cpu.sgz"}) == 2);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("did you mean \"cpu.sgx\"?"));
  const json document = document_of(machine, {"doctor", "--only", "clock.sane", "--json"});
  CHECK(document["checks"].size() == 1);
  CHECK(machine.run({"doctor", "--explain", "B12"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("noexec"));
  CHECK(machine.run({"doctor", "--explain", "Z9"}) == 2);
}

TEST_CASE("a log is matched from a file and from standard input") {
  PaperMachine machine;
  machine.files.put("/log", "x\nx86/cpu: SGX disabled by BIOS.\n");
  CHECK(machine.run({"doctor", "--match", "/log"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("A2") && Catch::Contains("line 2"));
  machine.terminal.piped = "[QCNL] Load JSON config error: 3\n";
  CHECK(document_of(machine, {"doctor", "--match", "-", "--json"})["found"][0]["id"] == "E3");
}

TEST_CASE("a report is written once, for a ticket") {
  PaperMachine machine;
  kit::Entry name;
  name.content = "secret-host-7\n";
  machine.host.model.entries["/etc/hostname"] = name;
  machine.run({"doctor", "--offline", "--report", "/r.md"});
  const std::string page = machine.files.files.at("/r.md").bytes;
  CHECK_THAT(page, Catch::Contains("| Result | Check |") && Catch::Contains("cpu.vendor") && !Catch::Contains("secret-host-7"));
  CHECK(machine.run({"doctor", "--offline", "--report", "/r.md"}) == 2);
}

TEST_CASE("a capture replays elsewhere with the same answer, byte for byte, and holds no name") {
  PaperMachine machine;
  machine.host.model.users["eve"] = {"eve", 1001, 1001, "/home/eve"};
  machine.host.model.groups["docker"] = {"docker", 108, {"eve", "mallory"}};
  kit::Entry file;
  file.content =
      "token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VySWQiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU";
  machine.host.model.entries["/var/lib/cloud/instance/user-data.txt"] = file;
  machine.run({"doctor", "--offline", "--verbose", "--user", "eve", "--capture", "/c"});
  const std::string said = machine.terminal.said;
  const std::string capture = machine.files.files.at("/c").bytes;
  for (const char* canary : {"eve", "mallory", "c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU"})
    CHECK(capture.find(canary) == std::string::npos);
  CHECK_THAT(said, Catch::Contains("user-data.txt holds a value of a token's shape"));
  PaperMachine laptop;
  laptop.environment.uid = laptop.environment.gid = 1000;
  laptop.files.put("/c", capture, 1000);
  laptop.run({"doctor", "--verbose", "--replay", "/c"});
  CHECK(laptop.terminal.said == said);
  CHECK(laptop.host.model.traffic.empty());
}

TEST_CASE("what must be open is told before set-up, in the form that was asked for") {
  PaperMachine machine;
  CHECK(machine.run({"egress"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("mobile-api.fireblocks.io") && Catch::Contains("Port 5000"));
  CHECK(document_of(machine, {"egress", "--format", "json"})["hosts"][0]["host"] == "mobile-api.fireblocks.io");
  machine.terminal.said.clear();
  CHECK(machine.run({"egress", "--format", "nftables"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("table inet cosigner_egress"));
  CHECK(machine.run({"egress", "--format", "xml"}) == 2);
  CHECK(machine.run({"egress", "--prove"}) == 11);
}

#include <catch2/catch.hpp>

#include "installer/ui/anonymous.hpp"
#include "installer/ui/doctor_view.hpp"
#include "installer/ui/egress_view.hpp"
#include "kit/schema_check.hpp"

using namespace cosigner;
using namespace cosigner::ui;
using report::Outcome;

namespace {

DoctorView some_view() {
  DoctorView view;
  view.cpu = {{"vendor", std::string("GenuineIntel")},
              {"signature", std::string("606a6")},
              {"max_basic_leaf", std::uint64_t{27}},
              {"brand", Fact()},
              {"hypervisor", true}};
  view.sgx = {{"verdict", std::string("on")}};
  for (const char* name : {"offered", "flc", "sgx1", "sgx2", "enclv", "oversub", "everifyreport2", "eupdatesvn", "edeccssa",
                           "exinfo", "kss", "max_enclave_log2_32", "max_enclave_log2_64"})
    view.sgx.emplace_back(name, Fact());
  view.epc.emplace(std::vector<EpcRow>{{0x640000000, 4096, 2}});
  view.epc_bytes = 4096;
  view.findings = {
      {"a.root", "The root", Outcome::pass, "seen", "", "", "", {}},
      {"a.child", "The child", Outcome::fail, "value 7", "Do this.", "a.root", "", {"A2", "A3"}},
      {"a.grandchild", "The grandchild", Outcome::skip, "", "", "a.child", "not run because a.child did not pass", {}},
      {"b.blind", "The blind one", Outcome::unknown, "", "", "", "only root may read it", {}},
      {"b.warned", "The warned one", Outcome::warn, "almost", "Do that.", "", "", {}}};
  return view;
}

}  // namespace

TEST_CASE("people see what is wrong with evidence and remedy, and how much could not be looked at") {
  const std::string text = doctor_text(some_view());
  CHECK_THAT(text, Catch::Contains("FAIL    The child  (a.child)\n          value 7 [A2 A3]\n          > Do this.\n"));
  CHECK_THAT(text, Catch::Contains("????  The blind one  (b.blind)\n        only root may read it\n"));
  CHECK_THAT(text, !Catch::Contains("The root") && !Catch::Contains("The grandchild"));
  CHECK_THAT(text, Catch::EndsWith("1 pass, 1 warn, 1 fail, 1 skipped; 1 could not be looked at\n"));
  DoctorView verbose = some_view();
  verbose.verbose = true;
  CHECK_THAT(doctor_text(verbose), Catch::Contains("pass  The root  (a.root)\n        seen\n") &&
                                       Catch::Contains("not run because a.child did not pass"));
}

TEST_CASE("the document validates, and what is not known is null") {
  const std::string document = doctor_document(some_view());
  CHECK(kit::broken_rule_of_document(document).empty());
  const auto parsed = *parse_json(document);
  CHECK(parsed["cpu"]["brand"].is_null());
  CHECK(parsed["sgx"]["flc"].is_null());
  CHECK(parsed["sgx"]["epc"][0]["base"] == "0x640000000");
  CHECK(parsed["checks"][1]["catalogue"] == nlohmann::json{"A2", "A3"});
  CHECK(parsed["summary"]["unknown"] == 1);
  DoctorView blind = some_view();
  blind.epc.reset();
  blind.epc_bytes.reset();
  CHECK((*parse_json(doctor_document(blind)))["sgx"]["epc"].is_null());
  CHECK(kit::broken_rule_of_document(doctor_document(blind)).empty());
}

TEST_CASE("fail gives 3, warn and unknown 0, and strict makes unknown a fail") {
  auto findings = some_view().findings;
  CHECK(doctor_code(findings, false) == report::ExitCode::unsupported_machine);
  findings.erase(findings.begin() + 1);
  CHECK(doctor_code(findings, false) == report::ExitCode::ok);
  CHECK(doctor_code(findings, true) == report::ExitCode::unsupported_machine);
  findings.erase(findings.begin() + 2);
  CHECK(doctor_code(findings, true) == report::ExitCode::ok);
}

TEST_CASE("what leaves the house names neither machines nor people nor numbers of theirs") {
  const std::vector<std::string> names = {"eve", "signer-7", "handler.bank.example:8443"};
  CHECK(anonymous("eve at signer-7 asks handler.bank.example:8443", names) == "[name 1] at [name 2] asks [name 3]");
  CHECK(anonymous("whenever evelyn is seven", names) == "whenever evelyn is seven");
  CHECK(anonymous("10.1.2.3:443 and 192.168.0.1, fe80::1 and 2001:db8:0:1::2", {}) ==
        "[address]:443 and [address], [address] and [address]");
  CHECK(anonymous("user 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed", {}) == "user 3f25… failed");
  CHECK(anonymous("key 150434D1488BF80308B69398E5C7F0FA1C6C6C3C", {}) == "key 1504…");
  CHECK(anonymous("token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9eyJ1c2VySWQiOiIxMjM0", {}) == "token [left out]");
  CHECK(anonymous("mail bob@bank.example now", {}).find("bob") == std::string::npos);
  CHECK(anonymous("version 2.26.100.0-jammy1 at 2026-11-26 10:17:31 UTC, mode 0660, 8.6 GB", {}) ==
        "version 2.26.100.0-jammy1 at 2026-11-26 10:17:31 UTC, mode 0660, 8.6 GB");
}

TEST_CASE("the page for a ticket has every check, and nothing that identifies") {
  DoctorView view = some_view();
  view.findings[1].evidence = "eve may not use it from 10.1.2.3 | x";
  const std::string page = doctor_page(view, {{"program", "cosigner 1.0"}}, {"eve"});
  for (const char* id : {"a.root", "a.child", "a.grandchild", "b.blind", "b.warned"}) CHECK_THAT(page, Catch::Contains(id));
  for (const char* canary : {"eve ", "10.1.2.3"}) CHECK_THAT(page, !Catch::Contains(canary));
  CHECK_THAT(page, Catch::Contains("\\|"));
}

TEST_CASE("outbound hosts are told in four forms") {
  const std::vector<EgressLine> lines = {
      {"a.example", 443, "tcp", "always", "Owner", "for =this, \"quoted\"", {"192.0.2.1", "2001:db8::1"}},
      {"name servers", 53, "udp", "always", "you", "names", {}},
      {"gone.example", 443, "tcp", "install", "x", "y", {}}};
  CHECK_THAT(egress_text(lines, {"A note."}), Catch::Contains("a.example     443/tcp    always") && Catch::EndsWith("A note.\n"));
  CHECK_THAT(egress_csv(lines), Catch::Contains("\"a.example\",443,tcp,always,\"Owner\",\"for =this, \"\"quoted\"\"\"\r\n"));
  CHECK(kit::broken_rule_of_document(egress_document(lines, {"A note."})).empty());
  const std::string rules = egress_nftables(lines);
  CHECK_THAT(rules, Catch::Contains("policy drop;") && Catch::Contains("    ip daddr 192.0.2.1 tcp dport 443 accept\n") &&
                        Catch::Contains("    ip6 daddr 2001:db8::1 tcp dport 443 accept\n"));
  CHECK_THAT(rules, Catch::Contains("udp dport 53 accept") && Catch::Contains("# gone.example"));
}

TEST_CASE("found troubles are told with their place and remedy") {
  const std::vector<MatchedTrouble> found = {{"A2", "the symptom", "the cause", "Do it.", 7, 3, "the words \x1b[31m"}};
  CHECK_THAT(match_text(found),
             Catch::Contains("A2  the symptom") && Catch::Contains("line 7 and 2 more") && Catch::Contains("> Do it."));
  CHECK(match_text(found).find('\x1b') == std::string::npos);
  CHECK(kit::broken_rule_of_document(match_document(found)).empty());
  CHECK(match_text({}) == "no known trouble\n");
}

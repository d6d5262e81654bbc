#include "profile/weakenings.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "profile/merge.hpp"
#include "profile/profile_json.hpp"

using namespace cosigner;
using namespace cosigner::profile;

namespace {

Settings usual() {
  Settings settings;
  settings.profile = *builtin_profile("global");
  return settings;
}

std::set<std::string> ids_of(const Settings& settings, const Profile& built_in) {
  std::set<std::string> ids;
  for (const auto& each : find_weakenings(settings, built_in)) ids.insert(each.id);
  return ids;
}

struct Case {
  const char* id;
  std::function<void(Settings&, Profile&)> weaken;
};

const std::vector<Case> cases = {
    {"attestation.custom_root", [](Settings& s, Profile&) { s.profile.enclave.root_ca_pem = "PEM"; }},
    {"attestation.legacy_epid", [](Settings& s, Profile&) { s.answers.legacy_epid = true; }},
    {"attestation.new_platform", [](Settings& s, Profile&) { s.new_platform = true; }},
    {"attestation.other_enclave", [](Settings& s, Profile&) { s.profile.enclave.mrsigner = std::string(64, 'a'); }},
    {"attestation.own_policy", [](Settings& s, Profile&) { s.answers.attestation_policy = "/policy.json"; }},
    {"attestation.weaker_mode", [](Settings&, Profile& b) { b.enclave.mode = "quote"; }},
    {"callback.http", [](Settings& s, Profile&) { s.answers.callback.emplace().url = "http://h"; }},
    {"callback.none", [](Settings& s, Profile&) { s.answers.acknowledge_no_callback = true; }},
    {"check.waived", [](Settings& s, Profile&) { s.answers.waive = {"host.ram"}; }},
    {"cosigner.other_contract", [](Settings& s, Profile&) { s.profile.cosigner.executable = "/bin/sh"; }},
    {"driver.out_of_tree", [](Settings& s, Profile&) { s.answers.sgx_driver = "out-of-tree"; }},
    {"host.other_gateway", [](Settings& s, Profile&) { s.profile.hosts.gateway = "evil.example"; }},
    {"host.other_pcs", [](Settings& s, Profile&) { s.profile.quote_provider.intel_pcs_url = "https://pcs.example/"; }},
    {"host.other_source", [](Settings& s, Profile&) { s.profile.platforms[0].sgx_source.uri = "https://mirror.example/x"; }},
    {"image.downgrade", [](Settings& s, Profile&) { s.downgrade_reason = "needed"; }},
    {"image.other_repository", [](Settings& s, Profile&) { s.profile.image.registry = "registry.example"; }},
    {"image.profile_digest", [](Settings& s, Profile&) { s.profile.image.digests["2026.10.03"] = "sha256:" + std::string(64, 'c'); }},
    {"key.other_fingerprint", [](Settings& s, Profile&) { s.answers.key_fingerprints = {std::string(40, 'D')}; }},
    {"packages.other_set", [](Settings& s, Profile&) { s.profile.packages.sgx.push_back("backdoor"); }},
    {"simulation.on", [](Settings& s, Profile&) { s.profile.simulation = true; }},
    {"source.http", [](Settings& s, Profile&) { s.profile.platforms[0].sgx_source.uri = "http://download.01.org/x"; }},
    {"source.other_suite", [](Settings& s, Profile&) { s.answers.repository_suite = "noble"; }},
    {"tls.extra_ca", [](Settings& s, Profile&) { s.answers.extra_ca.file = "/ca.pem"; }},
    {"tls.self_signed_pccs", [](Settings& s, Profile&) { s.answers.pccs_self_signed = true; }},
};

}  // namespace

TEST_CASE("a directory as package source is a weakening that names the directory") {
  Settings settings;
  settings.profile = *builtin_profile("global");
  for (const char* place : {"/srv/sgx", "file:///srv/sgx"}) {
    settings.answers.repository_mirror = place;
    const auto found = find_weakenings(settings, *builtin_profile("global"));
    REQUIRE(found.size() == 1);
    CHECK(found.front().id == "host.other_source");
    CHECK(found.front().what == "the directory /srv/sgx");
  }
}

TEST_CASE("built-in settings weaken nothing") {
  for (const auto& name : builtin_profile_names()) {
    Settings settings;
    settings.profile = *builtin_profile(name);
    CHECK(find_weakenings(settings, settings.profile).empty());
  }
}

TEST_CASE("every weakening of the table is found, and alone") {
  std::set<std::string> tried;
  for (const auto& each : cases) {
    INFO(each.id);
    Settings settings = usual();
    Profile built_in = settings.profile;
    each.weaken(settings, built_in);
    CHECK(ids_of(settings, built_in) == std::set<std::string>{each.id});
    tried.insert(each.id);
  }
  for (const auto& row : weakening_table()) {
    INFO(row.id);
    CHECK(tried.count(std::string(row.id)) == 1);
  }
}

TEST_CASE("foreign keys are found although the file says that it is no simulation") {
  auto profile = parse_profile(R"({"schema":"cosigner.profile/1","name":"mailed","extends":"global","simulation":false,
      "keys":{"docker":[{"fingerprint":"EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE","expires":null}]}})", "mailed.json");
  REQUIRE(profile.ok());
  Settings settings;
  settings.profile = *profile;
  std::vector<Problem> problems;
  REQUIRE(judge_weakenings(settings, "answers", problems).ok());
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems.front().rule, Catch::Contains("key.other_fingerprint") && Catch::Contains("mailed.json"));
}

TEST_CASE("every weakening says what to remove to be rid of it, by the name that the file or the command line knows") {
  Profile profile;
  profile.origin = "/lab.json";
  for (const auto& row : weakening_table()) {
    INFO(row.id);
    CHECK_FALSE((row.answers_key.empty() && row.profile_key.empty()));
    const std::string id(row.id);
    if (!row.profile_key.empty()) CHECK(what_to_remove({id, "x", "profile /lab.json"}, profile) == std::string(row.profile_key) + " from the profile /lab.json");
    if (!row.answers_key.empty() && row.answers_key.substr(0, 2) != "--") {
      CHECK(what_to_remove({id, "x", "a.json line 3"}, profile) == std::string(row.answers_key) + " (a.json line 3)");
    }
  }
  CHECK(what_to_remove({"check.waived", "machine.ram", "--waive"}, profile) == "--waive");
  CHECK(what_to_remove({"image.downgrade", "x", "--allow-downgrade"}, profile) == "--allow-downgrade");
}

TEST_CASE("unattended the exact set must be accepted") {
  Settings settings = usual();
  settings.profile.simulation = true;
  const auto found = find_weakenings(settings, *builtin_profile("global"));
  CHECK(check_accepted(found, settings.answers, "a").size() == 1);
  settings.answers.accept_weaker = {"simulation.on"};
  CHECK(check_accepted(found, settings.answers, "a").empty());
  settings.answers.accept_weaker = {"simulation.on", "tls.extra_ca"};
  CHECK(check_accepted(found, settings.answers, "a").size() == 1);
  settings.answers.accept_weaker = {"simulation.on", "simulation.onn"};
  REQUIRE(check_accepted(found, settings.answers, "a").size() == 1);
  CHECK_THAT(check_accepted(found, settings.answers, "a").front().rule, Catch::Contains("did you mean \"simulation.on\""));
}

TEST_CASE("the acknowledgement is the acceptance of having no callback") {
  Settings settings = usual();
  settings.answers.acknowledge_no_callback = true;
  CHECK(check_accepted(find_weakenings(settings, settings.profile), settings.answers, "a").empty());
}

TEST_CASE("no environment variable can weaken anything") {
  std::map<std::string, std::string> everything;
  for (const auto* name : {"https_proxy", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "COSIGNER_PROFILE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"}) everything[name] = "http://evil.example:1";
  auto merged = merge(*builtin_profile("global"), read_answers("{\"version\":1}", "a"), everything, {});
  CHECK(merged.problems.empty());
  CHECK(find_weakenings(merged.settings, *builtin_profile("global")).empty());
}

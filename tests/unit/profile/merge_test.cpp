#include "profile/merge.hpp"

#include <catch2/catch.hpp>

#include "kit/paper_files.hpp"
#include "profile/answers_writer.hpp"
#include "profile/operator_text.hpp"
#include "profile/profile_json.hpp"

using namespace cosigner;
using namespace cosigner::profile;

namespace {

Merged merged_of(const std::string& answers, const std::map<std::string, std::string>& environment = {},
                 const Flags& flags = {}) {
  return merge(*builtin_profile("global"), read_answers(answers, "a.json"), environment, flags);
}

}  // namespace

TEST_CASE("later words win: answers, then environment, then flags, each with its origin") {
  const std::string answers = "{\"version\":1,\n\"proxy\":{\"url\":\"http://a.example:1\"}}";
  const auto by_answers = merged_of(answers);
  CHECK(by_answers.settings.answers.proxy_url == "http://a.example:1");
  CHECK(by_answers.settings.origins.at("proxy.url") == "a.json line 2");
  const auto by_environment = merged_of(answers, {{"HTTPS_PROXY", "http://b.example:2"}});
  CHECK(by_environment.settings.answers.proxy_url == "http://b.example:2");
  CHECK(by_environment.settings.answers.container_proxy_url == "http://a.example:1");
  CHECK(by_environment.settings.origins.at("proxy.url") == "environment HTTPS_PROXY");
  Flags flags;
  flags.proxy = "http://c.example:3";
  const auto by_flag = merged_of(answers, {{"HTTPS_PROXY", "http://b.example:2"}}, flags);
  CHECK(by_flag.settings.answers.proxy_url == "http://c.example:3");
  CHECK(by_flag.settings.origins.at("proxy.url") == "--proxy");
}

TEST_CASE("a proxy of downloads alone is not taken for the container's, by the same run or by the next one") {
  const auto direct =
      merged_of("{\"version\":1,\"proxy\":{\"url\":\"http://a.example:1\",\"container\":\"none\"}}").settings.answers;
  CHECK(direct.proxy_url == "http://a.example:1");
  CHECK(direct.container_proxy_url.empty());
  const auto other = merged_of("{\"version\":1,\"proxy\":{\"container\":\"http://b.example:2\",\"url\":\"http://a.example:1\"}}")
                         .settings.answers;
  CHECK(other.container_proxy_url == "http://b.example:2");
  auto used = merged_of("{\"version\":1}", {{"HTTPS_PROXY", "http://a.example:1"}}).settings.answers;
  for (const auto& answers : {direct, other, used}) {
    const auto again = merged_of(write_used_answers(answers)).settings.answers;
    CHECK(again.proxy_url == answers.proxy_url);
    CHECK(again.container_proxy_url == answers.container_proxy_url);
  }
  CHECK_FALSE(merged_of("{\"version\":1,\"proxy\":{\"container\":\"http://u:p@b.example:2\"}}").problems.empty());
}

TEST_CASE("every flag changes the settings") {
  Flags flags;
  flags.revision = "2026.03.02";
  flags.max_disruption = "docker";
  flags.waive = {"host.ram"};
  flags.accepted_digests = {std::string(64, 'a')};
  flags.key_fingerprints = {std::string(40, 'B')};
  flags.proxy = "http://p.example:1";
  flags.registry_user = "reader";
  flags.registry_password_file = "/run/pw";
  flags.downgrade_reason = "the new one does not start here";
  const auto merged = merged_of("{\"version\":1}", {}, flags);
  CHECK(merged.problems.empty());
  const auto& s = merged.settings;
  CHECK(s.answers.image_revision == "2026.03.02");
  CHECK(s.max_disruption == "docker");
  CHECK(s.answers.waive == flags.waive);
  CHECK(s.accepted_digests == std::vector<std::string>{"sha256:" + std::string(64, 'a')});
  CHECK(s.answers.key_fingerprints == flags.key_fingerprints);
  CHECK(s.answers.proxy_url == flags.proxy);
  CHECK(s.answers.registry_username == "reader");
  CHECK(s.answers.registry_password.where == "/run/pw");
  CHECK(s.downgrade_reason == flags.downgrade_reason);
}

TEST_CASE("a downgrade needs a reason in words, and nothing that could be a secret is taken for one") {
  for (const std::string& bad :
       {std::string("zz"), std::string(201, 'x'), "token " + std::string(41, 'x'), std::string("two\nlines")}) {
    Flags flags;
    flags.downgrade_reason = bad;
    const auto merged = merged_of("{\"version\":1}", {}, flags);
    REQUIRE(merged.problems.size() == 1);
    CHECK(text_of(merged.problems.front()).find("--allow-downgrade") != std::string::npos);
    CHECK(text_of(merged.problems.front()).find(bad) == std::string::npos);
  }
}

TEST_CASE("--reboot and --max-disruption are the leave of one run and never become answers, as host.reboot and maxDisruption are") {
  CHECK_FALSE(merged_of("{\"version\":1}").settings.answers.reboot);
  CHECK(merged_of("{\"version\":1,\"host\":{\"reboot\":true}}").settings.answers.reboot);
  Flags flags;
  flags.reboot = true;
  flags.max_disruption = "host";
  const auto merged = merged_of("{\"version\":1}", {}, flags);
  CHECK(merged.problems.empty());
  CHECK(merged.settings.reboot);
  CHECK(merged.settings.max_disruption == "host");
  CHECK(write_answers(merged.settings.answers) == write_answers(merged_of("{\"version\":1}").settings.answers));
}

TEST_CASE("--new-platform unpins the platform where one is pinned: in attestation mode quote") {
  Flags flags;
  flags.new_platform = true;
  CHECK(merged_of("{\"version\":1}", {}, flags).problems.size() == 1);
  Profile quoting = *builtin_profile("global");
  quoting.enclave.mode = "quote";
  const auto merged = merge(quoting, read_answers("{\"version\":1}", "a.json"), {}, flags);
  CHECK(merged.problems.empty());
  CHECK(merged.settings.new_platform);
}

TEST_CASE("a policy for quotes is taken where this program judges quotes, and refused where it would be ignored") {
  const auto answers = [] { return read_answers(R"({"version":1,"attestation":{"policy":"/etc/cosigner/policy.json"}})", "a.json"); };
  Profile profile = *builtin_profile("global");
  CHECK_THAT(text_of(merge(profile, answers(), {}, {}).problems.front()), Catch::Contains("attestation.policy: is of no use"));
  profile.enclave.mode = "quote";
  const auto merged = merge(profile, answers(), {}, {});
  CHECK(merged.problems.empty());
  CHECK(merged.settings.answers.attestation_policy == "/etc/cosigner/policy.json");
}

TEST_CASE("a flag is held to the rule of the answer that it stands for, and its value is not quoted") {
  Flags flags;
  flags.proxy = "http://user:hush@proxy.example:1";
  flags.max_disruption = "all";
  const auto merged = merged_of("{\"version\":1}", {}, flags);
  REQUIRE(merged.problems.size() == 2);
  for (const auto& problem : merged.problems) CHECK_THAT(text_of(problem), !Catch::Contains("hush"));
}

TEST_CASE("a secret of the environment becomes a value, and a missing one is a problem") {
  const std::string answers = "{\"version\":1,\"registry\":{\"username\":\"u\",\"password\":{\"env\":\"PW\"}}}";
  const auto given = merged_of(answers, {{"PW", "hush"}});
  CHECK(given.problems.empty());
  CHECK(given.settings.answers.registry_password.kind == SecretRef::Kind::given);
  CHECK(given.settings.answers.registry_password.value.reveal("test") == "hush");
  CHECK(merged_of(answers).problems.size() == 1);
}

TEST_CASE("whoever may change the answers file must be root or the caller") {
  kit::PaperFiles files;
  files.put("/a", "{}", 0, 0600);
  files.put("/b", "{}", 1000, 0644);
  files.put("/c", "{}", 0, 0666);
  files.put("/d", "{}", 0, 0620);
  files.put("/e", "{}", 0, 0600);
  files.files["/e"].stat.links = 2;
  const host::Owner caller{1000, 1000};
  CHECK(read_operator_text(files, "/a", std::nullopt).ok());
  CHECK(read_operator_text(files, "/b", caller).ok());
  CHECK(read_operator_text(files, "/b", std::nullopt).error().code == "answers.file_unsafe");
  CHECK(read_operator_text(files, "/b", host::Owner{1001, 1001}).error().code == "answers.file_unsafe");
  for (const auto* name : {"/c", "/d", "/e"})
    CHECK(read_operator_text(files, name, caller).error().code == "answers.file_unsafe");
  CHECK(read_operator_text(files, "/nowhere", caller).error().code == "answers.file_absent");
}

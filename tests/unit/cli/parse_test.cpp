#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "installer/cli/invocation.hpp"
#include "installer/cli/verbs.hpp"
#include "kit/golden.hpp"

using namespace cosigner;
using namespace cosigner::cli;

namespace {

struct FlagCase {
  const char* option;
  const char* value;  // null: a switch
  std::function<bool(const Invocation&)> arrived;
};

const std::vector<FlagCase> setup_flags = {
    {"--json", nullptr, [](const Invocation& i) { return i.json; }},
    {"--quiet", nullptr, [](const Invocation& i) { return i.quiet; }},
    {"--verbose", nullptr, [](const Invocation& i) { return i.verbose; }},
    {"--root", "/r", [](const Invocation& i) { return i.root == "/r"; }},
    {"--answers", "/a", [](const Invocation& i) { return i.answers_file == "/a"; }},
    {"--profile", "swiss", [](const Invocation& i) { return i.flags.profile == "swiss"; }},
    {"--until", "image", [](const Invocation& i) { return i.until == "image"; }},
    {"--yes", nullptr, [](const Invocation& i) { return i.yes; }},
    {"--record", "/e", [](const Invocation& i) { return i.record_file == "/e"; }},
    {"--reboot", nullptr, [](const Invocation& i) { return i.flags.reboot; }},
    {"--waive", "host.ram", [](const Invocation& i) { return i.flags.waive == std::vector<std::string>{"host.ram"}; }},
    {"--max-disruption", "docker", [](const Invocation& i) { return i.flags.max_disruption == "docker"; }},
    {"--accept-digest", "d1", [](const Invocation& i) { return i.flags.accepted_digests == std::vector<std::string>{"d1"}; }},
    {"--key-fingerprint", "F1", [](const Invocation& i) { return i.flags.key_fingerprints == std::vector<std::string>{"F1"}; }},
    {"--proxy", "http://p:1", [](const Invocation& i) { return i.flags.proxy == "http://p:1"; }},
    {"--registry-user", "u", [](const Invocation& i) { return i.flags.registry_user == "u"; }},
    {"--registry-password-file", "/p", [](const Invocation& i) { return i.flags.registry_password_file == "/p"; }},
    {"--allow-downgrade", "it must be", [](const Invocation& i) { return i.flags.downgrade_reason == "it must be"; }},
    {"--new-platform", nullptr, [](const Invocation& i) { return i.flags.new_platform; }},
};
const std::vector<FlagCase> plan_flags = {
    {"--check", nullptr, [](const Invocation& i) { return i.check; }},
    {"--diff", nullptr, [](const Invocation& i) { return i.diff; }},
    {"--out", "/o", [](const Invocation& i) { return i.out_file == "/o"; }},
};

const std::vector<FlagCase> everywhere_flags(setup_flags.begin(), setup_flags.begin() + 4);
const std::vector<FlagCase> start_flags = {
    {"--accept-digest", "d1", [](const Invocation& i) { return i.flags.accepted_digests == std::vector<std::string>{"d1"}; }},
    {"--registry-user", "u", [](const Invocation& i) { return i.flags.registry_user == "u"; }},
    {"--registry-password-file", "/p", [](const Invocation& i) { return i.flags.registry_password_file == "/p"; }},
    {"--allow-downgrade", "it must be", [](const Invocation& i) { return i.flags.downgrade_reason == "it must be"; }},
};
const std::vector<FlagCase> logs_flags = {
    {"-f", nullptr, [](const Invocation& i) { return i.follow; }},
    {"--raw", nullptr, [](const Invocation& i) { return i.raw; }},
};

void check_each(const std::string& verb, const std::vector<FlagCase>& flags, std::set<std::string>& tried) {
  for (const auto& flag : flags) {
    INFO(verb << " " << flag.option);
    std::vector<std::string> arguments = {verb, flag.option};
    if (flag.value != nullptr) arguments.emplace_back(flag.value);
    const auto parsed = parse_arguments(arguments);
    REQUIRE(parsed.invocation);
    CHECK(flag.arrived(*parsed.invocation));
    CHECK_FALSE(flag.arrived(*parse_arguments({verb}).invocation));
    CHECK(parsed.invocation->given == std::vector<std::string>{flag.option});
    tried.insert(flag.option);
  }
}

}  // namespace

TEST_CASE("no option of setup and plan is ignored, and the list is complete") {
  for (const std::string verb : {"setup", "plan"}) {
    std::set<std::string> tried = {"--help", "REVISION"};
    check_each(verb, setup_flags, tried);
    if (verb == "plan") check_each(verb, plan_flags, tried);
    for (const auto& option : options_of(verb)) {
      INFO(verb << " " << option);
      CHECK(tried.count(option) == 1);
    }
  }
}

TEST_CASE("no option of start, stop, restart and logs is ignored, and the lists are complete") {
  for (const std::string verb : {"start", "stop", "restart", "logs"}) {
    std::set<std::string> tried = {"--help"};
    if (verb == "start") tried.insert("REVISION");
    if (verb == "logs") tried.insert({"N", "CONTAINER"});
    check_each(verb, everywhere_flags, tried);
    if (verb == "start") check_each(verb, start_flags, tried);
    if (verb == "logs") check_each(verb, logs_flags, tried);
    for (const auto& option : options_of(verb)) {
      INFO(verb << " " << option);
      CHECK(tried.count(option) == 1);
    }
  }
}

TEST_CASE("the words of logs and start come in the original's order") {
  const auto logs = parse_arguments({"logs", "500", "cosigner-init"}).invocation;
  REQUIRE(logs);
  CHECK(logs->log_lines == "500");
  CHECK(logs->log_container == "cosigner-init");
  CHECK(parse_arguments({"start", "2026.03.02"}).invocation->flags.revision == "2026.03.02");
  CHECK_FALSE(parse_arguments({"stop", "2026.03.02"}).invocation);
  CHECK_FALSE(parse_arguments({"logs", "1", "cosigner", "more"}).invocation);
}

TEST_CASE("a revision is a word of setup, not an option") {
  CHECK(parse_arguments({"setup", "2026.03.02", "--yes"}).invocation->flags.revision == "2026.03.02");
}

TEST_CASE("help ends with 0 for everyone and every verb") {
  CHECK(parse_arguments({"--help"}).code == report::ExitCode::ok);
  for (const auto& row : verb_table()) {
    const auto parsed = parse_arguments({std::string(row.name), "--help"});
    INFO(row.name);
    CHECK_FALSE(parsed.invocation);
    CHECK(parsed.code == report::ExitCode::ok);
    CHECK_FALSE(parsed.text.empty());
  }
}

TEST_CASE("no arguments, an unknown option and an unknown verb are wrong usage, and nothing that was typed is quoted") {
  CHECK(parse_arguments({}).code == report::ExitCode::usage);
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"setup", "--hush-hush"}, {"hush-hush"}, {"setup", "a", "hush-hush"}, {"setup", "--root"}, {""}}) {
    const auto parsed = parse_arguments(arguments);
    CHECK_FALSE(parsed.invocation);
    CHECK(parsed.code == report::ExitCode::usage);
    CHECK_THAT(parsed.text, !Catch::Contains("hush"));
  }
  CHECK_THAT(parse_arguments({"satup"}).text, Catch::Contains("did you mean \"setup\"?"));
}

TEST_CASE("help offers the verbs that are built and no others, and one that is not built is known all the same") {
  const std::string help = help_text("");
  for (const auto& row : verb_table()) {
    INFO(row.name);
    CHECK((help.find("\n  " + std::string(row.name) + " ") != std::string::npos) == (row.run != nullptr));
    CHECK(parse_arguments({std::string(row.name)}).invocation);
  }
  CHECK_THAT(help, !Catch::Contains("not built"));
  CHECK_THAT(parse_arguments({"uninstal"}).text, !Catch::Contains("did you mean"));
}

TEST_CASE("a token is no argument of pair") {
  const auto parsed = parse_arguments({"pair", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"});
  CHECK_FALSE(parsed.invocation);
  CHECK_THAT(parsed.text, !Catch::Contains("eyJ"));
}

TEST_CASE("the help texts are these") {
  CHECK(help_text("") == kit::golden("tests/golden/cli/help.txt", help_text("")));
  for (const auto& row : verb_table()) {
    if (row.run == nullptr) continue;
    const std::string verb(row.name);
    CHECK(help_text(verb) == kit::golden("tests/golden/cli/help_" + verb + ".txt", help_text(verb)));
  }
}

#include "profile/profile_json.hpp"

#include <catch2/catch.hpp>

#include "base/text.hpp"

using namespace cosigner;
using namespace cosigner::profile;

namespace {

std::string problems_of(const std::string& text) {
  const auto profile = parse_profile(text, "p.json");
  return profile.ok() ? std::string() : profile.error().code + "\n" + joined(profile.error().context, "\n");
}

}  // namespace

TEST_CASE("every built-in profile reads without a problem") {
  REQUIRE(builtin_profile_names().size() == 5);
  for (const auto& name : builtin_profile_names()) {
    INFO(name);
    const auto profile = builtin_profile(name);
    REQUIRE(profile.ok());
    CHECK(profile->name == name);
    CHECK(profile->base == name);
    CHECK_FALSE(profile->simulation);
  }
}

TEST_CASE("Europe is eu2- and Swiss is eu-") {
  CHECK(builtin_profile("global")->hosts.gateway == "mobile-api.fireblocks.io");
  CHECK(builtin_profile("europe")->hosts.gateway == "eu2-mobile-api.fireblocks.io");
  CHECK(builtin_profile("swiss")->hosts.gateway == "eu-mobile-api.fireblocks.io");
}

TEST_CASE("the profiles for hosts have the host stages only") {
  for (const auto* name : {"sgx-host", "oasis-node"}) CHECK(builtin_profile(name)->stages == std::vector<std::string>{"hardware", "apt-repo", "sgx-packages"});
}

TEST_CASE("Debian 12 takes Intel's local archive, Ubuntu the suite of its own release over https, and for Debian 11 there is none") {
  const auto profile = builtin_profile("global");
  for (const auto& platform : profile->platforms) {
    INFO(platform.codename);
    CHECK(platform.sgx_source.suite == (platform.codename == "bullseye" ? "" : platform.codename));
    CHECK(platform.sgx_source.kind == (platform.codename == "bookworm" ? "local-archive" : "repository"));
    CHECK(platform.engine_source.suite == platform.codename);
    REQUIRE(platform.sgx_source.keys.size() == 1);
    CHECK(platform.sgx_source.keys.front().fingerprint == "150434D1488BF80308B69398E5C7F0FA1C6C6C3C");
    CHECK(to_iso(*platform.sgx_source.keys.front().expires) == "2027-03-20T05:53:24Z");
    CHECK(platform.engine_source.keys.front().fingerprint == "9DC858229FC7DD38854AE2D88D81803C0EBFCD88");
    for (const auto& url : {platform.sgx_source.uri, platform.sgx_source.key_url, platform.sgx_source.archive_url, platform.engine_source.uri}) {
      CHECK((url.empty() || url.rfind("https://", 0) == 0));
    }
  }
}

TEST_CASE("a file that extends a built-in profile keeps what it does not name") {
  const auto profile = parse_profile(R"({"schema":"cosigner.profile/1","name":"lab","extends":"swiss","simulation":true,
      "keys":{"intel-sgx":[{"fingerprint":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","expires":null}]},
      "image":{"digests":{"2026.10.03":"sha256:)" + std::string(64, 'b') + R"("}}})", "lab.json");
  REQUIRE(profile.ok());
  CHECK(profile->base == "swiss");
  CHECK(profile->hosts.gateway == "eu-mobile-api.fireblocks.io");
  CHECK(profile->image.default_revision == "2026.10.03");
  CHECK(profile->image.digests.size() == 1);
  CHECK(profile->platforms.front().sgx_source.keys.front().fingerprint == std::string(40, 'A'));
  CHECK(profile->platforms.front().engine_source.keys.front().fingerprint == "9DC858229FC7DD38854AE2D88D81803C0EBFCD88");
  CHECK(profile->sha256.size() == 64);
}

TEST_CASE("an unknown member is refused with its line and the nearest known one") {
  CHECK(problems_of("{\"schema\":\"cosigner.profile/1\",\"name\":\"x\",\n\"extends\":\"global\",\n\"stagez\":[]}") ==
        "profile.invalid\np.json line 3: stagez: unknown key; did you mean \"stages\"?");
}

TEST_CASE("only an online SGX source may be without a suite") {
  const auto with_platform = [](const std::string& members) {
    return R"({"schema":"cosigner.profile/1","name":"x","extends":"global","indexWarningDays":90,"platforms":[{"osId":"debian","osVersion":"11","codename":"bullseye",)" + members + "}]}";
  };
  const std::string engine = R"("engine":{"uri":"https://e.example","keyUrl":"https://e.example/gpg","suite":"bullseye"})";
  const auto good = parse_profile(with_platform(R"("sgx":{"suite":""},)" + engine), "p.json");
  REQUIRE(good.ok());
  CHECK(good->index_warning_days == 90);
  CHECK_THAT(problems_of(with_platform(R"("sgx":{"suite":""},"engine":{"uri":"https://e.example","keyUrl":"https://e.example/gpg"})")), Catch::Contains("docker needs a suite"));
  CHECK_THAT(problems_of(with_platform(R"("sgx":{"kind":"local-archive","archiveUrl":"https://a.example/x","localPath":"/opt/x"},)" + engine)), Catch::Contains("intel-sgx needs a suite"));
}

TEST_CASE("stages must be known and in their order") {
  CHECK_THAT(problems_of(R"({"schema":"cosigner.profile/1","name":"x","extends":"global","stages":["image","hardware"]})"), Catch::Contains("in this order"));
}

TEST_CASE("a custom root and a CPU dump are for simulation profiles alone") {
  CHECK_THAT(problems_of(R"({"schema":"cosigner.profile/1","name":"x","extends":"global","attestation":{"rootCa":"PEM"}})"), Catch::Contains("simulation"));
  CHECK_THAT(problems_of(R"({"schema":"cosigner.profile/1","name":"x","extends":"global","simulationCpuid":"/x"})"), Catch::Contains("simulation"));
}

TEST_CASE("the flag by which a co-signer hands out its quote is a flag and nothing else") {
  const auto with_flag = [](const std::string& flag) {
    return R"({"schema":"cosigner.profile/1","name":"x","extends":"global","cosigner":{"quoteFlag":")" + flag + "\"}}";
  };
  CHECK(parse_profile(with_flag("--quote"), "p.json")->cosigner.quote_flag == "--quote");
  for (const char* flag : {"--", "quote", "--quote x", "--Quote", "--quote;id"}) CHECK_THAT(problems_of(with_flag(flag)), Catch::Contains("quoteFlag"));
}

TEST_CASE("an unknown built-in name is answered with the nearest") {
  const auto profile = builtin_profile("swis");
  REQUIRE_FALSE(profile.ok());
  CHECK(profile.error().code == "profile.not_found");
  CHECK_THAT(profile.error().message, Catch::Contains("\"swiss\""));
}

#include <catch2/catch.hpp>

#include "apt/apt_settings.hpp"
#include "apt/source_list.hpp"

using namespace cosigner::apt;

namespace {

std::vector<WeakSetting> weak(const std::string& text) { return weak_settings(parse_apt_conf(text)); }

}  // namespace

TEST_CASE("apt's settings are read in flat and nested form, without comments") {
  const auto settings = parse_apt_conf(
      "// A::B \"no\";\n/* X { Y \"1\"; };\n*/\n# C::D \"x\";\nAPT::Get::Assume-Yes \"true\";\n"
      "Acquire {\n  https { Proxy \"http://p:1//x\"; };\n  Retries 3;\n};\nDPkg::Options:: \"--force-confold\";\n");
  REQUIRE(settings.size() == 4);
  CHECK(settings[0].name == "apt::get::assume-yes");
  CHECK(settings[0].line == 5);
  CHECK(settings[1].name == "acquire::https::proxy");
  CHECK(settings[1].value == "http://p:1//x");
  CHECK(settings[2].name == "acquire::retries");
  CHECK(settings[2].value == "3");
  CHECK(settings[3].value == "--force-confold");
}

TEST_CASE("each setting that weakens a check is found, in any case and spelling of yes") {
  for (const char* text : {"APT::Get::AllowUnauthenticated \"true\";", "apt::get::allowunauthenticated 1;", "APT { Get { AllowUnauthenticated \"yes\"; }; };",
                           "Acquire::AllowInsecureRepositories \"on\";", "Acquire::AllowWeakRepositories true;",
                           "Acquire::AllowDowngradeToInsecureRepositories true;", "APT::Get::allow-downgrades \"true\";", "APT::Get::Force-Yes true;",
                           "Acquire::https::Verify-Peer \"false\";", "Acquire::https::download.01.org::Verify-Peer no;",
                           "Acquire { https { Verify-Host \"0\"; } }"}) {
    INFO(text);
    REQUIRE(weak(text).size() == 1);
    CHECK(weak(text).front().stops);
  }
  REQUIRE(weak("Acquire::Check-Valid-Until \"false\";").size() == 1);
  CHECK_FALSE(weak("Acquire::Check-Valid-Until \"false\";").front().stops);
}

TEST_CASE("harmless settings are not findings") {
  for (const char* text : {"APT::Get::AllowUnauthenticated \"false\";", "Acquire::https::Verify-Peer \"true\";", "Acquire::Check-Date \"true\";",
                           "# Acquire::AllowInsecureRepositories \"true\";", "", "}}}};;;{{{", "Acquire::http::Verify-Peer false;"}) {
    INFO(text);
    CHECK(weak(text).empty());
  }
}

TEST_CASE("entries of one-line source files are read with their trust option") {
  const auto entries = parse_source_list("f", "# deb https://a x main\ndeb https://b x main # tail\ndeb [arch=amd64 trusted=yes] file:///opt/r x main\ndeb-src https://c x\n");
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].line == 2);
  CHECK(entries[0].uris.front() == "https://b");
  CHECK_FALSE(entries[0].trusted);
  CHECK(entries[1].trusted);
  CHECK(entries[1].uris.front() == "file:///opt/r");
}

TEST_CASE("entries of deb822 source files are read unless switched off") {
  const auto entries = parse_source_paragraphs("f", "Types: deb\nURIs: https://a https://b\nTrusted: yes\n\nEnabled: no\nTypes: deb\nURIs: https://c\n");
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].uris.size() == 2);
  CHECK(entries[0].trusted);
}

TEST_CASE("an entry has our origin when the host is the same, or the folder for local sources") {
  const auto has = [](const char* entry, const char* uri) { return has_same_origin({"f", 1, {entry}, false}, uri); };
  CHECK(has("http://DOWNLOAD.01.org/intel-sgx/sgx_repo/ubuntu/", "https://download.01.org/intel-sgx/sgx_repo/ubuntu"));
  CHECK(has("https://u:p@download.01.org/other", "https://download.01.org/x"));
  CHECK(has("file:///opt/intel/repo/", "file:/opt/intel/repo"));
  CHECK_FALSE(has("https://deb.example.org/debian", "https://download.01.org/x"));
  CHECK_FALSE(has("file:/opt/intel/repo2", "file:/opt/intel/repo"));
}

#include <catch2/catch.hpp>

#include "apt/deb822.hpp"
#include "unit/apt/fixtures.hpp"
#include "apt/release.hpp"
#include "apt/source_file.hpp"

using namespace cosigner;
using namespace cosigner::apt;
using namespace cosigner::apt::tests;

TEST_CASE("control text is paragraphs of fields with continuation lines and comments") {
  const auto parsed = parse_deb822("# head\nTypes: deb\nURIs: https://a\n https://b\n# between\nSuites: x\n\n\nTypes: deb-src\n");
  REQUIRE(parsed.ok());
  REQUIRE(parsed->size() == 2);
  CHECK((*parsed)[0].value("uris") == "https://a\nhttps://b");
  CHECK((*parsed)[0].line == 2);
  CHECK((*parsed)[1].value("Types") == "deb-src");
  CHECK((*parsed)[1].find("URIs") == nullptr);
}

TEST_CASE("control text that apt would not read either is refused with its line") {
  for (const char* text : {" continued\n", "no field\n", "A: 1\na: 2\n", ": empty name\n"}) {
    const auto parsed = parse_deb822(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == "apt.file_malformed");
    CHECK(parsed.error().message.find("line ") == 0);
  }
}

TEST_CASE("an index gives who, when and the hash of every list") {
  const auto release = parse_release(fixture("Release"));
  REQUIRE(release.ok());
  CHECK(release->label == "Example");
  CHECK(release->codename == "bookworm");
  CHECK(to_iso(release->date) == "2026-11-20T00:00:00Z");
  CHECK(release->files.at("main/binary-amd64/Packages").size == 0);
}

TEST_CASE("an index without date or without SHA-256 is refused") {
  for (const char* text : {"Origin: x\nSHA256:\n 00 1 a\n", "Date: Fri, 20 Nov 2026 00:00:00 UTC\nMD5Sum:\n d41d8cd98f00b204e9800998ecf8427e 0 a\n",
                           "Date: Fri, 31 Feb 2026 00:00:00 UTC\nSHA256:\n", "", "Date: Fri, 20 Nov 2026 00:00:00 UTC\nSHA256:\n 12 34 a\n"}) {
    const auto release = parse_release(text);
    REQUIRE_FALSE(release.ok());
    CHECK(release.error().code == "apt.index_malformed");
  }
}

TEST_CASE("dates of an index are read in the forms that archives write") {
  CHECK(to_iso(*parse_release_date("Thu, 26 Nov 2026 10:17:31 UTC")) == "2026-11-26T10:17:31Z");
  CHECK(to_iso(*parse_release_date("Thu,  6 Nov 2026  1:02:03 +0000")) == "2026-11-06T01:02:03Z");
  CHECK_FALSE(parse_release_date("Thu, 26 Nov 2026 10:17:31 CEST").has_value());
  CHECK_FALSE(parse_release_date("26.11.2026").has_value());
}

TEST_CASE("a package list gives path, size and hash of every package, or is refused") {
  const std::string hash(64, 'a');
  const auto packages = parse_packages_index("Package: p\nVersion: 1\nFilename: ./pool/p.deb\nSize: 7\nSHA256: " + hash + "\n");
  REQUIRE(packages.ok());
  CHECK(packages->front().path == "pool/p.deb");
  CHECK(packages->front().file == ListedFile{hash, 7});
  CHECK(parse_packages_index("Package: p\nFilename: x\nSize: 7\n").error().code == "apt.index_malformed");
}

TEST_CASE("our source names the keyring and the fingerprint") {
  const std::string text = to_source_file({"Intel SGX", "https://h/x", "jammy", "main", "/etc/apt/keyrings/k.gpg", "ABCD"});
  const auto parsed = parse_deb822(text);
  REQUIRE(parsed.ok());
  REQUIRE(parsed->size() == 1);
  CHECK(parsed->front().value("Signed-By") == "/etc/apt/keyrings/k.gpg,ABCD");
  CHECK(parsed->front().value("Architectures") == "amd64");
  CHECK(parsed->front().find("Trusted") == nullptr);
}

TEST_CASE("pins deny the origin, allow the named packages, and never reach 1000") {
  const std::string text = to_preferences("Intel SGX", {"download.01.org", "", "", ""}, {"libsgx*", "sgx-*"});
  const auto parsed = parse_deb822(text);
  REQUIRE(parsed.ok());
  REQUIRE(parsed->size() == 2);
  CHECK((*parsed)[0].value("Package") == "*");
  CHECK((*parsed)[0].value("Pin-Priority") == "-1");
  CHECK((*parsed)[1].value("Package") == "libsgx* sgx-*");
  CHECK((*parsed)[1].value("Pin") == "origin download.01.org");
  CHECK((*parsed)[1].value("Pin-Priority") == "990");
}

TEST_CASE("a local repository is pinned by its release fields, with wildcards for what has a meaning to apt") {
  const std::string text = to_preferences("Local", {"", "Intel [R], Corp*", "Intel [R], Corp*", "bookworm"}, {});
  CHECK(text.find("Pin: release o=Intel ?R?? Corp?,l=Intel ?R?? Corp?,n=bookworm\n") != std::string::npos);
}

TEST_CASE("names of fetched lists begin as apt writes them") {
  CHECK(lists_prefix("https://download.01.org/intel-sgx/sgx_repo/ubuntu", "jammy") == "download.01.org_intel-sgx_sgx%5frepo_ubuntu_dists_jammy_");
  CHECK(lists_prefix("file:/opt/intel/sgx_debian_local_repo/", "bookworm") == "_opt_intel_sgx%5fdebian%5flocal%5frepo_dists_bookworm_");
}

TEST_CASE("the host of a source address is found without login and port") {
  CHECK(host_of("https://user:x@Download.01.org:443/a") == "download.01.org");
  CHECK(host_of("file:/opt/x").empty());
}

TEST_CASE("package patterns are shell patterns") {
  CHECK(matches_any("libsgx-urts", {"sgx-*", "libsgx*"}));
  CHECK(matches_any("sgx-aesm-service", {"sgx-aesm-service"}));
  CHECK_FALSE(matches_any("sudo", {"libsgx*", "sgx-*"}));
  CHECK_FALSE(matches_any("libsgx", {"libsgx-?"}));
}

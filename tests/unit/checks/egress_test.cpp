#include <catch2/catch.hpp>

#include "installer/checks/egress.hpp"
#include "installer/checks/tcp_table.hpp"
#include "unit/checks/sound_machine.hpp"

using namespace cosigner;
using namespace cosigner::checks;

namespace {

const EgressRow* row_of(const std::vector<EgressRow>& rows, const std::string& host) {
  for (const auto& row : rows) {
    if (row.host == host) return &row;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("the hosts of a profile and its answers are named, each once, with who needs it when") {
  SoundMachine machine;
  machine.put("/etc/apt/sources.list.d/extra.list", "deb https://mirror.example:8443/ubuntu jammy main\ndeb file:/srv/x ./\n");
  const auto rows = egress_rows(machine.host, machine.settings);
  for (const char* name :
       {"mobile-api.fireblocks.io", "signurl.fireblocks.io", "registry.gitlab.com", "fb-certs.s3.amazonaws.com",
        "download.01.org", "download.docker.com", "api.trustedservices.intel.com"}) {
    INFO(name);
    REQUIRE(row_of(rows, name) != nullptr);
    CHECK(row_of(rows, name)->port == 443);
  }
  CHECK(row_of(rows, "download.01.org")->when == "install");
  CHECK(row_of(rows, "mobile-api.fireblocks.io")->when == "always");
  CHECK(row_of(rows, "fb-customers.s3.amazonaws.com")->when == "optional");
  CHECK(row_of(rows, "handler.example")->port == 8443);
  CHECK(row_of(rows, "archive.example")->port == 80);
  CHECK_FALSE(row_of(rows, "archive.example")->tls);
  CHECK(row_of(rows, "mirror.example")->port == 8443);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = i + 1; j < rows.size(); ++j) CHECK_FALSE((rows[i].host == rows[j].host && rows[i].port == rows[j].port));
    CHECK_FALSE((rows[i].reason.empty() || rows[i].owner.empty() || rows[i].when.empty()));
  }
}

TEST_CASE("where apt has a proxy of its own, that one is reached in the archive's place") {
  SoundMachine machine;
  machine.put("/etc/apt/apt.conf.d/90proxy", "Acquire::http::Proxy::archive.example \"http://user:pw@cache.example:3142\";\n");
  auto rows = egress_rows(machine.host, machine.settings);
  CHECK(row_of(rows, "archive.example") == nullptr);
  REQUIRE(row_of(rows, "cache.example") != nullptr);
  CHECK((row_of(rows, "cache.example")->port == 3142 && row_of(rows, "cache.example")->check == "net.os_archive"));
  machine.put("/etc/apt/apt.conf.d/90proxy",
              "Acquire::http::Proxy \"http://cache.example:3142\";\nAcquire::http::Proxy::archive.example \"DIRECT\";\n");
  rows = egress_rows(machine.host, machine.settings);
  CHECK(row_of(rows, "archive.example") != nullptr);
  CHECK(row_of(rows, "cache.example") == nullptr);
}

TEST_CASE("Python's package hosts and the registry's port 5000 are not among them") {
  SoundMachine machine;
  for (const auto& row : egress_rows(machine.host, machine.settings)) {
    CHECK(row.host.find("python") == std::string::npos);
    CHECK(row.host.find("pypi") == std::string::npos);
    CHECK(row.port != 5000);
  }
}

TEST_CASE("with an image from a file no registry is needed, with an own mirror that one is") {
  SoundMachine machine;
  machine.settings.answers.image_source = "archive";
  CHECK(row_of(egress_rows(machine.host, machine.settings), "registry.gitlab.com") == nullptr);
  machine.settings.answers.image_source = "mirror";
  machine.settings.answers.image_mirror = "hub.example:5443/team/cosigner";
  const auto rows = egress_rows(machine.host, machine.settings);
  REQUIRE(row_of(rows, "hub.example") != nullptr);
  CHECK(row_of(rows, "hub.example")->port == 5443);
  CHECK(row_of(rows, "cdn.registry.gitlab-static.net") == nullptr);
}

TEST_CASE("the kernel's table of sockets is read as the kernel writes it") {
  const auto seen = listeners_in(
      "  sl  local_address rem_address   st\n   0: 00000000:0016 00000000:0000 0A\n   1: 0100007F:1F90 0:0 0A\n   2: "
      "0200A8C0:01BB 0:0 01\n"
      "   3: 00000000000000000000000001000000:0050 0:0 0A\n   4: 00000000000000000000000000000000:1F90 0:0 0A\nbroken\n");
  REQUIRE(seen.size() == 3);
  CHECK((seen[0].port == 22 && !seen[0].is_local));
  CHECK((seen[1].port == 80 && seen[1].is_local));
  CHECK((seen[2].port == 8080 && !seen[2].is_local));
}

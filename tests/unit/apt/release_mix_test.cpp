#include "apt/release_mix.hpp"

#include <catch2/catch.hpp>

using namespace cosigner::apt;

namespace {

std::string lagging(const std::map<std::string, std::string>& versions) {
  std::string out;
  for (const auto& each : find_lagging(versions, {"libsgx*", "sgx-*"})) out += each.name + "<" + each.newest + " ";
  return out;
}

}  // namespace

TEST_CASE("packages of one release are told by family and second number, PSW and DCAP apart") {
  CHECK(lagging({{"sgx-aesm-service", "2.26.100.0-jammy1"}, {"libsgx-dcap-ql", "1.23.100.0-jammy1"}}).empty());
  CHECK(lagging({{"sgx-aesm-service", "2.26.100.0-jammy1"}, {"libsgx-enclave-common", "2.25.100.3-jammy1"}}) == "libsgx-enclave-common<2.26 ");
  CHECK(lagging({{"libsgx-dcap-ql", "1.9.100.3-focal1"}, {"libsgx-ae-qve", "1.23.100.0-focal1"}, {"libsgx-urts", "2.26.100.0-focal1"}}) == "libsgx-dcap-ql<1.23 ");
}

TEST_CASE("a patch of one package, a foreign package and a version without numbers are no mix") {
  CHECK(lagging({{"libsgx-urts", "2.26.100.0-jammy1"}, {"libsgx-launch", "2.26.101.1-jammy1"}}).empty());
  CHECK(lagging({{"libsgx-urts", "2.26.100.0-jammy1"}, {"libc6", "2.35-0ubuntu3"}, {"sgx-odd", "latest"}, {"sgx-short", "2"}, {"sgx-none", ""}}).empty());
  CHECK(lagging({}).empty());
}

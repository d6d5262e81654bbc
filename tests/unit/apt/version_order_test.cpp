#include <catch2/catch.hpp>
#include <string>

#include "apt/version_order.hpp"

using cosigner::apt::compare_versions;
using cosigner::apt::upstream_numbers;

TEST_CASE("package versions are ordered as dpkg orders them") {
  const char* const ascending[][2] = {{"1.0", "1.1"},
                                      {"1.9", "1.10"},
                                      {"1.0~rc1", "1.0"},
                                      {"1.0", "1.0a"},
                                      {"1.0a", "1.0+b"},
                                      {"3.0.15-1~deb12u1", "3.0.17-1~deb12u2"},
                                      {"3.0.2-0ubuntu1.18", "3.0.2-0ubuntu1.19"},
                                      {"9.9-9", "1:0.1-1"},
                                      {"2.26.100.0-jammy1", "2.28.100.1-jammy1"},
                                      {"1.0-1", "1.0-1+b1"},
                                      {"1.0~~", "1.0~"}};
  for (const auto& [older, newer] : ascending) {
    INFO(older << " " << newer);
    CHECK(compare_versions(older, newer) < 0);
    CHECK(compare_versions(newer, older) > 0);
  }
  for (const char* same : {"1.0-1", "1:2~x+y-z-3", "", ":", "-", "0"}) CHECK(compare_versions(same, same) == 0);
  CHECK(compare_versions("1.01", "1.1") == 0);
  CHECK(compare_versions("0:1.0", "1.0") == 0);
  CHECK(compare_versions("1.0", "1.0-0") == 0);
}

TEST_CASE("a version of any length is ordered, and by its digits, not by their value in a number") {
  const std::string nines(5000, '9');
  CHECK(compare_versions(nines, "1" + std::string(5000, '0')) < 0);
  CHECK(compare_versions(nines, nines) == 0);
}

TEST_CASE("of a package version the upstream's numbers are told") {
  CHECK(upstream_numbers("1:1.2.13.dfsg-1") == "1.2.13");
  CHECK(upstream_numbers("3.0.17-1~deb12u2") == "3.0.17");
  CHECK(upstream_numbers("7.88.1-10+deb12u14") == "7.88.1");
  CHECK(upstream_numbers("git20240101").empty());
  CHECK(upstream_numbers("").empty());
}

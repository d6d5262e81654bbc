#include "container/revision.hpp"

#include <catch2/catch.hpp>

using namespace cosigner::container;

namespace {
const std::vector<std::string> known = {"3.9.0", "3.10.1", "2025.07.16", "2026.10.03"};
}

TEST_CASE("calendar versions come after plain ones, and numbers are compared as numbers") {
  CHECK(*compare_revisions("3.10.1", "3.9.0", {}) > 0);
  CHECK(*compare_revisions("2025.07.16", "3.10.1", {}) > 0);
  CHECK(*compare_revisions("2026.10.03", "2026.9.16", {}) > 0);
  CHECK(*compare_revisions("2026.10.03", "2026.10.03", {}) == 0);
  CHECK(*compare_revisions("3.10", "3.10.0", {}) == 0);
}

TEST_CASE("the profile's list decides where it names both") {
  CHECK(*compare_revisions("b", "a", {"b", "a"}) < 0);
  CHECK_FALSE(compare_revisions("latest", "2026.10.03", known).has_value());
}

TEST_CASE("an older revision, or one that has no place in the order, is a downgrade; the first install is none") {
  CHECK(is_downgrade("2026.10.03", "2025.07.16", known));
  CHECK(is_downgrade("2026.10.03", "latest", known));
  CHECK_FALSE(is_downgrade("2026.10.03", "2026.10.03", known));
  CHECK_FALSE(is_downgrade("2026.10.03", "2026.11.01", known));
  CHECK_FALSE(is_downgrade("", "3.9.0", known));
}

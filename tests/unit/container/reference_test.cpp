#include "container/reference.hpp"

#include <catch2/catch.hpp>

using namespace cosigner;
using namespace cosigner::container;

namespace {
const std::string digest = "sha256:" + std::string(64, 'a');
}

TEST_CASE("a reference is taken apart and put together again") {
  const auto full = parse_reference("registry.example:5000/team/v2/co_signer:2026.10.03@" + digest);
  REQUIRE(full);
  CHECK(full->registry == "registry.example:5000");
  CHECK(full->repository == "team/v2/co_signer");
  CHECK(full->tag == "2026.10.03");
  CHECK(full->digest == digest);
  CHECK(full->by_tag() == "registry.example:5000/team/v2/co_signer:2026.10.03");
  CHECK(full->by_digest() == "registry.example:5000/team/v2/co_signer@" + digest);
  CHECK(parse_reference("localhost/x")->repository == "x");
  CHECK(parse_reference("10.0.0.1:80/x")->registry == "10.0.0.1:80");
}

TEST_CASE("a reference without its registry, or with anything that an engine could read otherwise, is refused") {
  for (const char* text : {"", "alpine", "alpine:3", "team/name", "registry.example/", "/x", "registry.example//x", "registry.example/X", "registry.example/a/../b",
                           "registry.example/a b", "registry.example/a?b", "registry.example/a#b", "registry.example/a:", "registry.example/a:-x",
                           "registry.example/a@", "registry.example/a@sha256:12", "registry.example/a@md5:aa", "registry.example:0/a", "registry.example:99999/a",
                           "registry.example:x/a", "https://registry.example/a", "user@registry.example/a", "-bad.example/a", "registry..example/a",
                           "registry.example/a\n", "registry.example/-a", "registry.example/a_-b", "registry.example/a:b:c"}) {
    INFO(text);
    CHECK(parse_reference(text).error().code == "image.reference_malformed");
  }
  CHECK_FALSE(parse_reference("registry.example/a@sha256:" + std::string(64, 'A')).ok());
  CHECK_FALSE(parse_reference("registry.example/" + std::string(300, 'a')).ok());
}

TEST_CASE("a digest counts only when it stands whole behind the @") {
  CHECK(has_digest({"r.example/x@" + digest}, digest));
  CHECK_FALSE(has_digest({"r.example/x:" + digest}, digest));
  CHECK_FALSE(has_digest({"r.example/x@" + digest + "0"}, digest));
  CHECK_FALSE(has_digest({}, digest));
}

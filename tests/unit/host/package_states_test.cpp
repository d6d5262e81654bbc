#include "host/package_states.hpp"

#include <catch2/catch.hpp>

#include "host/regular_text.hpp"
#include "kit/fake_host.hpp"

using namespace cosigner;

TEST_CASE("a package is missing when dpkg never heard of it or only remembers it, not when it is half here") {
  const std::map<std::string, host::Package> installed = {{"whole", {"whole", "1", "installed"}}, {"half", {"half", "1", "half-configured"}}, {"gone", {"gone", "1", "config-files"}}, {"never", {"never", "", "not-installed"}}};
  CHECK(host::missing_packages(installed, {"never", "whole", "other", "half", "gone"}) == std::vector<std::string>{"never", "other", "gone"});
  CHECK(host::missing_packages(installed, {}).empty());
}

TEST_CASE("a text within a limit is empty where the file is larger, absent or no regular one") {
  kit::FakeHost host;
  host.model.entries["/a"] = {host::FileKind::regular, {}, "four", host.model.now};
  host.model.entries["/b"] = {host::FileKind::link, {}, "/a", host.model.now};
  const auto text = [&](const char* path, std::size_t limit) { return *host::regular_text_within(host.files(), path, limit); };
  CHECK(text("/a", 4) == "four");
  CHECK(text("/a", 3).empty());
  CHECK(text("/b", 4).empty());
  CHECK(text("/c", 4).empty());
}

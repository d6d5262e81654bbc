#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/harness/target.hpp"

using cosigner::fuzz::Target;

namespace {

namespace fs = std::filesystem;

fs::path corpora() { return fs::path(COSIGNER_FIXTURES) / ".." / "fuzz" / "corpus"; }

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("every input that a fuzzer begins with or once found is read within the rules") {
  for (const Target& target : cosigner::fuzz::targets()) {
    REQUIRE(fs::is_directory(corpora() / target.name));
    for (const fs::path& file : entries_of(corpora() / target.name)) {
      INFO(target.name << " on " << file.filename());
      CHECK_NOTHROW(target.run(bytes_of(file)));
    }
  }
}

TEST_CASE("every prefix of an input is read within the rules: whatever was cut off, and where") {
  for (const Target& target : cosigner::fuzz::targets()) {
    for (const fs::path& file : entries_of(corpora() / target.name)) {
      const std::string bytes = bytes_of(file);
      INFO(target.name << " on the beginning of " << file.filename());
      const std::size_t step = 1 + bytes.size() / 24;
      for (std::size_t length = 0; length < bytes.size(); length += step) {
        INFO("of " << length << " bytes");
        CHECK_NOTHROW(target.run(bytes.substr(0, length)));
      }
    }
  }
}

TEST_CASE("every fuzz target has a corpus of at least three inputs, and every corpus a target") {
  std::vector<std::string> names;
  for (const Target& target : cosigner::fuzz::targets()) {
    INFO(target.name);
    CHECK(entries_of(corpora() / target.name).size() >= 3);
    names.push_back(target.name);
  }
  for (const fs::path& folder : entries_of(corpora())) {
    if (!fs::is_directory(folder)) continue;  // what makes them
    INFO(folder.filename());
    CHECK(std::count(names.begin(), names.end(), folder.filename().string()) == 1);
  }
}

TEST_CASE("an input that breaks a rule ends the program that looks for one") {
  CHECK_THROWS_AS(cosigner::fuzz::require(false, "a rule"), cosigner::fuzz::RuleBroken);
  CHECK_NOTHROW(cosigner::fuzz::require(true, "a rule"));
}

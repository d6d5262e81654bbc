#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "installer/checks/catalog.hpp"
#include "kit/golden.hpp"
#include "sgx/aesm.hpp"
#include "unit/checks/breakages.hpp"

using namespace cosigner;
using namespace cosigner::checks;

namespace {

/// What no remedy may teach (threats S3).
const std::vector<std::string> bad_habits = {"chmod 777",
                                             "chmod -R 777",
                                             "a+rwx",
                                             "| sh",
                                             "| bash",
                                             "|sh",
                                             "|bash",
                                             "rm -r",
                                             "rm -f",
                                             "--force-yes",
                                             "--allow-unauthenticated",
                                             "--no-check-certificate",
                                             "curl -k",
                                             "--insecure",
                                             "setenforce 0",
                                             "ufw disable",
                                             "--nogpgcheck",
                                             "trusted=yes to",
                                             "use_secure_cert false",
                                             "--force-overwrite",
                                             "--privileged",
                                             "usermod -aG docker",
                                             "StrictHostKeyChecking",
                                             "verify: skip",
                                             "docker system prune",
                                             "--no-verify"};

void check_remedy(const std::string& text) {
  INFO(text);
  for (const auto& habit : bad_habits) CHECK(text.find(habit) == std::string::npos);
  CHECK(lines_of(text).size() <= 1);
}

std::set<std::string> names_in_sources() {
  std::set<std::string> names;
  for (const char* folder : {"/installer/checks/", "/installer/stages/"}) {
    for (const auto& entry : std::filesystem::directory_iterator(kit::repository_folder() + folder)) {
      if (entry.path().extension() != ".cpp") continue;
      const std::string text = kit::file_text(entry.path().string());
      const std::string call = "remedy(\"";
      for (std::size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
        const std::size_t begin = at + call.size();
        names.insert(text.substr(begin, text.find('"', begin) - begin));
      }
    }
  }
  return names;
}

}  // namespace

TEST_CASE("every remedy that a check names is written, and every one written is named") {
  std::set<std::string> written;
  for (const auto& [name, sentence] : remedies()) CHECK(written.insert(name).second);
  CHECK(written == names_in_sources());
}

TEST_CASE("no remedy teaches a bad habit") {
  for (const auto& [name, sentence] : remedies()) {
    check_remedy(sentence);
    CHECK(sentence.back() == '.');
  }
  for (const Trouble& trouble : catalogue()) check_remedy(trouble.remedy);
  for (std::uint32_t code = 0; code < 220; ++code) check_remedy(std::string(sgx::explain_aesm_code(code).remedy));
  for (const auto& [breakage, seen] : broken_machines()) {
    for (const auto& [id, finding] : seen) check_remedy(finding.remedy);
  }
}

TEST_CASE("no text of the product teaches a bad habit, in whatever room it is written") {
  std::size_t lines = 0;
  for (const char* room : {"installer", "lib", "conf", "packaging"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kit::repository_folder() + "/" + room)) {
      if (!entry.is_regular_file()) continue;
      const std::string text = kit::file_text(entry.path().string());
      for (const auto line : lines_of(text)) {
        ++lines;
        if (line.rfind("Symptom:", 0) == 0) continue;  // what people see or did, not what they are told
        for (const auto& habit : bad_habits) {
          const std::size_t at = line.find(habit);
          const bool is_an_or = at != std::string_view::npos && at > 0 && line[at] == '|' && line[at - 1] == '|';
          if (at != std::string_view::npos && !is_an_or) FAIL_CHECK(entry.path() << ": " << habit << " in: " << line);
        }
      }
    }
  }
  CHECK(lines > 20'000);
}

TEST_CASE("every check is about something, and names the rows that it finds") {
  for (const auto& check : all_checks()) {
    INFO(check.id);
    CHECK_FALSE(about_check(check.id).empty());
  }
  CHECK_THAT(explain("firmware.sgx"), Catch::Contains("A2") && Catch::Contains("A3") && Catch::Contains("A5"));
  CHECK_THAT(explain("A2"), Catch::Contains("SGX disabled by BIOS.") && Catch::Contains("firmware.sgx"));
  CHECK(explain("nothing.like.this").empty());
}

TEST_CASE("a log is searched for words, not for patterns") {
  const auto found = find_troubles("one\nx [QCNL] Load JSON config error: y\nz SGX disabled by BIOS.\nSGX disabled by BIOS.\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].trouble->id == "A2");
  CHECK(found[0].line == 3);
  CHECK(found[0].places == 2);
  CHECK(found[1].trouble->id == "E3");
  CHECK(find_troubles(".*\n(a+)+$\n").empty());
  CHECK(find_troubles("SGX disabled by\nBIOS.\n").empty());
}

TEST_CASE("every quote is found, in the middle of a line") {
  for (const Trouble& trouble : catalogue()) {
    for (const auto& fragments : trouble.quotes) {
      INFO(trouble.id << " " << joined(fragments, " … "));
      const auto found = find_troubles("before " + joined(fragments, " 17 ") + " after\n");
      CHECK(std::any_of(found.begin(), found.end(), [&](const Match& match) { return match.trouble == &trouble; }));
    }
  }
}

TEST_CASE("of a line without an end only its beginning is read") {
  std::string endless(100u * 1024 * 1024, 'a');
  endless += "SGX disabled by BIOS.";
  CHECK(find_troubles(endless).empty());
  CHECK(find_troubles("SGX disabled by BIOS." + endless).size() == 1);
}

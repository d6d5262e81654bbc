// Dumps of real CPUs, judged as the folder's INDEX.md says. They lie outside the repository: COSIGNER_REAL_DATA names the place.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/text.hpp"
#include "sgx/cpuid_facts.hpp"
#include "sgx/cpuid_text.hpp"

using namespace cosigner;
using namespace cosigner::sgx;

namespace {

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Hexadecimal value after `label`.
std::optional<std::uint32_t> hex_after(const std::string& text, const std::string& label) {
  const std::size_t at = text.find(label);
  if (at == std::string::npos) return std::nullopt;
  return static_cast<std::uint32_t>(std::stoul(text.substr(at + label.size()), nullptr, 16));
}

struct Row {
  std::string stem, signature, verdict, expected;
};

std::vector<Row> rows_of(const std::string& index) {
  std::vector<Row> out;
  for (const auto line : lines_of(index)) {
    const auto cells = split(line, '|');
    if (cells.size() < 8 || trimmed(cells[1]).substr(0, 1) != "`") continue;
    std::string stem(trimmed(cells[1]));
    out.push_back({stem.substr(1, stem.size() - 2), std::string(trimmed(cells[3])), std::string(trimmed(cells[6])), std::string(trimmed(cells[7]))});
  }
  return out;
}

Verdict verdict_of(const Row& row) {
  if (row.verdict == "SGX on") return Verdict::on;
  if (row.verdict == "no SGX") return Verdict::not_offered;
  if (row.verdict == "not Intel") return Verdict::not_intel;
  return Verdict::off_in_firmware;
}

void check_epc(const std::string& expected, const CpuidFacts& facts) {
  if (has(expected, "EPC sections not recorded")) {
    CHECK_FALSE(facts.epc.has_value());
    return;
  }
  std::size_t at = expected.find("EPC 0x");
  if (at == std::string::npos) return;
  REQUIRE(facts.epc);
  std::size_t count = 0;
  double sum = 0;
  for (at = expected.find("0x", at); at != std::string::npos; at = expected.find("0x", at + 1), ++count) {
    REQUIRE(count < facts.epc->size());
    const EpcSection& section = (*facts.epc)[count];
    CHECK(section.base == std::stoull(expected.substr(at), nullptr, 16));
    const double mib = std::stod(expected.substr(expected.find("+ ", at) + 2));
    CHECK(section.size == static_cast<std::uint64_t>(mib * 1048576));
    CHECK(section.property == static_cast<unsigned>(std::stoul(expected.substr(expected.find("(property ", at) + 10))));
    sum += mib;
  }
  CHECK(facts.epc->size() == count);
  CHECK(facts.epc_bytes == static_cast<std::uint64_t>(sum * 1048576));
}

void check_features(const std::string& expected, const CpuidFacts& facts) {
  if (!has(expected, "12.0 EAX")) return;
  const std::string list = expected.substr(expected.find("12.0 EAX"));
  for (const auto& [name, value] : {std::pair{"SGX1", facts.sgx1}, {"SGX2", facts.sgx2}, {"ENCLV", facts.enclv}, {"OVERSUB", facts.oversub}, {"EUPDATESVN", facts.eupdatesvn}}) {
    INFO(name);
    CHECK(value == has(list, name));
  }
  CHECK(facts.exinfo == has(list, "EXINFO=1"));
  if (has(list, "KSS=not recorded")) CHECK_FALSE(facts.kss.has_value());
  else CHECK(facts.kss == has(list, "KSS=1"));
  CHECK(facts.max_enclave_log2_32 == static_cast<unsigned>(std::stoul(list.substr(list.find("2^") + 2))));
  CHECK(facts.max_enclave_log2_64 == static_cast<unsigned>(std::stoul(list.substr(list.find("/ 2^") + 4))));
}

void check_file(const Row& row, const std::filesystem::path& file) {
  INFO(file.filename().string());
  const auto dumps = parse_cpuid_text(read_all(file));
  REQUIRE(dumps.ok());
  const CpuidFacts facts = judge_cpuid(dumps->front());
  const bool is_partial = has(file.filename().string(), ".partial.");
  CHECK(facts.verdict == (is_partial ? Verdict::unknown : verdict_of(row)));
  CHECK(facts.vendor.has_value() != is_partial);
  if (!is_partial) {
    CHECK(has(row.expected, "vendor " + std::string(facts.vendor->raw())));
    CHECK(facts.max_basic_leaf == hex_after(row.expected, "max leaf "));
  }
  CHECK(facts.signature == static_cast<std::uint32_t>(std::stoul(row.signature, nullptr, 16)));
  CHECK(facts.offered == has(row.expected, "7.EBX[2]=1"));
  CHECK(facts.flc == has(row.expected, "7.ECX[30]=1"));
  check_features(row.expected, facts);
  check_epc(row.expected, facts);
}

}  // namespace

TEST_CASE("dumps of real CPUs are judged as their collection says") {
  const char* place = std::getenv("COSIGNER_REAL_DATA");
  const std::filesystem::path folder = place == nullptr ? std::filesystem::path() : std::filesystem::path(place) / "cpuid";
  if (place == nullptr || !std::filesystem::exists(folder / "INDEX.md")) {
    std::cout << "real vectors: there were none (COSIGNER_REAL_DATA)\n";
    return;
  }
  const auto rows = rows_of(read_all(folder / "INDEX.md"));
  std::size_t files = 0, judged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name == "INDEX.md") continue;
    ++files;
    for (const auto& row : rows) {
      if (name.rfind(row.stem + ".", 0) != 0) continue;
      check_file(row, entry.path());
      ++judged;
    }
  }
  std::cout << "real vectors: " << judged << " of " << files << "\n";
  CHECK(judged == files);
}

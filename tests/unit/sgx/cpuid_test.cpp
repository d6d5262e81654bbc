#include <catch2/catch.hpp>

#include "sgx/cpuid_facts.hpp"
#include "sgx/cpuid_text.hpp"

using namespace cosigner;
using namespace cosigner::sgx;

namespace {

constexpr const char* leaf_0 = "   0x00000000 0x00: eax=0x0000001b ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n";
constexpr const char* leaf_7 = "   0x00000007 0x00: eax=0x00000000 ebx=0x00000004 ecx=0x40000000 edx=0x00000000\n";
constexpr const char* leaf_12 = "   0x00000012 0x00: eax=0x00000003 ebx=0x00000001 ecx=0x00000000 edx=0x0000381f\n";

host::CpuidDump dump_of(const std::string& text) {
  auto dumps = parse_cpuid_text(text);
  REQUIRE(dumps.ok());
  return dumps->front();
}

CpuidFacts facts_of(const std::string& text) { return judge_cpuid(dump_of(text)); }

}  // namespace

TEST_CASE("a machine with SGX on is read from cpuid's raw form") {
  const auto facts = facts_of(std::string("CPU 0:\n") + leaf_0 + leaf_7 + leaf_12 +
                              "   0x00000012 0x01: eax=0x000000b6 ebx=0x00000000 ecx=0x000002e7 edx=0x00000000\n"
                              "   0x00000012 0x02: eax=0xc0000001 ebx=0x00000004 ecx=0x00000001 edx=0x00000002\n"
                              "   0x00000012 0x03: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n");
  CHECK(facts.verdict == Verdict::on);
  CHECK(facts.flc == true);
  CHECK(facts.sgx2 == true);
  CHECK(facts.kss == true);
  CHECK(facts.exinfo == true);
  CHECK(facts.max_enclave_log2_32 == 31u);
  CHECK(facts.max_enclave_log2_64 == 56u);
  // The low word of the size is zero: 8 GiB.
  CHECK(facts.epc_bytes == 8ull << 30);
  CHECK(facts.epc->front() == EpcSection{0x4c0000000, 8ull << 30, 1});
}

TEST_CASE("sections of two sockets are summed, and an unknown property is not size zero") {
  const auto facts = facts_of(std::string("CPU:\n") + leaf_0 + leaf_7 + leaf_12 +
                              "   0x00000012 0x02: eax=0x00c00001 ebx=0x00000040 ecx=0x7ec00003 edx=0x00000000\n"
                              "   0x00000012 0x03: eax=0x00000007 ebx=0x00000000 ecx=0x7ec00001 edx=0x00000000\n"
                              "   0x00000012 0x04: eax=0x00c00001 ebx=0x00000080 ecx=0x7f400002 edx=0x00000000\n"
                              "   0x00000012 0x05: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n"
                              "   0x00000012 0x06: eax=0x00c00001 ebx=0x00000080 ecx=0x7f400002 edx=0x00000000\n");
  REQUIRE(facts.epc->size() == 2);
  CHECK(facts.epc->front().property == 3);
  CHECK(facts.epc_bytes == 4064ull << 20);
}

TEST_CASE("a leaf above the highest basic leaf says nothing about SGX") {
  const auto facts = facts_of("CPU:\n   0x00000000 0x00: eax=0x0000000d ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
                              "   0x00000007 0x00: eax=0x00000000 ebx=0x00000281 ecx=0x00000000 edx=0x00000000\n"
                              "   0x00000012 0x00: eax=0x00000007 ebx=0x00000340 ecx=0x00000340 edx=0x00000000\n");
  CHECK(facts.verdict == Verdict::not_offered);
  CHECK(facts.sgx1 == false);
  const auto old = facts_of("CPU:\n   0x00000000 0x00: eax=0x00000005 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n" + std::string(leaf_7) + leaf_12);
  CHECK(old.verdict == Verdict::not_offered);
  CHECK(old.flc == false);
}

TEST_CASE("offered but with an empty leaf 0x12 is off in firmware, launch control bit or not") {
  const auto facts = facts_of(std::string("CPU:\n") + leaf_0 + leaf_7 + "   0x00000012 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n");
  CHECK(facts.verdict == Verdict::off_in_firmware);
  CHECK(facts.offered == true);
  CHECK(facts.flc == true);
  CHECK_FALSE(facts.max_enclave_log2_64.has_value());
}

TEST_CASE("what was not recorded stays unknown") {
  const auto without_leaf_0 = facts_of(std::string("CPU:\n") + leaf_7 + leaf_12);
  CHECK(without_leaf_0.verdict == Verdict::unknown);
  CHECK_FALSE(without_leaf_0.vendor.has_value());
  CHECK_FALSE(without_leaf_0.max_basic_leaf.has_value());
  CHECK(without_leaf_0.sgx1 == true);
  const auto without_epc = facts_of(std::string("CPU:\n") + leaf_0 + leaf_7 + leaf_12);
  CHECK(without_epc.verdict == Verdict::on);
  CHECK_FALSE(without_epc.epc.has_value());
  CHECK_FALSE(without_epc.epc_bytes.has_value());
  CHECK_FALSE(without_epc.kss.has_value());
  CHECK(facts_of(std::string("CPU:\n") + leaf_0 + leaf_7).verdict == Verdict::unknown);
  CHECK(facts_of(std::string("CPU:\n") + leaf_0).verdict == Verdict::unknown);
}

TEST_CASE("another vendor is not an SGX machine whatever its leaves say") {
  const auto facts = facts_of("CPU:\n   0x00000000 0x00: eax=0x0000001b ebx=0x68747541 ecx=0x444d4163 edx=0x69746e65\n" + std::string(leaf_7) + leaf_12);
  CHECK(facts.verdict == Verdict::not_intel);
  CHECK(facts.vendor->raw() == "AuthenticAMD");
  CHECK(facts.sgx1 == false);
}

TEST_CASE("lines that a mail program wrapped or quoted read the same") {
  const std::string plain = std::string("CPU:\n") + leaf_0 + leaf_7 + leaf_12;
  std::string wrapped = "> CPU:\n";
  for (const char* line : {leaf_0, leaf_7, leaf_12}) {
    std::string text = std::string("> ") + line;
    text.replace(text.find(" edx="), 1, "\n> ");
    wrapped += text;
  }
  CHECK(judge_cpuid(dump_of(wrapped)).verdict == judge_cpuid(dump_of(plain)).verdict);
  CHECK(dump_of(wrapped).leaves.size() == 3);
}

TEST_CASE("AIDA's form is read with and without subleaf numbers, a block a logical CPU") {
  const auto dumps = parse_cpuid_text(
      "------[ Logical CPU #0 ]------\nCPUID 00000000: 0000001B-756E6547-6C65746E-49656E69 [GenuineIntel]\n"
      "CPUID 00000007: 00000000-00000004-40000000-00000000 [SL 00]\nCPUID 00000012: 00000001-00000000-00000000-0000241F\n"
      "CPUID 00000012: 000000B6-00000000-00000003-00000000\nCPUID 00000012: 70200001-00000000-05D80001-00000000\n"
      "------[ Logical CPU #1 ]------\nCPUID 00000000: 0000001B-756E6547-6C65746E-49656E69\n");
  REQUIRE(dumps.ok());
  REQUIRE(dumps->size() == 2);
  const auto facts = judge_cpuid(dumps->front());
  CHECK(facts.verdict == Verdict::on);
  CHECK(facts.kss == true);
  CHECK(facts.epc->front().base == 0x70200000);
  CHECK_FALSE(do_agree(*dumps));
  CHECK(do_agree({dumps->front(), dumps->front()}));
}

TEST_CASE("text without any leaf is refused") {
  for (const char* text : {"", "CPU:\n", "hello", "CPUID 00000012: 000-0-0-0\n", "0x00000007 0x00: eax=0x1 ebx=0x2\n"}) {
    const auto dumps = parse_cpuid_text(text);
    REQUIRE_FALSE(dumps.ok());
    CHECK(dumps.error().code == "sgx.cpuid_unreadable");
  }
}

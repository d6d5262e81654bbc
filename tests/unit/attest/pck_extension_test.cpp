#include <catch2/catch.hpp>

#include "attest/pck_extension.hpp"
#include "unit/attest/made_evidence.hpp"

using namespace attest_test;

namespace {

bool reads(const std::string& der) { return attest::read_pck_extension(der).ok(); }

/// The extension with one text of its DER replaced, lengths left alone.
std::string replaced(std::string der, const std::string& part, const std::string& by) {
  return der.replace(der.find(part), part.size(), by);
}

const std::string arc("\x2A\x86\x48\x86\xF8\x4D\x01\x0D\x01", 9);

}  // namespace

TEST_CASE("the SGX extension is read whole, with its pairs in any order") {
  const Wishes wishes;
  for (const bool reversed : {false, true}) {
    const auto read = attest::read_pck_extension(make_sgx_extension(wishes.platform, reversed));
    REQUIRE(read.ok());
    CHECK(read->components == wishes.platform.components);  // 255 is an INTEGER of two bytes
    CHECK(read->pcesvn == 13);
    CHECK(read->ppid == wishes.platform.ppid);
    CHECK(read->cpusvn == wishes.platform.cpusvn);
    CHECK(read->fmspc == wishes.platform.fmspc);
    CHECK(read->pceid == wishes.platform.pceid);
    CHECK(read->sgx_type == 1);
    CHECK(read->platform_instance == wishes.platform.platform_instance);
    CHECK(read->dynamic_platform == false);
    CHECK(read->cached_keys == true);
    CHECK(read->smt_enabled == true);
  }
}

TEST_CASE("members of a Processor CA's certificate end with the SGX type") {
  attest::PckExtension platform = Wishes().platform;
  platform.platform_instance.reset();
  platform.dynamic_platform.reset();
  const auto read = attest::read_pck_extension(make_sgx_extension(platform));
  REQUIRE(read.ok());
  CHECK_FALSE(read->platform_instance.has_value());
  CHECK_FALSE(read->smt_enabled.has_value());
}

TEST_CASE("an SGX extension with a member missing, doubled, of another length or type is refused") {
  attest::PckExtension platform = Wishes().platform;
  const std::string good = make_sgx_extension(platform);
  CHECK_FALSE(reads(good + '\0'));
  CHECK_FALSE(reads(""));
  const auto wrong = [](const std::function<void(attest::PckExtension&)>& change) {
    attest::PckExtension changed = Wishes().platform;
    change(changed);
    return !reads(make_sgx_extension(changed));
  };
  CHECK(wrong([](attest::PckExtension& p) { p.ppid.pop_back(); }));
  CHECK(wrong([](attest::PckExtension& p) { p.fmspc.pop_back(); }));
  CHECK(wrong([](attest::PckExtension& p) { p.fmspc += 'x'; }));
  CHECK(wrong([](attest::PckExtension& p) { p.pceid += 'x'; }));
  CHECK(wrong([](attest::PckExtension& p) { p.cpusvn.clear(); }));
  CHECK(wrong([](attest::PckExtension& p) { p.sgx_type = 3; }));
  const std::string fmspc = arc + "\x04", pceid = arc + "\x03";
  CHECK_FALSE(reads(replaced(good, fmspc, arc + "\x09")));  // FMSPC missing, an unknown member instead
  CHECK_FALSE(reads(replaced(good, fmspc, pceid)));         // PCEID twice
  CHECK_FALSE(reads(replaced(good, std::string("\x0A\x01\x01"), std::string("\x02\x01\x01"))));        // the type as INTEGER
  CHECK_FALSE(reads(replaced(good, std::string("\x01\x01\xFF", 3), std::string("\x01\x01\x01", 3))));  // BOOLEAN in BER
}

TEST_CASE("TCB components are looked up by their whole OID, are 0 to 255, and none may be missing or twice") {
  const std::string good = make_sgx_extension(Wishes().platform);
  const std::string first = arc + "\x02\x01\x02\x01\x07";
  REQUIRE(good.find(first) != std::string::npos);
  CHECK_FALSE(reads(replaced(good, first, arc + "\x02\x0A\x02\x01\x07")));  // .2.10 twice, .2.1 missing
  CHECK_FALSE(reads(replaced(good, first, arc + "\x02\x13\x02\x01\x07")));  // .2.19
  CHECK_FALSE(reads(replaced(good, first, arc + "\x07\x01\x02\x01\x07")));
  CHECK_FALSE(reads(replaced(good, first, arc + "\x02\x01\x02\x01\x87")));  // below zero
  const std::string large = std::string("\x02\x02\x00\xFF", 4);
  CHECK_FALSE(reads(replaced(good, large, std::string("\x02\x02\x01\x00", 4))));  // 256
  CHECK_FALSE(reads(replaced(good, large, std::string("\x02\x02\x00\x7F", 4))));  // not the shortest form
}

TEST_CASE("an SGX extension cut at any byte is refused") {
  const std::string good = make_sgx_extension(Wishes().platform);
  for (std::size_t at = 0; at < good.size(); ++at) CHECK_FALSE(reads(good.substr(0, at)));
}

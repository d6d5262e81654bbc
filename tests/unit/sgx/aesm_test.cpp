#include "sgx/aesm.hpp"

#include <catch2/catch.hpp>

#include "base/encoding.hpp"

using namespace cosigner;
using namespace cosigner::sgx;

namespace {

std::string bytes(const std::string& hex) { return *from_hex(hex); }

/// Framed answer 22 with one key id of this algorithm.
std::string key_ids_answer(char algorithm) {
  std::string id(256, '\0');
  id[154] = algorithm;
  return bytes("09010000b20185020800128002") + id;
}

}  // namespace

TEST_CASE("questions have the bytes of the published protocol") {
  CHECK(to_hex(ask_key_count()) == "03000000aa0100");
  CHECK(to_hex(ask_key_ids(1)) == "06000000b20103088002");
  const std::string init = ask_init_quote(std::string(2, 'k'));
  CHECK(to_hex(init).find("7a") == 8);                    // field 15
  CHECK(to_hex(init).find("0a026b6b18002000") != std::string::npos);  // id, no key wanted, buffer size 0 said
}

TEST_CASE("the number of keys is read, and the daemon's error is a text with a remedy") {
  CHECK(*read_key_count(bytes("07000000aa010408001001")) == 1);
  const auto failed = read_key_count(bytes("05000000aa0102081e"));
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == "sgx.aesm_error");
  CHECK(failed.error().message.find("error 30") != std::string::npos);
  CHECK_FALSE(failed.error().remedy.empty());
}

TEST_CASE("key ids carry their algorithm") {
  const std::string answer = key_ids_answer(2);
  const auto ids = read_key_ids(answer);
  REQUIRE(ids.ok());
  REQUIRE(ids->size() == 1);
  CHECK(ids->front().algorithm == algorithm_ecdsa_p256);
}

TEST_CASE("an answer that is cut, too long, to another question, or no message is malformed") {
  const std::string good = bytes("07000000aa010408001001");
  for (const std::string& answer : {std::string(), good.substr(0, 3), good.substr(0, good.size() - 1), good + "x", bytes("ffffffff"), bytes("03000000aa01ff"), bytes("00000000"), key_ids_answer(2)}) {
    const auto count = read_key_count(answer);
    REQUIRE_FALSE(count.ok());
    CHECK(count.error().code == "sgx.aesm_malformed");
  }
  CHECK(read_key_ids(good).error().code == "sgx.aesm_malformed");
  CHECK(read_init_quote(good).error().code == "sgx.aesm_malformed");
}

TEST_CASE("an answer that the request is not supported is the daemon's error, and with the code of success no answer at all") {
  CHECK(read_key_count(bytes("05000000a201020800")).error().code == "sgx.aesm_malformed");
  CHECK(read_key_count(bytes("05000000a2010208" "1e")).error().code == "sgx.aesm_error");
}

TEST_CASE("every code has a meaning and, but for success, a remedy of one sentence") {
  for (std::uint32_t code = 1; code < 260; ++code) {
    const AesmCode row = explain_aesm_code(code);
    CHECK(row.code == code);
    CHECK_FALSE(row.meaning.empty());
    CHECK(row.remedy.size() > 10);
    CHECK(row.remedy.back() == '.');
  }
  CHECK(explain_aesm_code(100).meaning.find("EPID") != std::string_view::npos);
}

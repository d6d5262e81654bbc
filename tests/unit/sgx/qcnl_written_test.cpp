// Everything that is written for the quote provider's library, read back by a reader of the library's own grammar.
#include <catch2/catch.hpp>

#include "kit/qcnl_reader.hpp"
#include "sgx/qcnl.hpp"
#include "sgx/qcnl_report.hpp"

using namespace cosigner;
using namespace cosigner::sgx;
using kit::read_as_the_library_does;

namespace {

const std::string intel_url = "https://api.trustedservices.intel.com/sgx/certification/v4/";
const std::string own_url = "https://pccs.example:8081/sgx/certification/v3/";

std::vector<WantedProvider> providers() {
  return {{QuoteProvider::intel, intel_url, true},
          {QuoteProvider::azure, std::string(azure_pccs_url), true},
          {QuoteProvider::alibaba, *alibaba_pccs_url("cn-beijing", true), true},
          {QuoteProvider::alibaba, *alibaba_pccs_url("ap-southeast-5", false), true},
          {QuoteProvider::pccs, own_url, true},
          {QuoteProvider::pccs, own_url, false}};
}

struct Existing {
  const char* what;
  std::string text;
};

std::vector<Existing> files() {
  const WantedProvider azure = providers()[1];
  return {{"none", ""},
          {"shipped", "{\n  // *** ATTENTION : This file is in JSON format so the keys are case sensitive.\n  //PCCS server address\n  \"pccs_url\": \"https://localhost:8081/sgx/certification/v4/\"\n\n"
                      "  /* block, with a \" in it */\n  ,\"use_secure_cert\": true\n  //\"collateral_service\": \"x\"\n  ,\"retry_times\": 6\n  ,\"retry_delay\": 10\n  ,\"local_cache_only\": false\n}\n"},
          {"old form", "# server\nPCCS_URL=https://localhost:8081/sgx/certification/v3/\n# x\nUSE_SECURE_CERT=FALSE\nRETRY_TIMES=3\nLOCAL_CACHE_ONLY=FALSE\n"},
          {"no comma", "{\n \"pccs_url\": \"https://x.example/\"\n \"use_secure_cert\": true\n}\n"},
          {"trailing comma", "{\"pccs_url\": \"https://x.example/\",}\n"},
          {"byte order mark", "\xef\xbb\xbf{\"pccs_url\": \"https://x.example/\"}\n"},
          {"blank line", "\n{\"pccs_url\": \"https://x.example/\"}\n"},
          {"cut off", "{\"pccs_url\": \"https://x.ex"},
          {"foreign keys", "{\"pccs_url\": \"x\", \"mine\": {\"a\": [1, 2.5, null, \"\\u0041\\n\"]}, \"PCCS_URL\": \"https://trap.example/\"}\n"},
          {"wrong kinds", "{\"pccs_url\": 5, \"use_secure_cert\": \"false\", \"retry_times\": \"6\", \"tcb_update_type\": \"all\", \"custom_request_options\": 7}\n"},
          {"Azure's", write_qcnl("", azure)},
          {"ended", "{\"pccs_url\": \"https://api.trustedservices.intel.com/sgx/certification/v3/\", \"collateral_service\": \"https://API.trustedservices.intel.com/sgx/certification/v3/\"}"},
          {"hostile", "{\"pccs_url\": \"https://x.example/\\\" // \", \"\\u0000\": \"\x1b[2J\", \"a\": \"\xff\xfe\"}\n"},
          {"hostile text", std::string("\0\x1b]0;x\x07PCCS_URL=https://x.example/\r\nRETRY_TIMES=99999999999999\n", 60)},
          {"deep", "{\"a\": " + std::string(100, '[') + std::string(100, ']') + "}"},
          {"a list", "[1, 2]\n"},
          {"large", "{\"a\": \"" + std::string(100'000, 'x') + "\"}"}};
}

}  // namespace

TEST_CASE("whatever was there, the library reads the wanted provider from what is written") {
  for (const auto& wanted : providers()) {
    for (const auto& [what, text] : files()) {
      INFO(wanted.pccs_url << " over: " << what);
      const std::string written = write_qcnl(text, wanted);
      CHECK(written.front() == '{');
      const auto read = read_as_the_library_does(written);
      INFO(read.trouble);
      CHECK(read.is_json);
      CHECK_FALSE(read.has_comments);
      CHECK(read.pccs_url == wanted.pccs_url);
      CHECK(read.use_secure_cert == wanted.use_secure_cert);
      CHECK_FALSE(read.is_refused);
      CHECK_FALSE(read.local_cache_only);
      CHECK(read.retry_times > 0);
      CHECK(read.retry_delay > 0);
      CHECK(read.collateral_service.find("/v3/") == std::string::npos);
      const bool is_azure = wanted.provider == QuoteProvider::azure;
      CHECK(read.local_pck_url == (is_azure ? "http://169.254.169.254/metadata/THIM/sgx/certification/v4/" : ""));
      CHECK(read.pccs_api_version == (is_azure ? "3.1" : "3.0"));
      CHECK(read.get_cert_headers == (is_azure ? std::map<std::string, std::string>{{"metadata", "true"}} : std::map<std::string, std::string>{}));
      CHECK(read.get_cert_params.size() == (is_azure ? 1u : 0u));
      CHECK(is_configured(written, wanted));
      CHECK(write_qcnl(written, wanted) == written);
      CHECK(report_qcnl(written).trouble.empty());
      CHECK(report_qcnl(written).ended.empty());
    }
  }
}

TEST_CASE("what a file held besides is kept where it could be read, in both forms") {
  for (const auto& wanted : providers()) {
    CHECK(read_as_the_library_does(write_qcnl("RETRY_TIMES=3\nRETRY_DELAY=4\n", wanted)).retry_times == 3);
    CHECK(read_as_the_library_does(write_qcnl("{\"retry_times\": 2, \"tcb_update_type\": \"early\"}", wanted)).tcb_update_type == "early");
    CHECK(write_qcnl("{\"mine\": [1]}", wanted).find("\"mine\"") != std::string::npos);
  }
  const std::string own = "{\"local_pck_url\": \"http://cache.example/\", \"collateral_service\": \"https://c.example/sgx/certification/v4/\"}";
  const auto read = read_as_the_library_does(write_qcnl(own, providers().front()));
  CHECK(read.local_pck_url == "http://cache.example/");
  CHECK(read.collateral_service == "https://c.example/sgx/certification/v4/");
}

TEST_CASE("the test's reader has the traps of the library: case, kinds, commas, what stands before the brace") {
  CHECK(read_as_the_library_does("{ // c\n\"pccs_url\": \"https://a/\" /* d */ }").pccs_url == "https://a/");
  for (const char* text : {"{\"pccs_url\": \"https://a/\",}", "\n{\"pccs_url\": \"https://a/\"}", "{\"Pccs_url\": \"https://a/\"}", "{\"pccs_url\": 1}", "{\"pccs_url\": \"https://a/\"} x", "{\"pccs_url\": \"a\tb\"}"})
    CHECK(read_as_the_library_does(text).pccs_url == "https://localhost:8081/sgx/certification/v4/");
  CHECK(read_as_the_library_does("{\"retry_times\": \"6\", \"use_secure_cert\": \"false\"}").retry_times == 0);
  CHECK(read_as_the_library_does("PCCS_URL=https://b/\nUSE_SECURE_CERT=FALSE\n").pccs_url == "https://b/");
  CHECK(read_as_the_library_does("{\"tcb_update_type\": \"all\"}").is_refused);
}

TEST_CASE("version 3 at Intel's own host is ended, in every key that is used, and at no other host") {
  const auto ended = [](const std::string& text) { return report_qcnl(text).ended; };
  using Keys = std::vector<std::string>;
  CHECK(ended("{\"pccs_url\": \"https://api.trustedservices.intel.com/sgx/certification/v3/\"}") == Keys{"pccs_url"});
  CHECK(ended("PCCS_URL=https://api.trustedservices.intel.com/sgx/certification/v3/\n") == Keys{"pccs_url"});
  CHECK(ended("{\"collateral_service\": \"https://api.trustedservices.intel.com/sgx/certification/v2/\", \"local_pck_url\": \"https://api.trustedservices.intel.com/sgx/certification/v3/\"}") ==
        Keys{"collateral_service", "local_pck_url"});
  CHECK(ended("{\"pccs_url\": \"" + own_url + "\"}").empty());
  CHECK(ended("{\"pccs_url\": \"https://api.trustedservices.intel.com.example/sgx/certification/v3/\"}").empty());
  const WantedProvider wanted{QuoteProvider::pccs, own_url, true};
  const std::string text = write_qcnl("{\"collateral_service\": \"https://api.trustedservices.intel.com/sgx/certification/v3/\"}", wanted);
  CHECK(read_as_the_library_does(text).collateral_service == intel_url);
}

TEST_CASE("of a key that is there twice the first counts, as for the library, and the operator's keys stay") {
  const std::string text = "{\"pccs_url\": \"" + own_url + "\", \"use_secure_cert\": true, \"retry_times\": 2, \"pccs_url\": \"https://other.example/\", \"mine\": 1}";
  const WantedProvider wanted{QuoteProvider::pccs, own_url, true};
  CHECK(read_as_the_library_does(text).pccs_url == own_url);
  CHECK(read_qcnl(text).pccs_url == own_url);
  CHECK(report_qcnl(text).trouble.empty());
  CHECK(is_configured(text, wanted));
  const std::string written = write_qcnl(text, {QuoteProvider::intel, intel_url, true});
  CHECK(read_as_the_library_does(written).pccs_url == intel_url);
  CHECK(read_as_the_library_does(written).retry_times == 2);
  CHECK(written.find("\"mine\"") != std::string::npos);
}

TEST_CASE("an address of Alibaba Cloud is known by its region, of both kinds") {
  CHECK(alibaba_region_of(*alibaba_pccs_url("cn-hongkong", true)) == "cn-hongkong");
  CHECK(alibaba_region_of(*alibaba_pccs_url("cn-hongkong", false)) == "cn-hongkong");
  for (const char* url : {"", "https://sgx-dcap-server.cn-beijing.evil.example/", "https://sgx-dcap-server.cn-x.aliyuncs.com/sgx/certification/v4/"}) CHECK(alibaba_region_of(url).empty());
}

TEST_CASE("an enclave identity is told from any other answer") {
  CHECK(is_enclave_identity("{\"enclaveIdentity\": {\"id\": \"QE\"}, \"signature\": \"00\"}"));
  for (const char* text : {"", "<html>", "{}", "{\"enclaveIdentity\": 1, \"signature\": \"\"}", "{\"enclaveIdentity\": {}}", "[]"}) CHECK_FALSE(is_enclave_identity(text));
}

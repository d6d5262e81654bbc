// Collateral from a service: which addresses are asked, what answers mean, and that nothing that comes is believed.
#include <catch2/catch.hpp>

#include "attest/collateral_cache.hpp"
#include "attest/collateral_client.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "host/posix/curl_network.hpp"
#include "kit/fake_host.hpp"
#include "kit/https_double.hpp"
#include "unit/attest/evidence_folder.hpp"
#include "unit/attest/made_evidence.hpp"

using namespace attest_test;

namespace {

const std::string base = "https://pccs.example/sgx/certification/v4/";

Result<host::HttpRequest> plain_request(const std::string& url) {
  host::HttpRequest request;
  request.url = url;
  return request;
}

/// A model of the network with a service at `base`, which hands out this evidence.
struct Shop {
  kit::FakeHost host;
  MadeEvidence evidence;
  std::map<std::string, int> status;  // instead of 200, by page
  std::string chain_header = "tcb-info-issuer-chain";
  std::string list_form = "der";
  std::chrono::seconds waited{0};
  attest::CollateralAnswers kept, answers;
  std::vector<std::string> from_kept;

  explicit Shop(const Wishes& wishes = {}) : evidence(make(wishes)) {
    host.model.addresses["pccs.example"] = {"192.0.2.9"};
    const std::string chain = to_url_component(*evidence.collateral.tcb_signing_chain);
    put("sgx", "tcb", [this, chain] { return answer(*evidence.collateral.tcb_info, {{chain_header, chain}}); });
    put("tdx", "tcb", [this, chain] { return answer(*evidence.collateral.tcb_info, {{chain_header, chain}}); });
    put("sgx", "qe/identity", [this] { return answer(*evidence.collateral.qe_identity); });
    put("tdx", "qe/identity", [this] { return answer(*evidence.collateral.qe_identity); });
    put("sgx", "pckcrl", [this] { return answer(list(*evidence.collateral.pck_crl)); });
    put("sgx", "rootcacrl", [this] { return answer(list(*evidence.collateral.root_crl)); });
    put("sgx", "pckcert", [this] {
      const std::string& all = evidence.collateral.pck_chain.value();
      const std::size_t leaf = all.find("-----END CERTIFICATE-----\n") + 26;
      return answer(all.substr(0, leaf), {{"sgx-pck-certificate-issuer-chain", to_url_component(all.substr(leaf))}});
    });
  }

  static host::HttpResponse answer(std::string body, attest::Headers headers = {}) {
    host::HttpResponse out;
    out.status = 200;
    out.headers = std::move(headers);
    out.body = std::move(body);
    return out;
  }
  std::string list(const std::string& der) const {
    if (list_form == "pem") return to_pem(der, "X509 CRL");
    return list_form == "hex" ? to_hex(der) : der;
  }
  void put(const std::string& tee, const std::string& name, std::function<host::HttpResponse()> page) {
    host.model.web["https://pccs.example/" + tee + "/certification/v4/" + name] =
        [this, name, page](kit::MachineModel&, const host::HttpRequest& request) -> Result<host::HttpResponse> {
      CHECK(request.body_limit <= 1024 * 1024);
      const auto other = status.find(name);
      if (other == status.end()) return page();
      host::HttpResponse out;
      out.status = other->second;
      out.headers["retry-after"] = "7";
      return out;
    };
  }
  Result<attest::CollateralTexts> fetch() {
    const attest::CollateralAccess access{host.network(), &plain_request,
                                          [this](std::chrono::seconds wait) -> Status {
                                            waited += wait;
                                            return {};
                                          },
                                          &kept};
    auto fetched = TRY(attest::fetch_collateral(access, attest::service_at(base).value(), evidence.quote, evidence.root));
    answers = std::move(fetched.answers);
    from_kept = std::move(fetched.from_kept);
    return std::move(fetched.texts);
  }
  std::string outcome() {
    const auto texts = fetch();
    if (!texts.ok()) return texts.error().code;
    const attest::Policy policy;
    return outcome_of(attest::verify(evidence.quote, *texts, {noon, evidence.root, policy, {}, {}, {}, nullptr}));
  }
  bool was_asked(const std::string& what) const {
    for (const std::string& each : host.model.traffic) {
      if (each.find(what) != std::string::npos) return true;
    }
    return false;
  }
};

}  // namespace

TEST_CASE("a certificate service is an https address of Intel's interface, and nothing else") {
  CHECK(attest::service_at("https://h/sgx/certification/v4")->base == "https://h/sgx/certification/v4/");
  CHECK(attest::service_at("https://h:8081/a/sgx/certification/v3/")->root_crl ==
        "https://h:8081/a/sgx/certification/v3/rootcacrl");
  CHECK(attest::service_at("https://api.trustedservices.intel.com/sgx/certification/v4/")->root_crl ==
        "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der");
  for (const char* bad :
       {"", "http://h/sgx/certification/v4/", "https://h/", "https:///sgx/certification/v4/", "https://h/sgx/certification/v5/",
        "https://h/sgx/certification/v4/?x=1", "https://h/sgx/certification/v4/#", "https://u@h/sgx/certification/v4/",
        "https://h/../sgx/certification/v4/", "https://h/sgx/certification/v4/ x"}) {
    INFO(bad);
    CHECK_FALSE(attest::service_at(bad).has_value());
  }
}

TEST_CASE("answers of earlier stand in for a service that is away or busy, one by one, and are told apart from those that came") {
  Shop shop;
  REQUIRE(shop.outcome() == "verified");
  CHECK(shop.answers.size() == 4);
  shop.kept = shop.answers;
  shop.status["qe/identity"] = 503;
  shop.status["pckcrl"] = 429;
  CHECK(shop.outcome() == "verified");
  CHECK(shop.from_kept == std::vector<std::string>{"QE identity", "PCK CRL"});
  CHECK(shop.answers.size() == 2);
  shop.status["tcb"] = 410;
  CHECK(shop.outcome() == "attest.collateral_gone");
  shop.host.model.web.clear();
  shop.host.model.addresses.clear();
  CHECK(shop.outcome() == "verified");
  CHECK(shop.from_kept.size() == 4);
}

TEST_CASE("the cache gives back what was put into it, and no file that is not what its name says") {
  kit::FakeHost host;
  const attest::CollateralAnswers first = {{"https://h/a", {"body", "chain"}}, {"https://h/b", {"body", ""}}};
  REQUIRE(attest::keep_cache(host.change_files(), first).ok());
  REQUIRE(attest::keep_cache(host.change_files(), {{"https://h/b", {"newer", ""}}}).ok());
  const auto read = attest::read_cache(host.files());
  REQUIRE(read.size() == 2);
  CHECK(read.at("https://h/a").issuers == "chain");
  CHECK(read.at("https://h/b").body == "newer");
  CHECK(host.files().list(attest::cache_directory).value().size() == 5);  // "body", "chain", "newer", nothing, and the index
  host.model.entries.at((attest::cache_directory / sha256_hex("newer")).text()).content = "other";
  CHECK(attest::read_cache(host.files()).count("https://h/b") == 0);
  host.model.entries.at((attest::cache_directory / "index.json").text()).content = "{";
  CHECK(attest::read_cache(host.files()).empty());
  attest::CollateralAnswers many;
  for (int i = 0; i < 32; ++i) many["https://h/" + std::to_string(i)] = {std::to_string(i), ""};
  REQUIRE(attest::keep_cache(host.change_files(), first).ok());
  REQUIRE(attest::keep_cache(host.change_files(), many).ok());
  CHECK(attest::read_cache(host.files()).size() == 32);
}

TEST_CASE(
    "everything that a quote needs is fetched and verifies, with lists in all three forms and the chain under either name") {
  Shop shop;
  for (const char* form : {"der", "pem", "hex"}) {
    shop.list_form = form;
    CHECK(shop.outcome() == "verified");
  }
  shop.chain_header = "sgx-tcb-info-issuer-chain";
  CHECK(shop.outcome() == "verified");
  CHECK(shop.was_asked("tcb?fmspc=00aabbccdd00&update=standard"));
  CHECK(shop.was_asked("pckcrl?ca=platform&encoding=der"));
  const auto files = attest::to_files(*shop.fetch());
  CHECK(files.size() == 5);
  CHECK(files.at("tcb_info.json") == *shop.evidence.collateral.tcb_info);
}

TEST_CASE("a trust domain's collateral comes from the TDX side, its revocation lists from the SGX side") {
  Wishes wishes;
  wishes.version = 4;
  wishes.tee = attest::Tee::tdx;
  wishes.body_kind = attest::BodyKind::td_10;
  Shop shop(wishes);
  CHECK(shop.outcome() == "verified");
  CHECK(shop.was_asked("/tdx/certification/v4/tcb?"));
  CHECK(shop.was_asked("/tdx/certification/v4/qe/identity?"));
  CHECK_FALSE(shop.was_asked("/sgx/certification/v4/tcb?"));
}

TEST_CASE("a quote without a chain has it fetched by the platform that it names") {
  Wishes wishes;
  wishes.certification_type = 3;
  wishes.certification_data =
      std::string(384, '\x0E') + std::string(16, '\x51') + std::string("\x0D\x00", 2) + std::string("\x00\x00", 2);
  Shop shop(wishes);
  CHECK(shop.outcome() == "verified");
  CHECK(shop.was_asked("pckcert?encrypted_ppid=0e0e"));
  CHECK(shop.was_asked("&cpusvn=51515151515151515151515151515151&pcesvn=0d00&pceid=0000&qeid=05050505050505050505050505050505"));
}

TEST_CASE(
    "what a service answers instead of collateral has a name each, and only what may pass is asked again, after the wait it "
    "names") {
  const std::vector<std::pair<int, std::string>> rows = {{404, "attest.collateral_unknown"},
                                                         {410, "attest.collateral_gone"},
                                                         {429, "attest.service_busy"},
                                                         {503, "attest.service_failed"},
                                                         {302, "attest.service_failed"}};
  for (const auto& [status, code] : rows) {
    Shop shop;
    shop.status["tcb"] = status;
    INFO(status);
    CHECK(shop.outcome() == code);
    CHECK(shop.waited == std::chrono::seconds(status == 404 || status == 410 ? 0 : 14));
    shop.status.clear();
    shop.status["rootcacrl"] = status;
    CHECK(shop.outcome() == code);
  }
  CHECK(attest::retry_after({{"retry-after", "100000"}}) == std::chrono::seconds(60));
  CHECK(attest::retry_after({{"retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"}}) == std::nullopt);
}

TEST_CASE("an answer without a chain, or with one that is no PEM, is not taken for collateral") {
  Shop shop;
  shop.chain_header = "other";
  CHECK(shop.outcome() == "attest.answer_unexpected");
  CHECK_FALSE(attest::issuer_chain_of({{"a", "%2"}}, {"a"}, "x").ok());
  CHECK_FALSE(attest::issuer_chain_of({{"a", "%zz"}}, {"a"}, "x").ok());
  CHECK_FALSE(attest::issuer_chain_of({{"a", "text"}}, {"a"}, "x").ok());
  CHECK(attest::issuer_chain_of({{"a", to_url_component(to_pem("x+y"))}}, {"b", "a"}, "x").value() == to_pem("x+y"));
}

TEST_CASE("what a service sends is verified like any other collateral, and nothing is asked for a quote that is not genuine") {
  Shop forged;
  forged.evidence.collateral.tcb_info->at(60) ^= 1;
  CHECK(forged.outcome() == "tcb_info_invalid");
  Wishes wishes;
  wishes.leaf_issuer = &keys().stranger;
  Shop stranger(wishes);
  CHECK(stranger.outcome() == "attest.chain_invalid");
  CHECK(stranger.host.model.traffic.empty());
}

TEST_CASE("over TLS and HTTP as they are, collateral arrives byte by byte as it was sent") {
  const MadeEvidence evidence = make();
  const auto& texts = evidence.collateral;
  const doubles::HttpsDouble server([&](const doubles::Question& question, doubles::Peer& peer) {
    const auto is = [&](const char* page) { return question.path.rfind(std::string("/sgx/certification/v4/") + page, 0) == 0; };
    if (is("tcb?"))
      peer.send(
          doubles::answer(200, *texts.tcb_info, "TCB-Info-Issuer-Chain: " + to_url_component(*texts.tcb_signing_chain) + "\r\n"));
    else if (is("qe/identity"))
      peer.send(doubles::answer(200, *texts.qe_identity));
    else if (is("pckcrl"))
      peer.send(doubles::answer(200, *texts.pck_crl));
    else if (is("rootcacrl"))
      peer.send(doubles::answer(200, to_hex(*texts.root_crl)));
    else
      peer.send(doubles::answer(404, ""));
  });
  const host::CurlNetwork network(nullptr);
  const attest::CollateralAccess access{network,
                                        [](const std::string& url) -> Result<host::HttpRequest> {
                                          host::HttpRequest request;
                                          request.url = url;
                                          request.extra_ca_pem = doubles::HttpsDouble::authority();
                                          request.only_extra_ca = true;
                                          return request;
                                        },
                                        {}};
  const auto fetched = attest::fetch_collateral(access, attest::service_at(server.url("/sgx/certification/v4/")).value(),
                                                evidence.quote, evidence.root);
  INFO((fetched.ok() ? "" : fetched.error().code + " " + fetched.error().message));
  REQUIRE(fetched.ok());
  CHECK(fetched->texts.tcb_info == texts.tcb_info);
  CHECK(fetched->texts.tcb_signing_chain == texts.tcb_signing_chain);
  CHECK(fetched->texts.pck_crl == texts.pck_crl);
  const attest::Policy policy;
  CHECK(outcome_of(attest::verify(evidence.quote, fetched->texts, {noon, evidence.root, policy, {}, {}, {}, nullptr})) ==
        "verified");
}

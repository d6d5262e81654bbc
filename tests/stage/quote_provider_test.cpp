// The quote provider: who it is, the file, what is kept and cleared, and the proof.
#include <catch2/catch.hpp>

#include "host_scene.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "kit/qcnl_reader.hpp"

using namespace cosigner;
using namespace cosigner::scene;
using System = HostScene::System;

namespace {

constexpr const char* dmi_vendor = "/sys/devices/virtual/dmi/id/sys_vendor";
constexpr const char* dmi_asset = "/sys/devices/virtual/dmi/id/chassis_asset_tag";
const std::string own_pccs = "https://own.example:8081/sgx/certification/v4/";
const std::string backup = "/var/lib/cosigner/backup/etc_sgx_default_qcnl.conf.";

std::vector<report::Finding> findings_of(HostScene& scene) { return look_at_sgx_packages(scene).findings; }

stages::QuoteProviderFacts facts_of(HostScene& scene) {
  auto facts = stages::probe_sgx_packages(scene.host, {scene.settings, state::Ledger(), ""});
  if (!facts) FAIL(facts.error().message);
  return facts->provider;
}

kit::QcnlAsRead read_back(const HostScene& scene) { return kit::read_as_the_library_does(scene.file(qcnl_file)); }

void serve_identity(HostScene& scene, const std::string& pccs_url) {
  const std::string host = pccs_url.substr(8, pccs_url.find_first_of(":/", 8) - 8);
  scene.host.model.addresses[host] = {"192.0.2.77"};
  scene.serve(pccs_url + "qe/identity", some_identity);
}

/// An own PCCS that answers.
void with_pccs(HostScene& scene, const std::string& url = own_pccs) {
  scene.settings.answers.quote_provider = "pccs";
  scene.settings.answers.pccs_url = url;
  serve_identity(scene, url);
}

}  // namespace

TEST_CASE("the provider follows the answers, then the machine's DMI strings") {
  const auto url_of = [](HostScene& scene) {
    const auto plan = pending(scene);
    const auto facts = stages::probe_sgx_packages(scene.host, {scene.settings, state::Ledger(), ""});
    REQUIRE(facts.ok());
    return facts->provider.wanted ? facts->provider.wanted->pccs_url : facts->provider.error->code;
  };
  HostScene scene(System::ubuntu);
  CHECK(url_of(scene) == scene.settings.profile.quote_provider.intel_pcs_url);
  scene.put("/sys/devices/virtual/dmi/id/chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n");
  CHECK(url_of(scene) == "https://global.acccache.azure.net/sgx/certification/v4/");
  scene.settings.answers.quote_provider = "intel";
  CHECK(url_of(scene) == scene.settings.profile.quote_provider.intel_pcs_url);
  scene.settings.answers.quote_provider = "pccs";
  scene.settings.answers.pccs_url = "https://own.example:8081/sgx/certification/v4/";
  CHECK(url_of(scene) == scene.settings.answers.pccs_url);
}

TEST_CASE("an own PCCS must show a good certificate, unless the answers say that it signs its own") {
  HostScene scene(System::ubuntu);
  with_pccs(scene);
  SECTION("good") {
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(scene.file(qcnl_file).find("\"use_secure_cert\": true") != std::string::npos);
  }
  SECTION("self-signed") {
    scene.settings.answers.pccs_self_signed = true;
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(scene.file(qcnl_file).find("\"use_secure_cert\": false") != std::string::npos);
  }
}

namespace {

/// What answers for the instance service: a token, where it has one, and a region.
void serve_region(HostScene& scene, const std::string& region, int token_status = 200) {
  auto& web = scene.host.model.web;
  const std::string service(host::instance_service);
  web[service + "latest/api/token"] = [token_status](kit::MachineModel&, const host::HttpRequest& request) {
    CHECK((request.method == "PUT" && request.timeout <= std::chrono::seconds(1) && !request.proxy));
    return Result<host::HttpResponse>(host::HttpResponse{token_status, {}, token_status == 200 ? "AQAA+/=\n" : "no"});
  };
  web[service + "latest/meta-data/region-id"] = [region, token_status](kit::MachineModel&, const host::HttpRequest& request) {
    CHECK((request.timeout <= std::chrono::seconds(1) && request.body_limit <= 4096 && !request.proxy));
    CHECK(request.headers == (token_status == 200 ? std::vector<std::string>{"X-aliyun-ecs-metadata-token: AQAA+/="} : std::vector<std::string>{}));
    return Result<host::HttpResponse>(host::HttpResponse{200, {}, region});
  };
}

}  // namespace

TEST_CASE("where cloud-init recorded no region Alibaba's instance service is asked: a word of the closed list is taken, an address or a flood never") {
  HostScene scene(System::ubuntu);
  scene.put("/sys/devices/virtual/dmi/id/sys_vendor", "Alibaba Cloud\n");
  scene.settings.answers.proxy_url = "http://proxy.example:3128";
  const auto facts = [&] { return *stages::probe_sgx_packages(scene.host, {scene.settings, state::Ledger(), ""}); };
  for (const char* region : {"cn-beijing", "ap-southeast-1"}) scene.host.model.addresses["sgx-dcap-server-vpc." + std::string(region) + ".aliyuncs.com"] = {"100.100.0.1"};
  for (const int token_status : {200, 404}) {
    serve_region(scene, "cn-beijing\n", token_status);
    REQUIRE(facts().provider.wanted);
    CHECK(facts().provider.wanted->pccs_url == "https://sgx-dcap-server-vpc.cn-beijing.aliyuncs.com/sgx/certification/v4/");
  }
  for (const std::string& wrong : {std::string("x/../y"), std::string("evil.example/"), std::string(), std::string(10'000'000, 'c'), std::string("cn-beijing\r\nX: y")}) {
    serve_region(scene, wrong);
    CHECK_FALSE(facts().provider.wanted);
    CHECK(facts().provider.error->code == "sgx.region_unknown");
  }
}

TEST_CASE("a machine of Alibaba needs its region from a closed list, and with cloud-init's record no network") {
  HostScene scene(System::ubuntu);
  scene.put("/sys/devices/virtual/dmi/id/sys_vendor", "Alibaba Cloud\n");
  const auto facts = [&] { return *stages::probe_sgx_packages(scene.host, {scene.settings, state::Ledger(), ""}); };
  for (const char* region : {"cn-beijing", "ap-southeast-1"}) scene.host.model.addresses["sgx-dcap-server-vpc." + std::string(region) + ".aliyuncs.com"] = {"100.100.0.1"};
  CHECK(facts().provider.error->code == "sgx.region_unknown");
  scene.put("/run/cloud-init/instance-data.json", "{\"v1\": {\"region\": \"x/../y\"}}");
  CHECK(facts().provider.error->code == "sgx.region_unknown");
  CHECK(scene.error_of(converge_sgx_packages(scene)) == "sgx.region_unknown");
  scene.host.model.traffic.clear();
  scene.put("/run/cloud-init/instance-data.json", "{\"v1\": {\"region\": \"ap-southeast-1\"}}");
  CHECK(facts().provider.wanted->pccs_url == "https://sgx-dcap-server-vpc.ap-southeast-1.aliyuncs.com/sgx/certification/v4/");
  CHECK(scene.host.model.traffic == std::vector<std::string>(1, "resolve sgx-dcap-server-vpc.ap-southeast-1.aliyuncs.com"));
}

TEST_CASE("Alibaba's address in the machine's own network is taken where its name is known, else the public one; either is left where it stands") {
  HostScene scene(System::ubuntu);
  scene.put(dmi_vendor, "Alibaba Cloud\n");
  scene.put("/run/cloud-init/instance-data.json", "{\"v1\": {\"region\": \"cn-beijing\"}}");
  const std::string inside = *sgx::alibaba_pccs_url("cn-beijing", true), outside = *sgx::alibaba_pccs_url("cn-beijing", false);
  CHECK(facts_of(scene).wanted->pccs_url == outside);
  scene.host.model.addresses["sgx-dcap-server-vpc.cn-beijing.aliyuncs.com"] = {"100.100.0.1"};
  CHECK(facts_of(scene).wanted->pccs_url == inside);
  for (const std::string& there : {inside, outside}) {
    scene.put(qcnl_file, "{\"pccs_url\": \"" + there + "\", \"use_secure_cert\": true}");
    scene.host.model.traffic.clear();
    CHECK(facts_of(scene).wanted->pccs_url == there);
    CHECK(scene.host.model.traffic.empty());
  }
  scene.put(qcnl_file, "{\"pccs_url\": \"" + *sgx::alibaba_pccs_url("cn-qingdao", true) + "\", \"use_secure_cert\": true}");
  CHECK(facts_of(scene).wanted->pccs_url == inside);  // another region's is not right
  scene.host.model.entries.erase("/run/cloud-init/instance-data.json");
  CHECK(facts_of(scene).wanted->pccs_url == *sgx::alibaba_pccs_url("cn-qingdao", true));  // nobody says otherwise
}

TEST_CASE("where nothing tells whose machine it is Intel's service is set and said; IBM's documentation is named; a choice is silent") {
  HostScene scene(System::ubuntu);
  const auto evidence = [&] {
    const auto findings = findings_of(scene);
    const auto* finding = finding_of(findings, "qcnl.owner");
    return finding == nullptr ? std::string() : finding->evidence;
  };
  CHECK_THAT(evidence(), Catch::Contains("nothing tells") && Catch::Contains("404"));
  scene.put(dmi_vendor, "QEMU\n");
  CHECK_THAT(evidence(), Catch::Contains("KVM"));
  scene.put(dmi_vendor, "IBM\n");
  CHECK_THAT(evidence(), Catch::Contains("IBM Cloud"));
  scene.settings.answers.quote_provider = "intel";
  CHECK(evidence().empty());
  scene.settings.answers.quote_provider = "auto";
  for (auto& leaf : scene.host.model.cpuid.front().leaves) {
    if (leaf.leaf == 1) leaf.registers.ecx &= 0x7fffffffu;
  }
  scene.host.model.entries.erase(dmi_vendor);
  CHECK(evidence().empty());  // bare metal: Intel's service is right
}

TEST_CASE("each provider's file is what the library reads, over whatever was there, and the second run has no effect") {
  const std::vector<std::string> there = {"", "{\n // shipped\n \"pccs_url\": \"https://localhost:8081/sgx/certification/v4/\"\n}\n", "PCCS_URL=https://localhost:8081/\nUSE_SECURE_CERT=FALSE\n", "{\"pccs_url\": \"x\",}\n",
                                          "{\"mine\": 1, \"local_pck_url\": \"http://169.254.169.254/metadata/THIM/sgx/certification/v4/\"}\n", std::string("{\"\x1b[2J\": \"\xff\"}\n")};
  for (const std::string& provider : std::vector<std::string>{"intel", "azure", "alibaba", "pccs"}) {
    for (const std::string& text : there) {
      INFO(provider << " over " << text);
      HostScene scene(System::ubuntu);
      with_pccs(scene);
      scene.settings.answers.quote_provider = provider;
      scene.put("/run/cloud-init/instance-data.json", "{\"v1\": {\"region\": \"cn-beijing\"}}");
      serve_identity(scene, std::string(sgx::azure_pccs_url));
      serve_identity(scene, *sgx::alibaba_pccs_url("cn-beijing", true));
      REQUIRE(has_ended_well(scene.run_all()));
      if (!text.empty()) scene.put(qcnl_file, text);
      REQUIRE(has_ended_well(scene.run_all()));
      const auto read = read_back(scene);
      CHECK(read.is_json);
      CHECK_FALSE(read.has_comments);
      CHECK(read.pccs_url == facts_of(scene).wanted->pccs_url);
      CHECK(read.use_secure_cert);
      CHECK((read.local_pck_url.empty() == (provider != "azure")));
      CHECK(scene.run_all().effects == 0);
    }
  }
}

TEST_CASE("a malformed file is told with line and column and kept aside, a foreign one and an edited one of ours alike") {
  const std::string broken = "{\n  \"pccs_url\": \"https://mine.example/\"\n  \"use_secure_cert\": true\n}\n";
  const auto is_kept = [&](HostScene& scene) {
    for (const auto& [path, entry] : scene.host.model.entries) {
      if (path.rfind(backup, 0) == 0 && entry.content == broken && entry.attributes.mode.bits == 0600) return true;
    }
    return false;
  };
  HostScene scene(System::ubuntu);
  SECTION("foreign") { scene.host.model.available["libsgx-dcap-default-qpl"].installed = {}; }
  SECTION("edited") { REQUIRE(has_ended_well(scene.run_all())); }
  scene.put(qcnl_file, broken);
  const auto findings = findings_of(scene);
  const auto* told = finding_of(findings, "qcnl.file");
  REQUIRE(told != nullptr);
  CHECK_THAT(told->evidence, Catch::Contains("line 3") && Catch::Contains("column") && Catch::Contains(backup));
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK(is_kept(scene));
  CHECK(read_back(scene).is_json);
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("a link or a folder in the file's place ends in an explained error before anything is touched, and the daemon goes on working") {
  ConvergedHost scene;
  const bool is_link = GENERATE(true, false);
  scene.put("/srv/qcnl.conf", scene.file(qcnl_file));
  scene.host.model.entries[qcnl_file] = {is_link ? host::FileKind::link : host::FileKind::directory, {{0777}, {}}, is_link ? "/srv/qcnl.conf" : "", {}};
  scene.host.log.clear();
  const auto report = converge_sgx_packages(scene);
  CHECK(scene.error_of(report) == "sgx.qcnl_odd");
  CHECK(code_of(report) == 12);
  CHECK_THAT(report.stages.back().error->remedy, Catch::Contains("regular file"));
  CHECK(scene.host.log.calls().empty());
  CHECK(scene.host.model.units.at("aesmd.service").state.is_active());
  scene.host.model.entries.erase(qcnl_file);
  REQUIRE(has_ended_well(converge_sgx_packages(scene)));
}

TEST_CASE("the provider's file keeps its owner and mode where the daemon can read it, is opened to the daemon where not, and a token in it is not shown") {
  ConvergedHost scene;
  auto& entry = scene.host.model.entries;
  const std::string token = "{\"pccs_url\": \"https://old.example/\", \"custom_request_options\": {\"get_cert\": {\"headers\": {\"user-token\": \"secret\"}}}}\n";
  const host::FileAttributes closed{{0640}, {0, 990}};
  SECTION("a correction") {
    scene.put(qcnl_file, token, closed);
    int files = 0;
    for (const auto& step : look_at_sgx_packages(scene).steps)
      if (const auto* file = std::get_if<engine::WriteFile>(&step.payload)) files += file->sensitive ? 1 : 100;
    CHECK(files == 2);  // the file, and the copy of what was edited
    REQUIRE(has_ended_well(converge_sgx_packages(scene)));
    CHECK(read_back(scene).get_cert_headers.at("user-token") == "secret");
    CHECK(entry.at(qcnl_file).attributes == closed);
  }
  SECTION("right, but root's alone") {
    const bool is_secret = GENERATE(true, false);
    if (is_secret) {
      scene.put(qcnl_file, token);
      REQUIRE(has_ended_well(converge_sgx_packages(scene)));
    }
    entry.at(qcnl_file).attributes = {{0600}, {}};
    CHECK(pending(scene) == std::vector<std::string>{"daemon-stop", "quote-provider-mode", "daemon-start", "daemon-answer"});
    REQUIRE(has_ended_well(converge_sgx_packages(scene)));
    CHECK(entry.at(qcnl_file).attributes == (is_secret ? closed : host::FileAttributes{{0644}, {}}));
  }
  SECTION("readable by a group of the daemon's, or by itself alone") {
    scene.host.model.groups["readers"] = {"readers", 1234, {"aesmd"}};
    for (const host::FileAttributes& attributes : {host::FileAttributes{{0640}, {0, 1234}}, host::FileAttributes{{0400}, {990, 990}}}) {
      entry.at(qcnl_file).attributes = attributes;
      CHECK(pending(scene).empty());
    }
  }
  CHECK(converge_sgx_packages(scene).effects == 0);
}

TEST_CASE("an ended version at Intel's host is corrected wherever it stands, and said with its date") {
  ConvergedHost scene;
  scene.put(qcnl_file, "{\"pccs_url\": \"https://api.trustedservices.intel.com/sgx/certification/v4/\", \"use_secure_cert\": true, \"collateral_service\": \"https://api.trustedservices.intel.com/sgx/certification/v3/\"}\n");
  const auto findings = findings_of(scene);
  const auto* told = finding_of(findings, "qcnl.url");
  REQUIRE(told != nullptr);
  CHECK_THAT(told->evidence, Catch::Contains("collateral_service") && Catch::Contains("2026-04-30"));
  REQUIRE(has_ended_well(converge_sgx_packages(scene)));
  CHECK(read_back(scene).collateral_service == "https://api.trustedservices.intel.com/sgx/certification/v4/");
}

TEST_CASE("an own PCCS of version 3 is used, and said") {
  HostScene scene(System::ubuntu);
  with_pccs(scene, "https://own.example:8081/sgx/certification/v3/");
  REQUIRE(has_ended_well(scene.run_all()));
  const auto findings = findings_of(scene);
  REQUIRE(finding_of(findings, "qcnl.url") != nullptr);
  CHECK_THAT(finding_of(findings, "qcnl.url")->evidence, Catch::Contains("version 3"));
}

TEST_CASE("certificates of an earlier provider are cleared with the daemon stopped, below /tmp only when they are the daemon's") {
  ConvergedHost scene;
  auto& model = scene.host.model;
  model.users["aesmd"].home = "/srv/aesmd";
  for (const char* home : {"/var/opt/aesmd", "/srv/aesmd"}) scene.put(std::string(home) + "/.dcap-qcnl/certificate", "old", {{0600}, {990, 990}});
  scene.put("/tmp/.dcap-qcnl/certificate", "old", {{0600}, {990, 990}});
  model.entries["/tmp/.dcap-qcnl"].attributes.owner = {990, 990};
  const bool is_daemons = GENERATE(true, false);
  if (!is_daemons) model.entries["/tmp/.dcap-qcnl"].attributes.owner = {1000, 1000};
  CHECK(pending(scene).empty());  // the provider is the one that they are of
  with_pccs(scene);
  const auto ids = pending(scene);
  CHECK(ids.front() == "daemon-stop");
  CHECK(std::count_if(ids.begin(), ids.end(), [](const auto& id) { return id.rfind("quote-provider-cache", 0) == 0; }) == (is_daemons ? 3 : 2));
  REQUIRE(has_ended_well(converge_sgx_packages(scene)));
  CHECK(model.entries.count("/var/opt/aesmd/.dcap-qcnl/certificate") == 0);
  CHECK(model.entries.count("/srv/aesmd/.dcap-qcnl/certificate") == 0);
  CHECK(model.entries.count("/tmp/.dcap-qcnl/certificate") == (is_daemons ? 0u : 1u));
  CHECK(converge_sgx_packages(scene).effects == 0);
}

TEST_CASE("the provider is asked once, through the operator's proxy; later runs ask nothing, a change asks anew") {
  HostScene scene(System::ubuntu);
  int asked = 0;
  scene.settings.answers.proxy_url = "http://proxy.example:3128";
  scene.host.model.web[identity_page] = [&asked](kit::MachineModel&, const host::HttpRequest& request) -> Result<host::HttpResponse> {
    ++asked;
    CHECK((request.proxy && request.proxy->url == "http://proxy.example:3128"));
    return host::HttpResponse{200, {}, some_identity};
  };
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK(asked == 1);
  REQUIRE(scene.run_all().effects == 0);
  CHECK(asked == 1);
  scene.settings.answers.proxy_url.clear();
  with_pccs(scene);
  REQUIRE(has_ended_well(scene.run_all()));
  scene.settings.answers.quote_provider = "intel";
  scene.settings.answers.proxy_url = "http://proxy.example:3128";
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK(asked == 2);
}

TEST_CASE("a provider that refuses, or cannot be reached, ends with exit 11, status, cause and remedy, and the next run asks again") {
  HostScene scene(System::ubuntu);
  const auto ends_with = [&](const std::string& code, const std::string& message) {
    const auto report = scene.run_all();
    CHECK(scene.error_of(report) == code);
    CHECK(static_cast<int>(report::exit_code_of(report)) == 11);
    REQUIRE(report.stages.back().error);
    CHECK_THAT(report.stages.back().error->message, Catch::Contains(message));
    CHECK_FALSE(report.stages.back().error->remedy.empty());
  };
  for (const int status : {401, 403, 404, 410, 418, 429, 500, 502, 503}) {
    scene.serve(identity_page, "", status);
    ends_with("sgx.provider_refused", std::to_string(status));
  }
  scene.serve(identity_page, "<html>inspected</html>");
  ends_with("sgx.provider_refused", "no enclave identity");
  scene.host.model.web.erase(identity_page);
  ends_with("sgx.provider_unreachable", "cannot be reached");
  scene.host.model.web[identity_page] = [](kit::MachineModel&, const host::HttpRequest&) -> Result<host::HttpResponse> { return make_error("network.tls_untrusted", "issuer unknown", ""); };
  ends_with("sgx.provider_unreachable", "issuer unknown");
  scene.serve(identity_page, some_identity);
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("a busy provider is asked again before it counts as refusing") {
  HostScene scene(System::ubuntu);
  int asked = 0;
  scene.host.model.web[identity_page] = [&asked](kit::MachineModel&, const host::HttpRequest&) -> Result<host::HttpResponse> { return host::HttpResponse{++asked < 3 ? 503 : 200, {}, some_identity}; };
  CHECK(has_ended_well(scene.run_all()));
  CHECK(asked == 3);
}

TEST_CASE("waive qcnl.answer leaves the provider unasked, and that is said") {
  HostScene scene(System::ubuntu);
  scene.host.model.web.erase(identity_page);
  scene.settings.answers.waive = {"qcnl.answer"};
  REQUIRE(has_ended_well(scene.run_all()));
  const auto findings = findings_of(scene);
  REQUIRE(finding_of(findings, "qcnl.answer") != nullptr);
  CHECK_THAT(finding_of(findings, "qcnl.answer")->evidence, Catch::Contains("waived"));
}

TEST_CASE("behind a self-signed certificate the daemon's readiness is the proof, and that TLS proves nothing is said") {
  HostScene scene(System::ubuntu);
  with_pccs(scene);
  scene.settings.answers.pccs_self_signed = true;
  scene.host.model.web.erase(own_pccs + "qe/identity");
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK_FALSE(read_back(scene).use_secure_cert);
  const auto findings = findings_of(scene);
  REQUIRE(finding_of(findings, "qcnl.tls") != nullptr);
  CHECK_THAT(finding_of(findings, "qcnl.tls")->evidence, Catch::Contains("proves nothing"));
  CHECK(scene.run_all().effects == 0);
  scene.settings.answers.pccs_self_signed = false;  // now its certificate has to be good
  CHECK(scene.error_of(scene.run_all()) == "sgx.provider_unreachable");
}

TEST_CASE("a change of provider that is cut off at any writing call is gone on from, to the same state, and nothing stale stays") {
  ConvergedHost start;
  start.put("/var/opt/aesmd/.dcap-qcnl/certificate", "old", {{0600}, {990, 990}});
  start.put(qcnl_file, "{\"pccs_url\": \"https://mine.example/\"\n \"x\": 1}\n");
  const auto prepared = [&start] {
    auto scene = std::make_unique<HostScene>(System::ubuntu);
    scene->host.model = start.host.model;
    with_pccs(*scene);
    return scene;
  };
  const auto first = prepared();
  REQUIRE(has_ended_well(converge_sgx_packages(*first)));
  const std::string wanted = kit::settled_state(first->host.model);
  const auto calls = first->host.log.calls();
  kit::at_every_call(calls, [&](const kit::Fault& fault) {
    const auto scene = prepared();
    kit::die(scene->host, fault, [&] { converge_sgx_packages(*scene); });
    REQUIRE(has_ended_well(converge_sgx_packages(*scene)));
    CHECK(kit::settled_state(scene->host.model) == wanted);
    CHECK(converge_sgx_packages(*scene).effects == 0);
  });
  CHECK(calls.size() > 10);
}

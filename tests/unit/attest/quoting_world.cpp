#include "unit/attest/quoting_world.hpp"

#include "base/encoding.hpp"

namespace attest_test {
namespace {

host::HttpResponse page(std::string body, std::map<std::string, std::string> headers = {}, int status = 200) {
  host::HttpResponse out;
  out.status = status;
  out.headers = std::move(headers);
  out.body = std::move(body);
  return out;
}

std::string quote_for(QuotingWorld& world, const std::string& report_data) {
  ++world.quotes;
  if (!world.old_quote.empty()) return world.old_quote;
  Wishes wishes = world.wishes;
  wishes.body = [report_data, more = world.wishes.body](std::string& body) {
    body.replace(320, 64, report_data);
    if (more) more(body);
  };
  std::string quote = make(wishes).quote;
  if (world.is_tampered) quote[120] = static_cast<char>(quote[120] ^ 1);
  return quote;
}

}  // namespace

void QuotingWorld::renew(std::chrono::hours later) {
  wishes.tcb_info = wishes.qe_identity = [later](nlohmann::json& document) {
    document["issueDate"] = to_iso(noon + later - 10 * day);
    document["nextUpdate"] = to_iso(noon + later + 20 * day);
  };
  wishes.pck_crl.from = noon + later - 8 * day;
  wishes.pck_crl.until = noon + later + 22 * day;
}

void install(kit::MachineModel& model, const std::shared_ptr<QuotingWorld>& world) {
  model.container_program = [world, usual = model.container_program](kit::MachineModel& machine, const host::Container& container,
                                                                     const std::vector<std::string>& argv) -> host::ExecOutput {
    const std::string flag = argv.size() > 1 ? argv[1] : "";
    if (flag == "--print-pubkey") return {0, Untrusted(to_pem(world->key, "PUBLIC KEY")), Untrusted()};
    if (flag != "--attest-quote")
      return usual ? usual(machine, container, argv) : host::ExecOutput{1, Untrusted(), Untrusted("usage")};
    const auto asked = argv.size() == 3 ? from_hex(argv[2]) : std::nullopt;
    if (!asked || asked->size() != 64) return {1, Untrusted(), Untrusted("usage")};
    return {0, Untrusted("INFO quoting\n" + to_base64(quote_for(*world, *asked)) + "\n"), Untrusted()};
  };
  model.addresses["pccs.example"] = {"192.0.2.9"};
  const auto serve = [&](const std::string& name, std::function<host::HttpResponse(const attest::CollateralTexts&)> make_page) {
    model.web[quoting_service + name] = [world, name, make_page](kit::MachineModel&,
                                                                 const host::HttpRequest&) -> Result<host::HttpResponse> {
      const auto status = world->status.find(name);
      if (status != world->status.end()) return page("", {{"retry-after", "7"}}, status->second);
      return make_page(make(world->wishes).collateral);
    };
  };
  serve("tcb", [](const auto& texts) {
    return page(*texts.tcb_info, {{"tcb-info-issuer-chain", to_url_component(*texts.tcb_signing_chain)}});
  });
  serve("qe/identity", [](const auto& texts) {
    return page(*texts.qe_identity, {{"sgx-enclave-identity-issuer-chain", to_url_component(*texts.tcb_signing_chain)}});
  });
  serve("pckcrl", [](const auto& texts) { return page(*texts.pck_crl); });
  serve("rootcacrl", [](const auto& texts) { return page(to_hex(*texts.root_crl)); });
}

}  // namespace attest_test

// Texts by which a host is made ready for enclaves: udev's rules, the daemon's settings, what the tool of registration says. Others write
// them; whatever they say, each reader ends, and what is written is read back by the daemon's own grammar.
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "kit/aesmd_reader.hpp"
#include "sgx/aesmd_conf.hpp"
#include "sgx/node_rules.hpp"
#include "sgx/registration_status.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void judge_rules(std::string_view text) {
  const std::string all(text);
  const std::size_t half = text.size() / 2;
  for (const char* name : {"sgx_enclave", "sgx_provision", ""}) {
    const auto rule = sgx::rule_of_node({all}, name);
    require(!rule.group || rule.mode, "a group without the mode that udev gives with it");
    require(!rule.mode || *rule.mode <= 077777u, "a mode of more bits than five octal digits have");
    (void)sgx::rule_of_node({all.substr(0, half), all.substr(half)}, name);
  }
}

void judge_written_settings(std::string_view text) {
  using Proxy = sgx::AesmdWish::Proxy;
  for (const auto proxy : {Proxy::as_it_is, Proxy::manual, Proxy::direct}) {
    for (const bool keeps_epid : {false, true}) {
      const sgx::AesmdWish wish{proxy, "http://proxy.example:3128", keeps_epid, keeps_epid};
      const std::string once = write_aesmd_conf(text, wish);
      const auto read = kit::read_as_daemon(once, keeps_epid);
      require(read.is_taken, "settings that the daemon does not take");
      require(write_aesmd_conf(once, wish) == once, "settings change when they are written again");
      require(keeps_epid || !sgx::names_epid(once), "EPID stays in the settings");
      if (proxy == Proxy::manual) require(read.values.count("aesm proxy") == 1 && read.values.at("aesm proxy") == wish.proxy_url, "the proxy is not the wanted one");
      if (proxy == Proxy::direct) require(read.values.count("aesm proxy") == 0, "a proxy stays");
    }
  }
}

void judge_registration(std::string_view text) {
  const std::size_t half = text.size() / 2;
  const Untrusted whole{std::string(text)}, first{std::string(text.substr(0, half))}, second{std::string(text.substr(half))};
  for (const auto& status : {sgx::judge_registration(whole, Untrusted()), sgx::judge_registration(Untrusted(), whole), sgx::judge_registration(first, second)}) {
    const bool is_trouble = status.state == sgx::RegistrationState::failed;
    require(!is_trouble || (!status.cause.empty() && !status.remedy.empty()), "a failure without cause or remedy");
    require_plain(status.cause, "a cause");
    require_plain(status.remedy, "a remedy");
  }
}

}  // namespace

FUZZ_TARGET(sgx_host) {
  static constexpr void (*judges[])(std::string_view) = {judge_rules, judge_written_settings, judge_registration};
  const unsigned choice = take_choice(input, 3);
  judges[choice](input);
}

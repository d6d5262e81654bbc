// customer_cosigner, STAND-IN: honours the flags of the image contract against the lab's gateway. See README.md of
// the lab for the exact output of --list-devices, --print-pubkey and --version, which is the lab's own layout.
#include <csignal>
#include <cstdio>
#include <string>

#include "enrol.hpp"
#include "gateway.hpp"
#include "keys.hpp"
#include "quoting.hpp"
#include "serve.hpp"
#include "store.hpp"

namespace {

using lab::Place;

std::string shown(const nlohmann::json& user, const char* key) {
  const std::string text = user.value(key, std::string());
  return text.empty() ? "-" : text;
}

// The scheme as answers files spell it, from what was delivered for it.
const char* scheme_of(const nlohmann::json& user) {
  const auto has = [&](const char* key) { return !user.value(key, std::string()).empty(); };
  if (!has("callbackUrl")) return "-";
  if (has("callbackPublicKey"))
    return has("callbackRootCA") ? "hybridRootCa" : has("callbackCert") ? "hybridCertificate" : "publicKey";
  return has("callbackRootCA") ? "rootCa" : "certificate";
}

int list_devices(const Place& place) {
  const auto store = lab::load_store(place);
  if (!store || store->is_null()) {
    std::fprintf(stderr, "no database\n");
    return 1;
  }
  const bool lies = lab::lab_setting(place, "variant") == "liar";
  std::printf("WORKSPACE | USER ID | CALLBACK URL | AUTHENTICATION\n");
  for (const auto& user : (*store)["users"]) {
    const std::string id = lies ? "00000000-0000-4000-8000-00000000dead" : shown(user, "userId");
    std::printf("%s | %s | %s | %s\n", shown(user, "workspace").c_str(), id.c_str(), shown(user, "callbackUrl").c_str(),
                scheme_of(user));
  }
  return 0;
}

int print_public_key(const Place& place) {
  const auto store = lab::load_store(place);
  if (!store || store->is_null()) {
    std::fprintf(stderr, "no database\n");
    return 1;
  }
  const bool lies = lab::lab_setting(place, "variant") == "liar";
  const std::string pem = lab::public_key_pem(lies ? lab::make_private_key() : store->value("privateKey", std::string()));
  std::fputs(pem.c_str(), stdout);
  return pem.empty() ? 1 : 0;
}

int usage() {
  std::fprintf(stderr,
               "customer_cosigner (STAND-IN) [--initial-config-file F | --enroll-new-device F | --update-config F |\n"
               "                   --list-devices | --print-pubkey | --attest-quote HEX | --version]\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const Place place = lab::find_place();
  const std::string flag = argc > 1 ? argv[1] : "";
  lab::Journal journal(place.log_file(), flag.empty());
  if (flag.empty()) return lab::run_serve(place, journal);
  if (flag == "--list-devices") return list_devices(place);
  if (flag == "--print-pubkey") return print_public_key(place);
  if (flag == "--version") {
    const bool lies = lab::lab_setting(place, "variant") == "liar";
    std::printf("customer_cosigner %s (STAND-IN of a simulation lab)\n",
                lies ? "9999.01.01" : lab::program_version(place).c_str());
    return 0;
  }
  if (argc != 3) return usage();
  const std::string file = argv[2];
  if (flag == "--initial-config-file") return lab::run_initial(place, journal, file) ? 0 : 1;
  if (flag == "--enroll-new-device") return lab::run_enrol(place, journal, file) ? 0 : 1;
  if (flag == "--attest-quote") return lab::run_quote(place, journal, file) ? 0 : 1;
  if (flag == "--update-config") return lab::run_update(place, journal, file) ? 0 : 1;
  return usage();
}

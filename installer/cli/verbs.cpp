#include "installer/cli/verbs.hpp"

#include "installer/cli/say.hpp"

namespace cosigner::cli {

const std::vector<VerbRow>& verb_table() {
  static const std::vector<VerbRow> table = {
      {"setup", "converge this machine: install, pair, attest, start; again = resume or repair", &run_setup},
      {"plan", "what setup would do and interrupt; changes nothing", &run_plan},
      {"pair", "the late part alone: token on standard input or at a prompt", &run_pair},
      {"status", "the state of host, co-signer and last run", &run_status},
      {"history", "who changed what, and when", &run_history},
      {"answers", "the answers file: schema or example", &run_answers},
      {"config", "the generated configuration: show or validate", &run_config},
      {"profile", "profiles: list, show or export", &run_profile},
      {"attest", "DCAP evidence: verify or show a quote, ask co-signer or host, fetch collateral", &run_attest},
      {"version", "version, build date and linked libraries", &run_version},
      {"help", "this text, or the help of a verb", &run_help},
      {"doctor", "read-only checks of the machine", &run_doctor},
      {"egress", "the exact outbound hosts and ports", &run_egress},
      {"wait", "wait for the co-signer", nullptr},
      {"start", "start the co-signer, with another image revision when one is named", &run_start},
      {"stop", "stop the co-signer and keep it stopped until start or restart", &run_stop},
      {"restart", "replace the co-signer's container by a new one of the same image", &run_restart},
      {"upgrade", "newest enclave for the running executable", nullptr},
      {"update", "another image revision", nullptr},
      {"logs", "what the co-signer's container printed", &run_logs},
      {"list-users", "paired API users", nullptr},
      {"add-user", "pair a further API user", nullptr},
      {"print-public-key", "the key that signs callback requests", nullptr},
      {"callback-update", "change a callback handler", nullptr},
      {"callback", "test a callback handler", nullptr},
      {"set-proxy", "change the container's proxy", nullptr},
      {"headless", "the original's unattended entry", nullptr},
      {"upgrade-script", "where a newer program comes from", nullptr},
      {"backup", "back up the co-signer's data", nullptr},
      {"restore", "restore a backup", nullptr},
      {"uninstall", "remove what setup made", nullptr},
      {"support-bundle", "a bundle for support", nullptr},
      {"completion", "completion for a shell", nullptr},
  };
  return table;
}

report::ExitCode dispatch(const Invocation& invocation, Environment& environment) {
  for (const auto& row : verb_table()) {
    if (row.name != invocation.verb) continue;
    if (row.run != nullptr) return row.run(invocation, environment);
    return say_error(invocation, environment, make_error("usage.not_built", "\"" + invocation.verb + "\" is not built in this version", "Run \"cosigner help\" for the verbs that are."));
  }
  return say_error(invocation, environment, make_error("usage.verb_unknown", "there is no such verb", "Run \"cosigner help\"."));
}

}  // namespace cosigner::cli

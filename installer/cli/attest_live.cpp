#include "installer/cli/attest_live.hpp"

#include "attest/collateral_client.hpp"
#include "attest/host_report.hpp"
#include "attest/kept_evidence.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "installer/cli/attest_evidence.hpp"
#include "installer/cli/prepare.hpp"
#include "installer/cli/say.hpp"
#include "installer/stages/catalog.hpp"
#include "state/journal.hpp"

namespace cosigner::cli {
namespace {

constexpr std::size_t nonce_size = 32;

Error wrong(std::string what, std::string remedy) { return make_error("usage.wrong", std::move(what), std::move(remedy)); }

/// New files in a folder of the operator's, with the rights of whoever asked; the first that is there already ends it.
Status write_folder(const std::string& folder, const std::map<std::string, std::string>& files, Environment& environment) {
  for (const auto& [name, bytes] : files)
    TRY(environment.operator_files.create(std::string(folder).append("/").append(name), bytes, environment.person()));
  return {};
}

/// From outside, so that whoever asks knows that the answer is fresh (threats A3); without one, a fresh one.
Result<std::string> wanted_nonce(const AttestFlags& flags) {
  if (flags.nonce.empty()) return random_bytes(nonce_size);
  const auto nonce = from_hex(flags.nonce);
  if (!nonce || nonce->size() != nonce_size)
    return wrong("the nonce is not 64 hex digits", "Give 32 random bytes as hex digits.");
  return *nonce;
}

struct Ground {
  Prepared prepared;
  state::Journal journal;
  std::string credentials_directory;
  engine::StageContext context() const { return {prepared.settings, journal.ledger(), credentials_directory}; }
};

Result<Ground> find_ground(const Invocation& invocation, Environment& environment) {
  TRY(require_root(invocation, environment));
  Prepared prepared = TRY(prepare(invocation, environment, false));
  state::Journal journal = TRY(state::Journal::load(environment.host, journal_file));
  return Ground{std::move(prepared), std::move(journal), environment.credentials_directory};
}

Result<attest::Evidence> cosigner_evidence(const Invocation& invocation, Environment& environment) {
  const std::string nonce = TRY(wanted_nonce(invocation.attest));
  const Ground ground = TRY(find_ground(invocation, environment));
  if (!ground.journal.exists()) return nothing_set_up();
  attest::Evidence evidence = TRY(stages::evidence_of_running_cosigner(environment.host, ground.context(), nonce));
  if (!invocation.out_file.empty()) TRY(write_folder(invocation.out_file, attest::to_files(evidence), environment));
  if (!evidence.from_kept.empty())
    say_notes(invocation, environment,
              {"the certificate service is away; of an earlier day are: " + joined(evidence.from_kept, ", ")});
  return evidence;
}

/// The quote that was named, else that of the verdict in force.
Result<std::string> wanted_quote(const Invocation& invocation, const Environment& environment) {
  if (invocation.words.size() > 2) return read_quote(invocation.word(2), environment);
  const auto kept = TRY(environment.host.files().read(attest::evidence_directory / "quote.bin"));
  if (kept) return *kept;
  return wrong("no quote is kept on this machine, so its platform is not known",
               "Run `cosigner attest collateral fetch QUOTE --out DIR`.");
}

Result<std::map<std::string, std::string>> fetched_bundle(const Invocation& invocation, Environment& environment) {
  if (invocation.json) return wrong("what is fetched are files, and no document", "Leave --json away.");
  if (invocation.out_file.empty())
    return wrong("nothing says where the bundle goes", "Give --out DIR, a folder without such files.");
  const Ground ground = TRY(find_ground(invocation, environment));
  const std::string quote = TRY(wanted_quote(invocation, environment));
  const auto fetched = TRY(stages::collateral_bundle(environment.host, ground.context(), quote));
  auto files = attest::to_files(fetched.texts);
  TRY(write_folder(invocation.out_file, files, environment));
  return files;
}

}  // namespace

report::ExitCode run_attest_cosigner(const Invocation& invocation, Environment& environment) {
  const auto evidence = cosigner_evidence(invocation, environment);
  if (!evidence.ok()) return say_error(invocation, environment, evidence.error());
  const attest::Attestation& attestation = evidence->attestation;
  if (invocation.json)
    environment.terminal.out(to_json_document(attestation) + "\n");
  else if (!invocation.quiet || !attestation.is_accepted())
    environment.terminal.out(to_people_text(attestation));
  return attestation.is_accepted() ? report::ExitCode::ok : report::ExitCode::attestation_refused;
}

report::ExitCode run_attest_collateral(const Invocation& invocation, Environment& environment) {
  const auto files = fetched_bundle(invocation, environment);
  if (!files.ok()) return say_error(invocation, environment, files.error());
  if (!invocation.quiet)
    environment.terminal.out(std::to_string(files->size()) + " files of collateral, not verified yet, are in " +
                             shown(Untrusted(invocation.out_file)) +
                             ": give it to `cosigner attest verify QUOTE --collateral DIR`.\n");
  return report::ExitCode::ok;
}

report::ExitCode run_attest_host(const Invocation& invocation, Environment& environment) {
  const auto ground = find_ground(invocation, environment);
  if (!ground.ok()) return say_error(invocation, environment, ground.error());
  const attest::HostReport report = stages::look_at_quoting(environment.host, ground->context());
  if (invocation.json)
    environment.terminal.out(to_json_document(report));
  else if (!invocation.quiet || !report.is_good())
    environment.terminal.out(to_people_text(report));
  for (const auto& step : report.steps) {
    if (!step.code.empty()) return report::exit_code_of(step.code);
  }
  return report::ExitCode::ok;
}

}  // namespace cosigner::cli

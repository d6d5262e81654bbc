#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.hpp"
#include "installer/cli/invocation.hpp"
#include "installer/cli/verbs.hpp"

namespace cosigner::cli {
namespace {

void add_everywhere(CLI::App& app, Invocation& out) {
  app.add_flag("--json", out.json, "one document, or JSON lines of events for verbs that work; never asks");
  app.add_flag("--quiet", out.quiet, "only what is wrong");
  app.add_flag("--verbose", out.verbose, "everything that was seen");
  app.add_option("--root", out.root, "work below this directory and nowhere else")->type_name("DIR");
}

void add_what_is_wanted(CLI::App& app, Invocation& out) {
  app.add_option("--answers", out.answers_file, "answers file: nothing is asked")->type_name("FILE");
  app.add_option("--profile", out.flags.profile, "built-in profile, or a file")->type_name("NAME|FILE");
}

/// The flags of setup and plan (contracts, section 1).
void add_setup_flags(CLI::App& app, Invocation& out) {
  add_what_is_wanted(app, out);
  app.add_option("REVISION", out.flags.revision, "image revision");
  app.add_option("--until", out.until, "end after this stage")->type_name("STAGE");
  app.add_flag("--yes", out.yes, "go on without asking about the plan");
  app.add_option("--record", out.record_file, "write what was changed to a new file")->type_name("FILE");
  app.add_flag("--reboot", out.flags.reboot, "reboot by itself when a step needs it");
  app.add_option("--waive", out.flags.waive, "pass over a failed check; never a trust check")->type_name("ID")->allow_extra_args(false);
  app.add_option("--max-disruption", out.flags.max_disruption, "none, aesm, container, docker or host")->type_name("WHAT");
  app.add_option("--accept-digest", out.flags.accepted_digests, "the image digest that is accepted")->type_name("SHA256")->allow_extra_args(false);
  app.add_option("--key-fingerprint", out.flags.key_fingerprints, "a further key that may sign the SGX packages")->type_name("FPR")->allow_extra_args(false);
  app.add_option("--proxy", out.flags.proxy, "proxy for downloads and the container")->type_name("URL");
  app.add_option("--registry-user", out.flags.registry_user, "login for the image's registry")->type_name("USER");
  app.add_option("--registry-password-file", out.flags.registry_password_file, "file with its password")->type_name("FILE");
  app.add_option("--allow-downgrade", out.flags.downgrade_reason,
                 "an older image revision may replace a newer one; the reason is recorded")
      ->type_name("REASON");
  app.add_flag("--new-platform", out.flags.new_platform, "another platform may attest than the pinned one");
}

/// What an image that is not here yet may need; the same flags as setup's.
void add_start_flags(CLI::App& app, Invocation& out) {
  app.add_option("REVISION", out.flags.revision, "image revision, which is remembered; without it the one that was set up");
  app.add_option("--accept-digest", out.flags.accepted_digests, "the image digest that is accepted")->type_name("SHA256")->allow_extra_args(false);
  app.add_option("--registry-user", out.flags.registry_user, "login for the image's registry")->type_name("USER");
  app.add_option("--registry-password-file", out.flags.registry_password_file, "file with its password")->type_name("FILE");
  app.add_option("--allow-downgrade", out.flags.downgrade_reason,
                 "an older image revision may replace a newer one; the reason is recorded")
      ->type_name("REASON");
}

void add_logs_flags(CLI::App& app, Invocation& out) {
  app.add_option("N", out.log_lines, "so many of the last lines, 3000 without it");
  app.add_option("CONTAINER", out.log_container, "the co-signer's container, or that of its enrolment");
  app.add_flag("-f", out.follow, "go on with what comes, until Ctrl-C or the container's end");
  app.add_flag("--raw", out.raw, "the bytes as they were printed; into a file or pipe only");
}

void add_words(CLI::App& app, Invocation& out, const std::string& about) { app.add_option("WORDS", out.words, about); }

void add_attest_flags(CLI::App& app, Invocation& out) {
  add_words(app, out, "verify QUOTE, show QUOTE, cosigner, host, or collateral fetch [QUOTE]");
  app.add_option("--collateral", out.attest.collateral, "folder of tcb_info.json, qe_identity.json, tcb_signing_chain.pem, pck_crl.der|pem, root_ca_crl.der|pem, pck_chain.pem")->type_name("DIR");
  app.add_option("--at", out.attest.at, "judge for this time, ISO 8601 UTC or epoch seconds")->type_name("TIME");
  app.add_option("--nonce", out.attest.nonce, "the quote must answer these 32 bytes; verify needs --public-key too")->type_name("HEX");
  app.add_option("--public-key", out.attest.public_key, "the co-signer's public key that the quote must name")->type_name("FILE");
  app.add_option("--policy", out.attest.policy, "what is acceptable; without it, the default policy")->type_name("FILE");
  app.add_option("--root-ca", out.attest.root_ca, "another root than Intel's, for test hierarchies")->type_name("FILE");
  app.add_option("--out", out.out_file, "cosigner, collateral fetch: put the files into this folder, which must exist")->type_name("DIR");
}

void add_verb_options(const std::string& verb, CLI::App& app, Invocation& out) {
  if (verb == "setup") return add_setup_flags(app, out);
  if (verb == "plan") {
    add_setup_flags(app, out);
    app.add_flag("--check", out.check, "exit code 20 when anything is pending");
    app.add_flag("--diff", out.diff, "show file differences and exact calls");
    app.add_option("--out", out.out_file, "write the plan document to a new file")->type_name("FILE");
  } else if (verb == "pair" || verb == "status") {
    add_what_is_wanted(app, out);
  } else if (verb == "doctor") {
    add_what_is_wanted(app, out);
    add_doctor_options(app, out.doctor);
  } else if (verb == "egress") {
    add_what_is_wanted(app, out);
    add_egress_options(app, out.egress);
  } else if (verb == "start") {
    add_start_flags(app, out);
  } else if (verb == "logs") {
    add_logs_flags(app, out);
  } else if (verb == "history") {
    add_words(app, out, "the beginning of a run's id");
  } else if (verb == "answers") {
    add_words(app, out, "schema or example");
  } else if (verb == "attest") {
    add_attest_flags(app, out);
  } else if (verb == "config") {
    add_words(app, out, "show, or validate FILE");
  } else if (verb == "profile") {
    add_words(app, out, "list, show NAME or export NAME");
  } else if (verb == "help") {
    add_words(app, out, "a verb");
  }
}

std::string exit_code_help() {
  std::string text = "Exit codes:";
  for (const auto& row : report::exit_code_table()) {
    const std::string number = std::to_string(static_cast<int>(row.code));
    text += "\n  " + std::string(3 - number.size(), ' ') + number + "  " + std::string(row.meaning);
  }
  return text;
}

/// The whole grammar, bound to `out`.
/// Only a verb that is among the words gets its options: 33 verbs with all of theirs cost more than the rest of the start.
void build(CLI::App& app, Invocation& out, const std::vector<std::string>& words) {
  app.name("cosigner");
  app.description("Sets up an SGX co-signer on this machine, and keeps it as it was set up.");
  app.footer(exit_code_help());
  app.require_subcommand(0, 1);
  app.set_help_flag("--help,-h", "this text");
  app.add_flag("--version")->description("version of this program");
  for (const auto& row : verb_table()) {
    const std::string name(row.name);
    CLI::App* verb = app.add_subcommand(name, std::string(row.about) + (row.run == nullptr ? " (not built in this version)" : ""));
    if (row.run == nullptr) verb->group("");  // known, so that it gets a clear answer, but not offered
    if (std::find(words.begin(), words.end(), name) == words.end()) continue;
    verb->set_help_flag("--help,-h", "this text");
    if (row.run == nullptr) verb->allow_extras();
    else add_verb_options(name, *verb, out);
    add_everywhere(*verb, out);
  }
}

const CLI::App* find_verb(const CLI::App& app, const std::string& verb) {
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (each->get_name() == verb) return each;
  }
  return nullptr;
}

Parsed ended(std::string text, report::ExitCode code) { return {std::nullopt, std::move(text), code}; }

/// CLI11's own sentence would quote what was typed, which may be a token in the wrong place.
std::string usage_problem(const CLI::ParseError& error) {
  const std::string name = error.get_name();
  if (name == "ExtrasError") return "there is an argument or option that this verb does not know";
  if (name == "ArgumentMismatch") return "an option needs a value, or was given more than once";
  if (name == "ConversionError" || name == "ValidationError") return "an option has a value that does not fit";
  return "the command line does not fit";
}

Parsed refused(const std::string& problem, const std::string& verb) {
  const std::string where = verb.empty() ? "cosigner help" : "cosigner help " + verb;
  return ended("cosigner: " + problem + " (usage.wrong).\n  Run \"" + where + "\".\n", report::ExitCode::usage);
}

void note_given(const CLI::App& app, Invocation& out) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() > 0) out.given.push_back(option->get_name());
  }
}

}  // namespace

Parsed parse_arguments(const std::vector<std::string>& arguments) {
  Invocation out;
  CLI::App app;
  build(app, out, arguments);
  if (arguments.empty()) return ended(app.help(), report::ExitCode::usage);
  const auto chosen = [&]() -> CLI::App* {
    const auto subcommands = app.get_subcommands();
    return subcommands.empty() ? nullptr : subcommands.front();
  };
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return ended(chosen() == nullptr ? app.help() : chosen()->help(), report::ExitCode::ok);
  } catch (const CLI::ParseError& error) {
    std::vector<std::string> names;
    for (const auto& row : verb_table()) {
      if (row.run != nullptr) names.emplace_back(row.name);
    }
    const auto nearest = chosen() == nullptr && arguments.front().rfind('-', 0) != 0 ? nearest_name(arguments.front(), names) : std::nullopt;
    if (nearest) return refused("there is no such verb; did you mean \"" + *nearest + "\"?", "");
    return refused(usage_problem(error), chosen() == nullptr ? "" : chosen()->get_name());
  }
  if (chosen() == nullptr) {
    if (app.count("--version") > 0) out.verb = "version";
    else return ended(app.help(), report::ExitCode::usage);
    return {out, {}, report::ExitCode::ok};
  }
  out.verb = chosen()->get_name();
  note_given(*chosen(), out);
  return {out, {}, report::ExitCode::ok};
}

std::string help_text(const std::string& verb) {
  Invocation out;
  CLI::App app;
  build(app, out, {verb});
  const CLI::App* found = find_verb(app, verb);
  return found == nullptr ? app.help() : found->help("cosigner");
}

std::vector<std::string> options_of(const std::string& verb) {
  Invocation out;
  CLI::App app;
  build(app, out, {verb});
  std::vector<std::string> names;
  const CLI::App* found = find_verb(app, verb);
  if (found == nullptr) return names;
  for (const CLI::Option* option : found->get_options()) names.push_back(option->get_name());
  return names;
}

}  // namespace cosigner::cli

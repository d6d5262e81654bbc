// The command line as a value. Parsing touches nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "installer/cli/doctor_options.hpp"
#include "profile/merge.hpp"
#include "report/exit_codes.hpp"

namespace cosigner::cli {

/// What `attest verify` is given beside the quote.
struct AttestFlags {
  std::string collateral, at, nonce, public_key, policy, root_ca;
};

struct Invocation {
  std::string verb;
  std::vector<std::string> words;  // positional: the action of answers/attest/config/profile and its argument, the run of history
  profile::Flags flags;
  std::string answers_file;
  std::string until;
  std::string record_file;
  std::string out_file;
  std::string root;
  AttestFlags attest;
  DoctorOptions doctor;
  EgressOptions egress;
  std::string log_lines;  // of logs, as typed: a number, or the container
  std::string log_container;
  bool yes = false;
  bool check = false;
  bool diff = false;
  bool follow = false;
  bool raw = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  std::vector<std::string> given;  // names of the options that were given, for the journal; never their values

  std::string word(std::size_t at) const { return at < words.size() ? words[at] : std::string(); }
};

/// Either something to do, or a text to show and the code to end with (help, wrong usage).
struct Parsed {
  std::optional<Invocation> invocation;
  std::string text;
  report::ExitCode code = report::ExitCode::ok;
};

/// `arguments` without the program's name.
Parsed parse_arguments(const std::vector<std::string>& arguments);

/// The help of a verb (or of the whole program), as --help prints it.
std::string help_text(const std::string& verb);

/// Every option that a verb knows, with its dashes; for the test that none is ignored.
std::vector<std::string> options_of(const std::string& verb);

}  // namespace cosigner::cli

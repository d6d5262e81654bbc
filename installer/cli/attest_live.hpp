// The actions of `attest` that ask somebody: the running co-signer, the certificate service, the service daemon.
#pragma once

#include "installer/cli/environment.hpp"
#include "installer/cli/invocation.hpp"
#include "report/exit_codes.hpp"

namespace cosigner::cli {

/// attest cosigner [--nonce HEX] [--out DIR]
report::ExitCode run_attest_cosigner(const Invocation& invocation, Environment& environment);

/// attest collateral fetch [QUOTE] --out DIR: an offline bundle, with which `attest verify` needs no network.
report::ExitCode run_attest_collateral(const Invocation& invocation, Environment& environment);

/// attest host: what this machine needs to quote. The exit code is that of the first step that fails.
report::ExitCode run_attest_host(const Invocation& invocation, Environment& environment);

}  // namespace cosigner::cli

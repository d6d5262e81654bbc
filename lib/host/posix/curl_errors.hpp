// From what libcurl reports to the stable codes of the network port. Pure, so that each cause has its test.
#pragma once

#include <string>

#include "base/result.hpp"

namespace cosigner::host {

struct FailedTransfer {
  int code = 0;            // CURLcode
  std::string where;       // host and port as asked for, for the message
  std::string proxy;       // empty: none in use
  long proxy_status = 0;   // answer to CONNECT
  long verify_result = 0;  // X.509 verification result (0 or 1: the chain is good, so the name is not)
  std::string issuer;      // of the untrusted certificate, already escaped
  bool redirected = false;
  int system_error = 0;    // errno of the last failed connect
};

/// Fails never; gives one of the codes named in host/network.hpp, `network.connection_lost` (the peer ended early) or
/// `run.cancelled`. Only causes outside this machine's settings are retryable.
Error describe_failure(const FailedTransfer& failed);

/// Why a chain is not trusted, in our words; `verify_result` as OpenSSL numbers it, 0 or 1 for a name that does not fit.
std::string trust_trouble(long verify_result);

}  // namespace cosigner::host

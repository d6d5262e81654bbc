// What the stand-in AESM daemon answers. Field numbers and codes: AESM's published message file and error list
// (request and response share the number of their sub-message).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace lab::aesm {

// What the daemon found when it started. As the original, it does not look again: a device that appears, or a
// group that is granted, later needs a restart.
struct Platform {
  bool quoting_installed = false;   // the plug-in bundles of ecdsa, quote-ex and pce
  bool enclave_opens = false;       // /dev/sgx_enclave (or its older name)
  bool provision_opens = false;     // /dev/sgx_provision: needed to load the PCE
  bool provider_installed = false;  // libdcap_quoteprov.so.1
};

Platform probe_platform(const std::string& bundle_folder);

// The framed payload's answer; nothing = malformed, the connection is closed without an answer.
std::optional<std::string> answer(const Platform& platform, std::string_view request);

}  // namespace lab::aesm

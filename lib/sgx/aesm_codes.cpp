// The daemon's error codes (facts, section 6.3): what they mean on a DCAP host and what to do.
#include "sgx/aesm.hpp"

namespace cosigner::sgx {
namespace {

constexpr std::string_view restart = "Restart the daemon with `systemctl restart aesmd`, and read its log with `journalctl -u aesmd` when that does not help.";
constexpr std::string_view plug_ins =
    "Check that libsgx-aesm-ecdsa-plugin, libsgx-aesm-pce-plugin and libsgx-aesm-quote-ex-plugin are installed and that the daemon's user may open the SGX "
    "devices, then run `cosigner setup` again.";
constexpr std::string_view devices = "Check that /dev/sgx_enclave and /dev/sgx_provision exist and that SGX is enabled in the firmware.";
constexpr std::string_view provider = "Check pccs_url in /etc/sgx_default_qcnl.conf and that this machine reaches that address.";
constexpr std::string_view provider_package = "Install libsgx-dcap-default-qpl and remove any other package that brings libdcap_quoteprov.so.";
constexpr std::string_view registration = "Register the platform, or set the quote provider to the one of the owner of this hardware (answers: sgx.quoteProvider).";
constexpr std::string_view quoting_type = "Set `default quoting type = ecdsa_256` in /etc/aesmd.conf and install libsgx-aesm-ecdsa-plugin.";
constexpr std::string_view provision_group = "Add the user aesmd to the group sgx_prv and restart the daemon.";
constexpr std::string_view cache = "Stop the daemon, delete the cached data below /var/opt/aesmd/data, and start it again.";
constexpr std::string_view retired = "Remove the EPID packages and move to DCAP; this service has ended.";
constexpr std::string_view wait = "Wait a minute and run `cosigner setup` again.";
constexpr std::string_view memory = "Stop other enclaves, or use a machine with more enclave memory.";
constexpr std::string_view firmware = "Update the firmware and microcode of this machine, and reboot.";

constexpr AesmCode table[] = {
    {0, "success", "", false},
    {1, "an unexpected error, often a malformed /etc/sgx_default_qcnl.conf or an untrusted CA of the quote provider", provider, false},
    {2, "it has no SGX device", devices, false},
    {3, "it does not accept a parameter", restart, false},
    {4, "old EPID data is in its way", cache, false},
    {5, "the EPID key is revoked", retired, false},
    {6, "the launch of an enclave was refused: the machine has no flexible launch control", devices, false},
    {7, "the session is invalid", restart, true},
    {8, "there are too many sessions", wait, true},
    {12, "the quote provider cannot be reached", provider, true},
    {13, "the network is busy", wait, true},
    {14, "its proxy settings do not work", "Correct the proxy in /etc/aesmd.conf and restart the daemon.", false},
    {15, "it cannot read or write a file of its own", restart, false},
    {16, "EPID provisioning failed", retired, false},
    {17, "its service is stopped", restart, true},
    {18, "it is busy", wait, true},
    {19, "its back end is busy", wait, true},
    {20, "an update of the platform is available", firmware, false},
    {21, "it is out of memory", memory, true},
    {22, "the quote provider's answer cannot be used", provider, true},
    {23, "it cannot start a thread", restart, true},
    {24, "the SGX device is not available", devices, false},
    {25, "enabling the SGX device failed", devices, false},
    {26, "the signature of the platform information does not hold", firmware, false},
    {27, "its service is not available", restart, true},
    {28, "key derivation does not match", restart, false},
    {29, "there is no enclave memory left", memory, true},
    {30, "the quoting service is unavailable: a plug-in is missing, or a device is denied to it", plug_ins, true},
    {31, "it does not recognise the platform", registration, false},
    {32, "the ECDSA id does not match", cache, false},
    {33, "a path name is too long", restart, false},
    {34, "its stored key cannot be used", cache, false},
    {35, "the public key id does not match", cache, false},
    {36, "the certification enclave uses another signature scheme", plug_ins, false},
    {37, "its attestation key cannot be used", cache, false},
    {38, "the wanted kind of attestation key is not offered", quoting_type, false},
    {39, "the loading policy is not supported", restart, false},
    {40, "the provisioning certification enclave cannot be loaded", provision_group, false},
    {41, "the quote provider library is missing or cannot be loaded", provider_package, false},
    {42, "its attestation key is not initialised", restart, true},
    {43, "the certification data is invalid", cache, false},
    {44, "there is no certification data for this platform", registration, false},
    {45, "a report could not be made", restart, true},
    {46, "an enclave was lost, after a power event or a move of the virtual machine", restart, true},
    {47, "a report is invalid", restart, false},
    {48, "an enclave could not be loaded", plug_ins, false},
    {49, "the quoting enclave cannot make its report", restart, false},
    {50, "the key could not be certified", registration, false},
    {51, "the configuration is not supported", plug_ins, false},
    {200, "the network timed out", provider, true},
    {202, "an enclave has no memory left", memory, true},
    {210, "it has no SGX device", devices, false},
};

}  // namespace

AesmCode explain_aesm_code(std::uint32_t code) {
  for (const AesmCode& row : table) {
    if (row.code == code) return row;
  }
  if (code >= 57 && code <= 199) return {code, "a service of the EPID era that has ended", retired, false};
  return {code, "a code that is not documented", restart, false};
}

}  // namespace cosigner::sgx

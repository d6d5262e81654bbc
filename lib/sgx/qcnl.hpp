// The quote provider's configuration, /etc/sgx_default_qcnl.conf: read as its real reader does, written as plain JSON. Pure.
//
// The real reader takes JSON with comments, where of a key that is there twice the first counts, else KEY=VALUE lines; a mistake in the JSON
// makes it fall back silently to localhost, and unknown keys and values of a wrong type are ignored (facts, section 7). So what we write has
// no comments and is always whole.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cosigner::sgx {

enum class QcnlSyntax { json, key_value, broken };

/// What the library would go by.
struct QcnlSettings {
  QcnlSyntax syntax = QcnlSyntax::broken;
  std::string pccs_url = "https://localhost:8081/sgx/certification/v4/";  // the library's own fallback
  bool use_secure_cert = true;
  std::string local_pck_url;
  std::string collateral_service;
  std::string tcb_update_type;  // "early": of Intel's two publications the one that leaves no time to update
};

QcnlSettings read_qcnl(std::string_view text);

/// A request's own headers or parameters other than Azure's (a token of the provider's), or a login in an address, is in it.
bool may_hold_secret(std::string_view text);

enum class QuoteProvider { intel, azure, alibaba, pccs };

struct WantedProvider {
  QuoteProvider provider = QuoteProvider::intel;
  std::string pccs_url;
  bool use_secure_cert = true;
  friend bool operator==(const WantedProvider&, const WantedProvider&) = default;
};

/// True when every key that the provider sets is in the text, in JSON and of the right type, and nothing in it has to be corrected.
bool is_configured(std::string_view text, const WantedProvider& wanted);

/// The text with the provider's keys set; unknown keys of a readable file are kept, comments are not. The same settings in KEY=VALUE form are
/// carried over. Corrected: addresses of Intel's ended interfaces, an update type that the library refuses, and what only Azure's settings
/// mean where the provider is another one. What is absent and matters (retries, Azure's times) gets its advised value.
std::string write_qcnl(std::string_view text, const WantedProvider& wanted);

/// The provider that the machine's DMI strings stand for, when they do.
std::optional<QuoteProvider> provider_of_machine(std::string_view sys_vendor, std::string_view product_name, std::string_view asset_tag);

/// "https://sgx-dcap-server.REGION.aliyuncs.com/…"; nothing for a region outside the closed list (threats N3). `in_vpc`: without a public address.
std::optional<std::string> alibaba_pccs_url(std::string_view region, bool in_vpc);

/// The region of such an address, of either kind; empty for any other text.
std::string alibaba_region_of(std::string_view pccs_url);

/// The region in cloud-init's instance data (v1.region), unchecked; empty when there is none. Nothing is asked over the network (threats N3).
std::string region_of_instance(std::string_view instance_data);

/// {"enclaveIdentity": {…}, "signature": "…"}: that this is a certificate service. What the identity says is judged where quotes are.
bool is_enclave_identity(std::string_view answer);

extern const std::string_view azure_pccs_url;

}  // namespace cosigner::sgx

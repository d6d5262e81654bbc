// A service that hands out collateral: Intel's (PCS, version 3 or 4 of its interface) or a cache with the same paths (PCCS),
// which clouds run too (facts of DCAP, section 3.1). Pure: addresses to ask, answers read. Nothing of an answer is believed here:
// verify.hpp judges it like any other collateral.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "attest/collateral.hpp"
#include "base/result.hpp"

namespace cosigner::attest {

enum class Update { standard, early };  // which of Intel's two publications

struct CollateralService {
  std::string base;      // "https://host/sgx/certification/v4/", with the slash
  std::string root_crl;  // URL of the root's revocation list
  Update update = Update::standard;
};

/// The service at this address of a quote provider's configuration; nothing when it is no https address of that interface.
/// Intel's own service does not hand out the root's revocation list: the place that Intel's root certificate names is asked for
/// it.
std::optional<CollateralService> service_at(std::string_view address);

/// Whom collateral is asked about.
struct PlatformFamily {
  Tee tee = Tee::sgx;
  std::string fmspc;  // raw, 6
  PckCa ca = PckCa::platform;
};

std::string tcb_info_url(const CollateralService& service, const PlatformFamily& family);
std::string qe_identity_url(const CollateralService& service, const PlatformFamily& family);
std::string pck_crl_url(const CollateralService& service, const PlatformFamily& family);
/// Of the platform that a quote with certification data of type 1 to 3 names. Nothing for another quote.
std::optional<std::string> pck_certificate_url(const CollateralService& service, std::string_view quote);

using Headers = std::map<std::string, std::string>;  // names in lower case

/// What a status other than 200 means. Fails with attest.collateral_unknown (404), attest.collateral_gone (410),
/// attest.service_busy (429), attest.service_failed (5xx, anything else). The last two are retryable.
Status check_status(int status, std::string_view what);
/// How long a busy service asks to wait, at most a minute; dates are not read.
std::optional<std::chrono::seconds> retry_after(const Headers& headers);
/// The PEM chain in the first of these headers that is there. Fails with attest.answer_unexpected.
Result<std::string> issuer_chain_of(const Headers& headers, std::initializer_list<std::string_view> names, std::string_view what);

}  // namespace cosigner::attest

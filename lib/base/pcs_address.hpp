// Addresses of services that give certificates for platforms: Intel's own (PCS), and what caches it (PCCS). Pure, header only.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace cosigner {

inline constexpr std::string_view intel_pcs_host = "api.trustedservices.intel.com";
inline constexpr std::string_view pcs_end_of_v3 = "2026-04-30";  // of the versions 2 and 3 of the PCS; only version 4 answers since (facts, section 8)

/// Where the ended version's name begins in an address of Intel's own service; npos for every other address. Own PCCS may still speak version 3.
inline std::size_t ended_pcs_version(std::string_view url) {
  const std::string small = lower(url);
  const std::string begin = "https://" + std::string(intel_pcs_host);
  if (small.rfind(begin, 0) != 0 || small.size() <= begin.size() || (small[begin.size()] != '/' && small[begin.size()] != ':')) return std::string::npos;
  for (const char* ended : {"/v3/", "/v2/"}) {
    if (const std::size_t at = (small + "/").find(ended); at != std::string::npos) return at;
  }
  return std::string::npos;
}

inline bool is_ended_pcs_address(std::string_view url) { return ended_pcs_version(url) != std::string::npos; }

/// As the library wants it: it puts the names of its questions right behind (facts, section 7).
inline bool is_pccs_address(std::string_view url) {
  const auto ends_with = [url](std::string_view end) { return url.size() > end.size() && url.substr(url.size() - end.size()) == end; };
  return ends_with("/sgx/certification/v4/") || ends_with("/sgx/certification/v3/");
}

inline bool names_version_3(std::string_view url) { return url.find("/certification/v3/") != std::string_view::npos; }

}  // namespace cosigner

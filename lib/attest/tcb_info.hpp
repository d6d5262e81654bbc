// Intel's TCB info (facts of DCAP, section 3): the levels of one platform family, highest first.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/quote.hpp"
#include "attest/tcb_status.hpp"
#include "attest/validity.hpp"

namespace cosigner::attest {

using Components = std::array<std::uint8_t, 16>;

/// What a level says about whoever matches it.
struct LevelVerdict {
  TcbStatus status = TcbStatus::revoked;
  Time date{};
  std::vector<std::string> advisories;
};

struct PlatformLevel {
  Components sgx{};
  Components tdx{};  // TDX only
  std::uint16_t pcesvn = 0;
  LevelVerdict verdict;
};

/// A level of an enclave or of the TDX module: by one security version.
struct EnclaveLevel {
  std::uint16_t isvsvn = 0;
  LevelVerdict verdict;
};

struct TdxModule {
  std::string id;                           // "TDX_03"; empty for the module of major version 0
  std::string mrsigner;                     // 48
  std::string attributes, attributes_mask;  // 8
  std::vector<EnclaveLevel> levels;         // none for major version 0
};

struct TcbInfo {
  int version = 0;  // 2 or 3
  Tee tee = Tee::sgx;
  Window window;
  std::string fmspc;  // 6
  std::string pceid;  // 2
  std::uint32_t tcb_type = 0;
  std::uint32_t evaluation_number = 0;
  std::vector<PlatformLevel> levels;
  std::optional<TdxModule> module;           // TDX: major version 0
  std::vector<TdxModule> module_identities;  // TDX: the others
};

/// `inner`: bytes whose signature was checked. Levels out of falling order are refused: "the first that fits" would mean
/// something else, and none of Intel's is. Fails with tcb_info_invalid.
Result<TcbInfo> read_tcb_info(std::string_view inner);

/// A level's `tcbDate`, `tcbStatus` and `advisoryIDs`. Statuses by `find`. Nothing when one does not read.
std::optional<LevelVerdict> read_level_verdict(const nlohmann::json& level, std::optional<TcbStatus> (*find)(std::string_view));
/// `tcbLevels` by `isvsvn`, falling, at least one. Nothing when one does not read.
std::optional<std::vector<EnclaveLevel>> read_enclave_levels(const nlohmann::json& object, std::uint32_t maximum_svn);

}  // namespace cosigner::attest

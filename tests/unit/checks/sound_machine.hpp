// A machine on which every check of the doctor passes, and the settings that it was set up with. Tests break one thing of it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/check.hpp"
#include "kit/fake_host.hpp"
#include "unit/attest/made_evidence.hpp"

namespace cosigner::checks {

struct SoundMachine {
  SoundMachine();

  kit::FakeHost host;
  profile::Settings settings;
  std::vector<std::pair<std::string, std::string>> linked = {{"openssl", "3.0.19"}, {"zlib", "1.2.13"}, {"libcurl", "7.88.1"}};

  void put(const std::string& path, const std::string& content, host::FileAttributes attributes = {{0644}, {}});
  void put_folder(const std::string& path, host::FileAttributes attributes = {{0755}, {}});
  void put_device(const std::string& path, std::uint32_t gid, std::uint32_t mode = 0660);
  void drop(const std::string& path) { host.model.entries.erase(path); }
  void install(const std::string& name, const std::string& version);
  /// The daemon's answers from now on: an error code (0: success) to what it offers, another one to preparing a quote, the kind
  /// of its key.
  void daemon_says(std::uint32_t code, std::uint32_t quote_code = 0, char algorithm = 2);
  /// Intel's certificate service, with what a throw-away hierarchy says of the quoting enclave; its root is the profile's. `change`: of what
  /// is usual.
  void certificate_service(const std::function<void(attest_test::Wishes&)>& change);
  /// A processor of another kind: `cpuid -r` lines.
  void processor(const std::string& cpuid_text);

  /// What each check says, by id.
  std::map<std::string, report::Finding> look(const engine::CheckChoice& choice = {}) const;
};

inline constexpr const char* sound_cpuid =
    "CPU:\n   0x00000000 0x00: eax=0x0000001b ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
    "   0x00000001 0x00: eax=0x000606a6 ebx=0x00020800 ecx=0x7ffa3203 edx=0x1f8bfbff\n"
    "   0x00000007 0x00: eax=0x00000001 ebx=0xf1bf2fbf ecx=0x40415f46 edx=0x20000010\n"
    "   0x00000012 0x00: eax=0x00000003 ebx=0x00000001 ecx=0x00000000 edx=0x0000381f\n"
    "   0x00000012 0x01: eax=0x000000b6 ebx=0x00000000 ecx=0x000002e7 edx=0x00000000\n"
    "   0x00000012 0x02: eax=0xc0000001 ebx=0x00000004 ecx=0x00000001 edx=0x00000002\n"
    "   0x00000012 0x03: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n";

/// `text` with the first `from` replaced.
std::string changed(std::string text, const std::string& from, const std::string& to);

}  // namespace cosigner::checks

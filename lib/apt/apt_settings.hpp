// apt.conf text read far enough to find settings that weaken the checks of every source (threats M5). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner::apt {

struct AptSetting {
  std::string name;  // full, lower case: "acquire::https::verify-peer"
  std::string value;
  std::size_t line = 0;
};

/// Statements of one file in order. Reads on over what it does not understand, as apt stops there itself.
std::vector<AptSetting> parse_apt_conf(std::string_view text);

struct WeakSetting {
  AptSetting setting;
  std::string effect;    // "packages without a valid signature are accepted"
  bool stops = true;     // false: told, but an old index only, which our own age check covers
};

std::vector<WeakSetting> weak_settings(const std::vector<AptSetting>& settings);

}  // namespace cosigner::apt

// /etc/aesmd.conf read with its own reader's traps: one bad line and all of it is ignored (facts, section 6.1). Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner::sgx {

struct AesmdConf {
  std::map<std::string, std::string> values;  // by key in lower case
  struct BadLine {
    std::size_t line;
    std::size_t column;  // from 1, of the key or of the value that is wrong
    std::string why;
  };
  std::vector<BadLine> bad_lines;
};

AesmdConf read_aesmd_conf(std::string_view text);

}  // namespace cosigner::sgx

// /etc/aesmd.conf read with its own reader's traps: one bad line and all of it is ignored (facts, section 6.1); and written so that this
// reader takes every line. Pure.
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

/// `takes_whitelist`: by the reader of a release up to 2.26, which takes the key `whitelist url`.
AesmdConf read_aesmd_conf(std::string_view text, bool takes_whitelist = false);

/// A quoting type or an address of EPID is in it, also where the reader takes the line.
bool names_epid(std::string_view text);

/// What the file is to say; everything else in it stays.
struct AesmdWish {
  enum class Proxy { as_it_is, manual, direct };
  Proxy proxy = Proxy::as_it_is;
  std::string proxy_url;     // of `manual`: http(s)://host:port
  bool keeps_epid = false;   // a release that still has EPID, by the operator's wish: its quoting types stay
  bool takes_whitelist = false;  // with it, and up to release 2.26: `whitelist url` stays too
};

/// The daemon reads at most so many bytes of a line, its end among them.
inline constexpr std::size_t aesmd_line_limit = 1024;

/// The text with the wish fulfilled, without the lines that its reader refuses (quoting types and addresses of EPID count as refused
/// unless they are kept) and without carriage returns. The same text when it needs nothing; applying it twice changes nothing more.
std::string write_aesmd_conf(std::string_view text, const AesmdWish& wish);

}  // namespace cosigner::sgx

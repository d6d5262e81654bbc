// Tar archives made entry by entry, so that a test can make those that no tool would.
#pragma once

#include <string>
#include <vector>

namespace cosigner::scene {

struct TarEntry {
  std::string name;
  std::string content = {};
  char type = '0';     // '0' file, '1' hard link, '2' link, '3' and '4' devices, '5' directory, '6' fifo
  std::string target = {};  // of a link
  unsigned mode = 0644;
  unsigned long long claimed = 0;  // a size in the header that the content does not have
};

/// ustar, uncompressed; gzip is optional for the reader.
std::string to_tar(const std::vector<TarEntry>& entries);

}  // namespace cosigner::scene

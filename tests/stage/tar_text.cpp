#include "tar_text.hpp"

#include <cstdio>

namespace cosigner::scene {
namespace {

std::string octal(unsigned long long number, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, number);
  return text;
}

void put(std::string& block, std::size_t at, const std::string& text, std::size_t size) { block.replace(at, std::min(text.size(), size), text.substr(0, size)); }

std::string header_of(const TarEntry& entry) {
  std::string block(512, '\0');
  put(block, 0, entry.name, 100);
  put(block, 100, octal(entry.mode, 7), 7);
  put(block, 108, octal(0, 7), 7);
  put(block, 116, octal(0, 7), 7);
  put(block, 124, octal(entry.claimed == 0 ? entry.content.size() : entry.claimed, 11), 11);
  put(block, 136, octal(1795132800, 11), 11);
  put(block, 148, "        ", 8);
  block[156] = entry.type;
  put(block, 157, entry.target, 100);
  put(block, 257, std::string("ustar\0", 6) + "00", 8);
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(block, 148, octal(sum, 6) + std::string("\0 ", 2), 8);
  return block;
}

}  // namespace

std::string to_tar(const std::vector<TarEntry>& entries) {
  std::string out;
  for (const auto& entry : entries) {
    out += header_of(entry) + entry.content;
    out += std::string((512 - entry.content.size() % 512) % 512, '\0');
  }
  return out + std::string(1024, '\0');
}

}  // namespace cosigner::scene

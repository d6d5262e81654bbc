// libFuzzer's entry into the one target that a fuzz_NAME program holds. A rule that an input breaks is an exception, and one that
// leaves this function ends the program, as does an exception of the product, where none may cross a room.
#include <cstdint>

#include "fuzz/harness/target.hpp"

extern const char* const fixtures_folder;
const char* const fixtures_folder = FIXTURES_FOLDER;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const cosigner::fuzz::Target target = cosigner::fuzz::targets().at(0);
  target.run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}

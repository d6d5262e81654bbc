// Intel's SGX extension: what is read is whole, and neither a shorter nor a longer value reads.
#include "attest/pck_extension.hpp"

#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

FUZZ_TARGET(pck_extension) {
  const auto read = attest::read_pck_extension(input);
  if (!read) return require_plain(read.error());
  require(read->ppid.size() == 16 && read->cpusvn.size() == 16 && read->pceid.size() == 2 && read->fmspc.size() == 6,
          "a member of another size");
  require(read->sgx_type >= 0 && read->sgx_type <= 2, "a type of SGX that is none");
  require(!read->platform_instance || read->platform_instance->size() == 16, "a platform instance of another size");
  require(!attest::read_pck_extension(input.substr(0, input.size() - 1)).ok(), "an extension that is cut off reads");
  require(!attest::read_pck_extension(std::string(input) + '\0').ok(), "an extension with something behind it reads");
}

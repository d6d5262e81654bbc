#define OPENSSL_SUPPRESS_DEPRECATED  // the one way to put another generator in the place of the library's
#include "unit/attest/no_randomness.hpp"

#include <openssl/rand.h>

namespace attest_test {
namespace {

int give_nothing(unsigned char*, int) { return 0; }
int is_broken() { return 0; }

const RAND_METHOD broken = {nullptr, give_nothing, nullptr, nullptr, give_nothing, is_broken};

}  // namespace

NoRandomness::NoRandomness() : before_(RAND_get_rand_method()) { RAND_set_rand_method(&broken); }
NoRandomness::~NoRandomness() { RAND_set_rand_method(static_cast<const RAND_METHOD*>(before_)); }

}  // namespace attest_test

// The entrance: no configuration of the host's OpenSSL may be loaded (building facts, trap 3), then the program runs; whatever escapes it is
// a bug and says so without a trace of data.
#include <openssl/crypto.h>

#include <exception>
#include <string>
#include <vector>

#include "installer/wiring.hpp"
#include "report/exit_codes.hpp"

#include <unistd.h>

int main(int argc, char** argv) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  try {
    return cosigner::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (...) {
    // The only catch-all. What was thrown is not shown: its text may quote an input.
    static constexpr char message[] =
        "cosigner: internal error (internal.unexpected): this is a bug in the program.\n"
        "  Run the command again; when it happens again, report it with the newest file in /var/log/cosigner.\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, message, sizeof message - 1);
    return static_cast<int>(cosigner::report::ExitCode::internal_bug);
  }
}

#include "installer/cli/opening.hpp"

namespace cosigner::cli {

std::string opening_text(const Invocation& invocation, bool is_first) {
  std::string text;
  if (is_first && invocation.verb == "setup") {
    text +=
        "This sets up a co-signer on this machine: SGX packages, a container engine, the co-signer's image, pairing, start.\n"
        "Have at hand: the login of the image registry, the Console (its token is asked for later), address and key of the "
        "callback handler if there is one.\n";
  }
  text += invocation.yes ? "Nothing is changed before the plan is shown; --yes goes on without asking. "
                         : "Nothing is changed before your yes to \"Go on?\". ";
  return text + "Ctrl-C stops at any time.\n";
}

}  // namespace cosigner::cli

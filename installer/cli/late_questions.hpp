// The questions after `image`, in the order of the original (facts, section 6): token, callback, retry, proxy of the container. Asked only
// while pairing is pending, so that the token's hour is not spent on downloads.
//
// Fails with `run.cancelled` at "Save? no" and on a signal.
#pragma once

#include "host/host.hpp"
#include "installer/ui/prompts.hpp"
#include "profile/settings.hpp"
#include "report/redactor.hpp"

namespace cosigner::cli {

struct LateContext {
  ui::Prompts& prompts;
  const host::HostView& host;
  report::Redactor& redactor;
};

/// Asks for what is not there yet and fills it in, with the origin "prompt".
Status ask_late(const LateContext& context, profile::Settings& settings);

/// The token alone: asked again until its grammar is right and it has not ended.
Status ask_token(const LateContext& context, profile::Settings& settings);

/// The callback alone, with its typed sentence for none.
Status ask_callback(const LateContext& context, profile::Settings& settings);

}  // namespace cosigner::cli

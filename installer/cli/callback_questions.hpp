// The callback handler's own questions: URL, one of five schemes, and the credentials of that scheme.
#pragma once

#include <optional>
#include <string>

#include "installer/cli/late_questions.hpp"

namespace cosigner::cli {

/// Nothing when the URL was left empty. What does not fit is said and asked again.
Result<std::optional<profile::CallbackAnswers>> ask_handler(const LateContext& context, const profile::Settings& settings);

/// "https://h/x, publicKey, key given", for the question before saving.
std::string callback_summary(const profile::CallbackAnswers& callback);

}  // namespace cosigner::cli

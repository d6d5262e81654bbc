// The renderers of text that is not ours (threats N6): one line, nothing that moves the cursor, within the limit, and stable.
#include <algorithm>
#include "base/untrusted.hpp"

#include "base/text.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "pairing/device_list.hpp"
#include "pairing/outcome.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

bool has_control(std::string_view text, bool line_feeds) {
  return std::any_of(text.begin(), text.end(),
                     [&](char c) { return (static_cast<unsigned char>(c) < ' ' && !(line_feeds && c == '\n')) || c == 127; });
}

void judge_renderers(const Untrusted& text, std::size_t limit) {
  constexpr std::size_t longest_piece = 13;  // an escape of a code point, or "…" and a character
  const std::string line = shown(text, limit), markdown = shown_in_markdown(text, limit), lines = shown_lines(text, limit);
  require(!has_control(line, false) && !has_control(markdown, false) && !has_control(lines, true),
          "a control character is shown");
  require(
      line.size() <= limit + longest_piece && markdown.size() <= limit + longest_piece && lines.size() <= limit + longest_piece,
      "a text over its limit");
  require_plain(line, "what is shown");
  for (const std::string_view each : lines_of(lines)) require_plain(each, "a line of what is shown");
  for (const char* active : {"<", "[", "`", "*", "|"}) {
    for (std::size_t at = markdown.find(active); at != std::string::npos; at = markdown.find(active, at + 1))
      require(at > 0 && markdown[at - 1] == '\\', "Markdown takes a character for its own");
  }
}

/// The log and the device list of the co-signer's container.
void judge_container_output(const Untrusted& text) {
  require_plain(pairing::enrolment_error(1, text));
  require_plain(pairing::enrolment_error(std::nullopt, text));
  require_plain(pairing::last_trouble(text), "a log line");
  for (const auto& user : pairing::parse_device_list(text)) require_plain(user.user_id, "a user");
}

}  // namespace

FUZZ_TARGET(shown_text) {
  const std::size_t limit = take_choice(input, 200);
  const Untrusted text{std::string(input)};
  judge_renderers(text, limit);
  judge_container_output(text);
}

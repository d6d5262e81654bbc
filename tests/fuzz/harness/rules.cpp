#include "fuzz/harness/rules.hpp"

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "fuzz/harness/target.hpp"

namespace cosigner::fuzz {
namespace {

template <class Rule>
void for_each_text(const Error& error, const Rule& rule) {
  for (const Error* at = &error; at != nullptr; at = at->cause.get()) {
    rule(at->code, "an error's code");
    rule(at->message, "an error's message");
    rule(at->remedy, "an error's remedy");
    for (const std::string& place : at->context) rule(place, "an error's context");
  }
}

}  // namespace

const std::string_view canary = "eyJhbGciOiJSUzI1NiJ9.eyJ1c2VySWQiOiJjYW5hcnkifQ.c2lnbmVkLWJ5LW5vYm9keQ";

void require_plain(std::string_view text, const std::string& what) {
  const std::string escaped = shown(Untrusted(std::string(text)), text.size() + 1);
  require(escaped == text, what + " is no plain line: " + escaped);
}

void require_plain(const Error& error) {
  require(!error.code.empty() && !error.message.empty(), "an error lacks code or message");
  for_each_text(error, [](const std::string& text, const char* what) { require_plain(text, what); });
}

void require_silent(const Error& error, std::string_view secret) {
  for (const std::string_view word : split(secret, ' ')) {
    if (word.size() < 16) continue;
    for_each_text(error, [&](const std::string& text, const char* what) {
      require(text == error.code || text.find(word) == std::string::npos, std::string(what) + " contains the secret");
    });
  }
}

std::string with_canary(std::string_view input) {
  std::string out;
  for (std::size_t at = 0; at < input.size(); ++at) {
    if (input.substr(at, 2) != "@@") {
      out += input[at];
      continue;
    }
    out += canary;
    ++at;
  }
  return out;
}

void require_no_canary(std::string_view text, const std::string& where) {
  require(text.find(canary) == std::string_view::npos, where + " contains the token");
}

unsigned take_choice(std::string_view& input, unsigned choices) {
  if (input.empty()) return 0;
  const unsigned choice = static_cast<unsigned char>(input.front()) % choices;
  input.remove_prefix(1);
  return choice;
}

}  // namespace cosigner::fuzz

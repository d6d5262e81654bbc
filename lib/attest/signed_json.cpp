#include "attest/signed_json.hpp"

#include <cstdint>
#include <optional>

#include "attest/pem.hpp"
#include "base/encoding.hpp"

namespace cosigner::attest {
namespace {

constexpr std::size_t text_limit = 1024 * 1024;
constexpr int depth_limit = 32;  // and less than the 64 bits that remember what is open

/// Goes over JSON text without building anything. It is only as exact as cutting needs: what it cuts is verified as bytes.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool skip(char expected) {
    skip_white();
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// A string without escapes: names of members and hex digits need none.
  std::optional<std::string_view> plain_string() {
    if (!skip('"')) return std::nullopt;
    const std::size_t end = rest_.find_first_of("\"\\");
    if (end == std::string_view::npos || rest_[end] == '\\') return std::nullopt;
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
  }

  /// From { to the matching }, both included.
  std::optional<std::string_view> object() {
    skip_white();
    if (rest_.empty() || rest_.front() != '{') return std::nullopt;
    int depth = 0;
    std::uint64_t lists = 0;  // a bit a depth: whether what is open there is a list
    bool in_string = false;
    for (std::size_t at = 0; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (in_string) {
        if (c == '\\')
          ++at;
        else if (c == '"')
          in_string = false;
      } else if (c == '"') {
        in_string = true;
      } else if (c == '{' || c == '[') {
        if (++depth > depth_limit) return std::nullopt;
        lists = lists << 1 | (c == '[' ? 1 : 0);
      } else if (c == '}' || c == ']') {
        if ((lists & 1) != (c == ']' ? 1 : 0)) return std::nullopt;  // closes what is not open
        lists >>= 1;
        if (--depth == 0) return cut(at + 1);
      }
    }
    return std::nullopt;
  }

  bool is_at_end() {
    skip_white();
    return rest_.empty();
  }

 private:
  void skip_white() {
    const std::size_t first = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(first == std::string_view::npos ? rest_.size() : first);
  }
  std::string_view cut(std::size_t size) {
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }

  std::string_view rest_;
};

bool read_member(Scanner& scanner, std::string_view member, SignedJson& out) {
  const auto name = scanner.plain_string();
  if (!name || !scanner.skip(':')) return false;
  if (*name == member && out.inner.empty()) {
    const auto object = scanner.object();
    out.inner = object.value_or(std::string_view());
    return object.has_value();
  }
  if (*name != "signature" || !out.signature.empty()) return false;  // unknown, or there for the second time
  const auto digits = scanner.plain_string();
  auto bytes = digits ? from_hex(*digits) : std::nullopt;
  if (!bytes || bytes->size() != 64) return false;
  out.signature = std::move(*bytes);
  return true;
}

}  // namespace

Result<SignedJson> cut_signed_json(std::string_view text, std::string_view member, Refusal refusal) {
  const auto invalid = [&] {
    return refused(refusal,
                   "it is not an object of \"" + std::string(member) + "\" and \"signature\", each once, and nothing else");
  };
  if (text.size() > text_limit) return refused(refusal, "it is larger than 1 MiB");
  Scanner scanner(without_last_nul(text));
  SignedJson out;
  const bool reads = scanner.skip('{') && read_member(scanner, member, out) && scanner.skip(',') &&
                     read_member(scanner, member, out) && scanner.skip('}') && scanner.is_at_end();
  if (!reads) return invalid();
  return out;
}

Result<std::string_view> authentic_json(std::string_view text, std::string_view member, const P256Key& signer, Refusal refusal) {
  const SignedJson cut = TRY(cut_signed_json(text, member, refusal));
  if (!signer.verifies(cut.inner, cut.signature)) return refused(refusal, "it is not signed by the TCB signer");
  return cut.inner;
}

}  // namespace cosigner::attest

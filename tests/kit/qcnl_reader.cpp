#include "kit/qcnl_reader.hpp"

#include <algorithm>
#include <cctype>
#include <climits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace cosigner::kit {
namespace {

struct Node {
  enum class Kind { nothing, flag, whole, other_number, text, list, object } kind = Kind::nothing;
  bool flag = false;
  long long whole = 0;
  std::string text;
  std::vector<std::pair<std::string, Node>> members;

  /// The first of that name counts.
  const Node* find(const std::string& name) const {
    for (const auto& [each, value] : members)
      if (kind == Kind::object && each == name) return &value;
    return nullptr;
  }
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Node document() {
    Node root = value();
    skip();
    if (at_ != text_.size()) fail("something stands behind the document");
    return root;
  }
  bool has_comments() const { return has_comments_; }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw std::runtime_error(why + " (offset " + std::to_string(at_) + ")"); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char wanted) {
    if (peek() != wanted || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  void skip() {
    for (;;) {
      while (at_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
      if (!take('/')) return;
      has_comments_ = true;
      if (take('/')) {
        while (at_ < text_.size() && peek() != '\n') ++at_;
      } else if (take('*')) {
        const std::size_t end = text_.find("*/", at_);
        if (end == std::string_view::npos) fail("a comment does not end");
        at_ = end + 2;
      } else {
        fail("a stroke that begins no comment");
      }
    }
  }
  Node value() {
    skip();
    switch (peek()) {
      case '{': return object();
      case '[': return list();
      case '"': return text_node();
      case 't': return word("true", Node::Kind::flag, true);
      case 'f': return word("false", Node::Kind::flag, false);
      case 'n': return word("null", Node::Kind::nothing, false);
      default: return number();
    }
  }
  Node word(std::string_view expected, Node::Kind kind, bool flag) {
    if (text_.substr(at_, expected.size()) != expected) fail("an unknown word");
    at_ += expected.size();
    Node node;
    node.kind = kind;
    node.flag = flag;
    return node;
  }
  Node number() {
    const std::size_t start = at_;
    take('-');
    if (std::isdigit(static_cast<unsigned char>(peek())) == 0) fail("no value");
    if (peek() == '0' && at_ + 1 < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0) fail("a number begins with 0");
    while (std::isdigit(static_cast<unsigned char>(peek())) != 0) ++at_;
    const std::size_t whole_end = at_;
    while (std::string_view("0123456789.eE+-").find(peek()) != std::string_view::npos && at_ < text_.size()) ++at_;
    Node node;
    node.kind = Node::Kind::other_number;
    if (whole_end == at_ && at_ - start < 18) {
      node.kind = Node::Kind::whole;
      node.whole = std::stoll(std::string(text_.substr(start, at_ - start)));
    }
    return node;
  }
  Node text_node() {
    Node node;
    node.kind = Node::Kind::text;
    node.text = quoted();
    return node;
  }
  std::string quoted() {
    std::string out;
    if (!take('"')) fail("no text");
    while (!take('"')) {
      if (at_ >= text_.size()) fail("a text does not end");
      const char c = text_[at_++];
      if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a text");
      if (c != '\\') {
        out += c;
        continue;
      }
      const char escaped = peek();
      ++at_;
      static constexpr std::string_view plain = "\"\\/", short_ones = "bfnrt", meant = "\b\f\n\r\t";
      if (plain.find(escaped) != std::string_view::npos) {
        out += escaped;
      } else if (const auto found = short_ones.find(escaped); found != std::string_view::npos) {
        out += meant[found];
      } else if (escaped == 'u' && at_ + 4 <= text_.size()) {
        const int code = std::stoi(std::string(text_.substr(at_, 4)), nullptr, 16);
        at_ += 4;
        out += code < 0x80 ? static_cast<char>(code) : '?';
      } else {
        fail("an unknown escape");
      }
    }
    return out;
  }
  Node object() {
    Node node;
    node.kind = Node::Kind::object;
    take('{');
    skip();
    if (take('}')) return node;
    for (;;) {
      skip();
      std::string name = quoted();
      skip();
      if (!take(':')) fail("no colon");
      node.members.emplace_back(std::move(name), value());
      skip();
      if (take('}')) return node;
      if (!take(',')) fail("no comma");
    }
  }
  Node list() {
    Node node;
    node.kind = Node::Kind::list;
    take('[');
    skip();
    if (take(']')) return node;
    for (;;) {
      node.members.emplace_back("", value());
      skip();
      if (take(']')) return node;
      if (!take(',')) fail("no comma");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool has_comments_ = false;
};

void take(const Node& from, const char* name, std::string& into) {
  const Node* found = from.find(name);
  if (found != nullptr && found->kind == Node::Kind::text) into = found->text;
}
void take(const Node& from, const char* name, bool& into) {
  const Node* found = from.find(name);
  if (found != nullptr && found->kind == Node::Kind::flag) into = found->flag;
}
void take(const Node& from, const char* name, int& into) {
  const Node* found = from.find(name);
  if (found != nullptr && found->kind == Node::Kind::whole && found->whole >= INT_MIN && found->whole <= INT_MAX) into = static_cast<int>(found->whole);
}
void take(const Node* from, const char* name, std::map<std::string, std::string>& into) {
  const Node* found = from == nullptr ? nullptr : from->find(name);
  if (found == nullptr || found->kind != Node::Kind::object) return;
  for (const auto& [key, value] : found->members)
    if (value.kind == Node::Kind::text) into[key] = value.text;
}

void from_json(const Node& root, QcnlAsRead& out) {
  take(root, "pccs_url", out.pccs_url);
  take(root, "use_secure_cert", out.use_secure_cert);
  take(root, "collateral_service", out.collateral_service);
  take(root, "tcb_update_type", out.tcb_update_type);
  take(root, "pccs_api_version", out.pccs_api_version);
  take(root, "retry_times", out.retry_times);
  take(root, "retry_delay", out.retry_delay);
  take(root, "local_pck_url", out.local_pck_url);
  take(root, "pck_cache_expire_hours", out.pck_cache_expire_hours);
  take(root, "verify_collateral_cache_expire_hours", out.verify_collateral_cache_expire_hours);
  take(root, "local_cache_only", out.local_cache_only);
  const Node* options = root.find("custom_request_options");
  const Node* get_cert = options == nullptr ? nullptr : options->find("get_cert");
  take(get_cert, "headers", out.get_cert_headers);
  take(get_cert, "params", out.get_cert_params);
}

void set(const std::string& name, const std::string& value, QcnlAsRead& out) {
  const bool is_yes = value == "TRUE" || value == "true";
  if (name == "PCCS_URL") out.pccs_url = value;
  if (name == "USE_SECURE_CERT") out.use_secure_cert = is_yes;
  if (name == "COLLATERAL_SERVICE") out.collateral_service = value;
  if (name == "PCCS_API_VERSION") out.pccs_api_version = value;
  if (name == "LOCAL_PCK_URL") out.local_pck_url = value;
  if (name == "LOCAL_CACHE_ONLY") out.local_cache_only = is_yes;
}

void from_lines(std::string_view text, QcnlAsRead& out) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (line.empty() || line.front() == '#' || equals == std::string::npos) continue;
    set(line.substr(0, equals), line.substr(equals + 1), out);
  }
}

}  // namespace

QcnlAsRead read_as_the_library_does(std::string_view text) {
  QcnlAsRead out;
  if (!text.empty() && text.front() == '{') {
    try {
      Reader reader(text);
      const Node root = reader.document();
      out.is_json = true;
      out.has_comments = reader.has_comments();
      from_json(root, out);
    } catch (const std::exception& why) {
      out.trouble = why.what();
    }
  }
  if (!out.is_json) from_lines(text, out);
  out.pck_cache_expire_hours = std::min(out.pck_cache_expire_hours, 2160);
  out.is_refused = out.tcb_update_type != "early" && out.tcb_update_type != "standard";
  return out;
}

}  // namespace cosigner::kit

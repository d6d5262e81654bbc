#include "installer/ui/log_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cosigner::ui {
namespace {

constexpr std::size_t largest_document = 16 * 1024 * 1024;
constexpr std::size_t shown_limit = 4 * LineCutter::longest_line;  // an escape is longer than what it stands for

std::string shown_line(std::string line) { return shown(Untrusted(std::move(line)), shown_limit) + "\n"; }

}  // namespace

void LineCutter::append(std::string_view bytes) {
  const std::size_t room = longest_line - std::min(longest_line, line_.size());
  cut_ = cut_ || bytes.size() > room;
  line_ += bytes.substr(0, room);
}

std::string LineCutter::flush() {
  std::string line;
  line.swap(line_);
  if (!cut_ && !line.empty() && line.back() == '\r') line.pop_back();
  if (cut_) line += " [line cut]";
  cut_ = false;
  return line;
}

Status LogView::take(const Untrusted& piece) {
  if (raw_) {
    terminal_.out(piece.raw());
  } else {
    std::string text;
    lines_.take(piece.raw(), [&text](std::string line) { text += shown_line(std::move(line)); });
    if (!text.empty()) terminal_.out(text);
  }
  if (terminal_.is_output_closed()) return make_error(output_closed, "nobody reads the output any more", "");
  return {};
}

void LogView::end() {
  if (!lines_.empty()) terminal_.out(shown_line(lines_.flush()));
}

void LogDocument::keep(std::string line) {
  size_ += line.size();
  kept_.push_back(std::move(line));
  while (size_ > largest_document) {
    size_ -= kept_.front().size();
    kept_.pop_front();
    dropped_ = true;
  }
}

Status LogDocument::take(const Untrusted& piece) {
  lines_.take(piece.raw(), [this](std::string line) { keep(std::move(line)); });
  return {};
}

std::string LogDocument::text() {
  if (!lines_.empty()) keep(lines_.flush());
  const nlohmann::json document = {
      {"schema", "cosigner.logs/1"}, {"container", container_}, {"state", state_}, {"older_dropped", dropped_}, {"lines", kept_}};
  // Everything beyond ASCII is escaped: the document may be looked at on a terminal too.
  return document.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace cosigner::ui

#include "base/path.hpp"

namespace cosigner {

Path::Path(std::string_view text) {
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    if (!part.empty() && part != ".") {
      text_ += '/';
      text_ += part;
    }
    at = end + 1;
  }
  if (text_.empty()) text_ = "/";
}

Path Path::operator/(std::string_view name) const { return Path(text_ + "/" + std::string(name)); }

Path Path::parent() const { return Path(std::string_view(text_).substr(0, text_.rfind('/'))); }

std::string Path::name() const { return text_.substr(text_.rfind('/') + 1); }

bool Path::is_within(const Path& ancestor) const {
  if (ancestor.text_ == "/" || text_ == ancestor.text_) return true;
  return text_.size() > ancestor.text_.size() && text_.compare(0, ancestor.text_.size(), ancestor.text_) == 0 &&
         text_[ancestor.text_.size()] == '/';
}

bool Path::is_plain() const {
  return text_.find('\0') == std::string::npos && (text_ + "/").find("/../") == std::string::npos;
}

}  // namespace cosigner

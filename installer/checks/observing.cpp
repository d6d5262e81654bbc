#include "installer/checks/observing.hpp"

#include "base/untrusted.hpp"

namespace cosigner::checks {

Observation passed(std::string evidence, Rows rows) { return {Outcome::pass, std::move(evidence), "", "", "", std::move(rows)}; }

Observation warned(std::string evidence, std::string remedy, Rows rows) {
  return {Outcome::warn, std::move(evidence), std::move(remedy), "", "", std::move(rows)};
}

Observation failed(std::string evidence, std::string remedy, Rows rows) {
  return {Outcome::fail, std::move(evidence), std::move(remedy), "", "", std::move(rows)};
}

Observation unknown(std::string because, Rows rows) {
  return {Outcome::unknown, "", "", std::move(because), "", std::move(rows)};
}

Observation not_needed(std::string because) { return {Outcome::skip, "", "", std::move(because), "", {}}; }

std::string text_of(const host::HostView& host, const Path& path, std::size_t limit) {
  const auto text = host.files().read(path, limit);
  return text && *text ? **text : std::string();
}

bool is_there(const host::HostView& host, const Path& path) {
  const auto stat = host.files().stat(path);
  return stat && stat->has_value();
}

std::optional<Observation> hidden(const host::HostView& host, const Path& path) {
  const auto stat = host.files().stat(path);
  return stat ? std::nullopt : std::optional(unknown(path.text() + " cannot be looked at: " + stat.error().message));
}

std::optional<Observation> unreadable(const host::HostView& host, const Path& path, std::size_t limit) {
  const auto text = host.files().read(path, limit);
  return text ? std::nullopt : std::optional(unknown(path.text() + " cannot be read: " + text.error().message));
}

std::string safe(std::string_view text, std::size_t limit) { return shown(Untrusted(std::string(text)), limit); }

std::string counted(long long number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace cosigner::checks

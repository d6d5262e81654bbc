#include "store.hpp"

#include <time.h>

#include <array>

namespace lab {
namespace {
constexpr const char* first_line = "STAND-IN secrets database of a simulation lab, version 1\n";
}

std::optional<nlohmann::json> load_store(const Place& place) {
  const auto text = read_file(place.database());
  if (!text) return std::nullopt;
  if (text->rfind(first_line, 0) != 0) return nlohmann::json();
  auto document = nlohmann::json::parse(text->substr(std::string(first_line).size()), nullptr, false);
  return document.is_object() ? document : nlohmann::json();
}

bool save_store(const Place& place, const nlohmann::json& store) {
  const std::string text = first_line + store.dump() + "\n";
  if (!write_file(place.database(), text, 0600)) return false;
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> stamp{};
  strftime(stamp.data(), stamp.size(), "%Y%m%d%H%M%S", &parts);
  write_file(place.backup_folder() + "/" + stamp.data() + ".db", text, 0600);
  return true;
}

}  // namespace lab

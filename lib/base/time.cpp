#include "base/time.hpp"

#include <charconv>
#include <cstdio>

namespace cosigner {
namespace {

struct Parts {
  int year;
  unsigned month, day;
  long hour, minute, second;
};

Parts parts_of(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const long seconds = static_cast<long>((time - day).count());
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
          seconds / 3600, seconds / 60 % 60, seconds % 60};
}

template <class... Values>
std::string print(const char* form, Values... values) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, form, values...);
  return std::string(text, static_cast<std::size_t>(length));
}

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '-') return std::nullopt;
  return value;
}

std::optional<Time> parse_epoch(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > 253402300799LL) return std::nullopt;
  return Time(std::chrono::seconds(value));
}

}  // namespace

std::string to_iso(Time time) {
  const Parts p = parts_of(time);
  if (p.year < 0 || p.year > 9999)
    return print("%04d-%02u-%02uT%02ld:%02ld:%02ldZ", p.year, p.month, p.day, p.hour, p.minute, p.second);
  std::string out = "0000-00-00T00:00:00Z";  // by hand: evidence has a dozen of them, and printf reads its form anew for each
  const auto put = [&out](std::size_t last, long value) {
    for (; value != 0; value /= 10) out[last--] = static_cast<char>('0' + value % 10);
  };
  put(3, p.year);
  put(6, static_cast<long>(p.month));
  put(9, static_cast<long>(p.day));
  put(12, p.hour);
  put(15, p.minute);
  put(18, p.second);
  return out;
}

std::string to_people_time(Time time) {
  const Parts p = parts_of(time);
  return print("%04d-%02u-%02u %02ld:%02ld UTC", p.year, p.month, p.day, p.hour, p.minute);
}

std::string to_date(Time time) { return to_iso(time).substr(0, 10); }

std::optional<Time> parse_time(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.size() != 20) return parse_epoch(text);
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z') return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  const auto hour = number(text.substr(11, 2));
  const auto minute = number(text.substr(14, 2));
  const auto second = number(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

std::string to_people_duration(std::chrono::milliseconds duration) {
  const long long seconds = duration.count() / 1000;
  if (duration.count() < 10000) return print("%lld.%lld s", seconds, duration.count() % 1000 / 100);
  if (seconds < 60) return print("%lld s", seconds);
  if (seconds < 3600) return print("%lld min %02lld s", seconds / 60, seconds % 60);
  return print("%lld h %02lld min", seconds / 3600, seconds / 60 % 60);
}

}  // namespace cosigner

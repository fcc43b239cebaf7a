#pragma once
// A second cron for the tests: slow, minute by minute, sharing no code with cron.cc. It reads the rules of
// docs/semantics.md section 6 word for word, so an optimisation that bends them is found. Included by tests only.

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace cordyna::engine::reference {

/// What the wall shows, minute by minute from `begin` on, in minutes since 1970-01-01T00:00 local; and of each local
/// time the minute (an index) at which it is due if it is fixed. Begins some days away from a change of the clocks.
struct Wall {
  struct Due {
    std::int64_t local;
    std::size_t at;
  };
  base::Time begin{};
  std::vector<std::int64_t> shown;
  std::vector<Due> due;
};

/// A local time is due when the wall first shows it; one it never shows, at the first minute after the jump over it.
inline Wall wall_of(base::Time begin, std::vector<std::int64_t> shown) {
  std::map<std::int64_t, std::size_t> first;
  for (std::size_t i = 0; i < shown.size(); ++i) first.emplace(shown[i], i);
  for (std::size_t i = 1; i < shown.size(); ++i)
    for (std::int64_t jumped = shown[i - 1] + 1; jumped < shown[i]; ++jumped) first.emplace(jumped, i);
  Wall wall{.begin = begin, .shown = std::move(shown), .due = {}};
  for (const auto& [local, at] : first) wall.due.push_back({local, at});
  return wall;
}

struct Parsed {
  std::array<std::array<bool, 60>, 5> allowed{};
  std::vector<std::string> fields;
};

inline int value_of(const std::string& text) {
  static const std::string words = "sunmontuewedthufrisatjanfebmaraprmayjunjulaugsepoctnovdec";
  if (text.find_first_not_of("0123456789") == std::string::npos) return std::stoi(text);
  const int at = static_cast<int>(words.find(text)) / 3;
  return at < 7 ? at : at - 6;
}

inline Parsed parse(const std::string& expression) {
  const int lowest[] = {0, 0, 1, 1, 0}, highest[] = {59, 23, 31, 12, 7};
  Parsed parsed;
  std::istringstream fields(expression);
  for (std::string field; fields >> field;) {
    const std::size_t i = parsed.fields.size();
    std::istringstream items(field);
    for (std::string item; std::getline(items, item, ',');) {
      int step = 1;
      if (const auto slash = item.find('/'); slash != std::string::npos) {
        step = std::stoi(item.substr(slash + 1));
        item.resize(slash);
      }
      const auto dash = item.find('-');
      const int first = item == "*" ? lowest[i] : value_of(item.substr(0, dash));
      const int last = item == "*" ? highest[i] : dash == std::string::npos ? first : value_of(item.substr(dash + 1));
      for (int value = first; value <= last; value += step)
        parsed.allowed[i][static_cast<std::size_t>(i == 4 ? value % 7 : value)] = true;
    }
    parsed.fields.push_back(field);
  }
  return parsed;
}

/// Whether a clock that shows `minute` shows a time of the expression.
inline bool shows(const Parsed& parsed, std::int64_t minute) {
  const auto is = [&](std::size_t field, std::int64_t value) {
    return parsed.allowed[field][static_cast<std::size_t>(value)];
  };
  if (!is(0, minute % 60) || !is(1, minute / 60 % 24)) return false;
  const std::chrono::sys_days day(std::chrono::days(minute / 1440));
  const std::chrono::year_month_day date(day);
  if (!is(3, static_cast<unsigned>(date.month()))) return false;
  const bool day_fits = is(2, static_cast<unsigned>(date.day()));
  const bool weekday_fits = is(4, std::chrono::weekday(day).c_encoding());
  const bool both = parsed.fields[2][0] == '*' || parsed.fields[4][0] == '*';
  return both ? day_fits && weekday_fits : day_fits || weekday_fits;
}

/// Every instant at which the expression fires within the wall's stretch (clocks of 1970 and later).
inline std::vector<base::Time> firings(const std::string& expression, const Wall& wall) {
  const Parsed parsed = parse(expression);
  const std::string& hours = parsed.fields[1];
  std::vector<std::size_t> fired;
  if (hours == "*" || (hours.starts_with("*/") && hours.find(',') == std::string::npos)) {
    for (std::size_t i = 0; i < wall.shown.size(); ++i)
      if (shows(parsed, wall.shown[i])) fired.push_back(i);
  } else {
    for (const Wall::Due& due : wall.due)
      if (shows(parsed, due.local)) fired.push_back(due.at);
    fired.erase(std::unique(fired.begin(), fired.end()), fired.end());  // several skipped together fire once
  }
  std::vector<base::Time> instants;
  for (const std::size_t i : fired) instants.push_back(wall.begin + std::chrono::minutes(i));
  return instants;
}

/// An expression out of `seed`; dates are seldom restricted, so that short stretches see many firings.
inline std::string random_expression(std::uint64_t seed) {
  const auto draw = [&seed](int below) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return static_cast<int>((seed >> 33) % static_cast<std::uint64_t>(below));
  };
  const int lowest[] = {0, 0, 1, 1, 0}, highest[] = {59, 23, 31, 12, 7};
  std::string expression;
  for (int i = 0; i < 5; ++i) {
    const int low = lowest[i], range = highest[i] - low + 1, a = low + draw(range), b = low + draw(range);
    const std::string span = std::to_string(std::min(a, b)) + "-" + std::to_string(std::max(a, b));
    const int form = i < 2 ? draw(6) : draw(14);
    expression += i == 0 ? "" : " ";
    if (form == 1)
      expression += std::to_string(a);
    else if (form == 2)
      expression += "*/" + std::to_string(1 + draw(range / 2));
    else if (form == 3)
      expression += span;
    else if (form == 4)
      expression += span + "/" + std::to_string(1 + draw(range / 3 + 1));
    else if (form == 5)
      expression += std::to_string(a) + "," + std::to_string(b) + "," + span;
    else
      expression += "*";
  }
  return expression;
}

}  // namespace cordyna::engine::reference

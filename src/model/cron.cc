// Text into bits, with a message for every mistake, and the calendar. Used by validation and by engine/schedule.
#include "model/cron.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"

namespace cordyna::model {
namespace {

struct Field {
  std::string_view name;
  unsigned min = 0;
  unsigned max = 0;
  std::span<const std::string_view> words;  // of min, min + 1, ...
};

constexpr int calendar_cycle_months = 400 * 12 + 1;

constexpr std::array<std::string_view, 12> month_words{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_words{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array<Field, 5> fields{{{"minute", 0, 59, {}},
                                       {"hour", 0, 23, {}},
                                       {"day of month", 1, 31, {}},
                                       {"month", 1, 12, month_words},
                                       {"day of week", 0, 7, weekday_words}}};

struct Shorthand {
  std::string_view word;
  std::string_view expression;
};
constexpr std::array<Shorthand, 7> shorthands{{{"@hourly", "0 * * * *"},
                                               {"@daily", "0 0 * * *"},
                                               {"@midnight", "0 0 * * *"},
                                               {"@weekly", "0 0 * * 0"},
                                               {"@monthly", "0 0 1 * *"},
                                               {"@yearly", "0 0 1 1 *"},
                                               {"@annually", "0 0 1 1 *"}}};

base::Error bad_cron(std::string_view text, std::string_view what) {
  return {"bad_cron", fmt::format("cron \"{}\": {}", text.substr(0, base::limits::cron_bytes_max), what)};
}

std::string lower(std::string_view text) {
  std::string answer(text);
  for (char& c : answer)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return answer;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    parts.push_back(text.substr(at, end - at));
    if (end == text.size()) return parts;
    at = end + 1;
  }
}

std::string allowed(const Field& field) {
  const std::string numbers = fmt::format("{}-{}", field.min, field.max);
  if (field.words.empty()) return numbers;
  return fmt::format("{} or {}-{}", numbers, field.words.front(), field.words.back());
}

/// A number of at most 3 digits.
std::optional<unsigned> number(std::string_view text) {
  if (text.empty() || text.size() > 3) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

base::Result<unsigned> parse_value(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.words.size(); ++i)
    if (lower(text) == field.words[i]) return static_cast<unsigned>(field.min + i);
  const std::optional<unsigned> value = number(text);
  if (value && *value >= field.min && *value <= field.max) return *value;
  return base::Error{"", fmt::format("{} \"{}\" is not allowed, write {}", field.name, text, allowed(field))};
}

base::Result<unsigned> parse_step(const Field& field, std::string_view text) {
  const unsigned max = field.max - field.min + 1;
  const std::optional<unsigned> step = number(text);
  if (step && *step >= 1 && *step <= max) return *step;
  return base::Error{"", fmt::format("{} step \"{}\" is not allowed, write 1-{} (for a longer or uneven period use "
                                     "`every`)",
                                     field.name, text, max)};
}

/// `*`, `a`, `a-b`, each but the plain value with `/step`.
base::Result<std::uint64_t> parse_item(const Field& field, std::string_view item) {
  const std::size_t slash = item.find('/');
  const std::string_view range = item.substr(0, slash);
  const std::size_t dash = range.find('-');
  unsigned first = field.min, last = field.max, step = 1;
  if (range != "*") {
    const base::Result<unsigned> low = parse_value(field, range.substr(0, dash));
    if (!low) return low.error();
    first = last = *low;
    if (dash != std::string_view::npos) {
      const std::string_view last_text = range.substr(dash + 1);
      const base::Result<unsigned> high = parse_value(field, last_text);
      if (!high) return high.error();
      // Sunday is the first day as a number and the last as people write ranges: sat-sun, fri-sun.
      last = *high == 0 && field.max == 7 && lower(last_text) == "sun" && first > 0 ? 7 : *high;
      if (first > last)
        return base::Error{"",
                           fmt::format("{} range \"{}\" runs backwards, write it as two ranges", field.name, range)};
    } else if (slash != std::string_view::npos) {
      return base::Error{"", fmt::format("{} \"{}\" has a step but no range, write {}-{}{}", field.name, item, range,
                                         field.max, item.substr(slash))};
    }
  }
  if (slash != std::string_view::npos) {
    const base::Result<unsigned> parsed = parse_step(field, item.substr(slash + 1));
    if (!parsed) return parsed.error();
    step = *parsed;
  }
  std::uint64_t bits = 0;
  for (unsigned value = first; value <= last; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

base::Result<std::uint64_t> parse_field(const Field& field, std::string_view text) {
  std::uint64_t bits = 0;
  for (const std::string_view item : split(text, ",")) {
    const base::Result<std::uint64_t> parsed = parse_item(field, item);
    if (!parsed) return parsed.error();
    bits |= *parsed;
  }
  return bits;
}

/// The five fields of the expression, shorthands replaced.
base::Result<std::vector<std::string_view>> parse_words(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(text, " \t"))
    if (!word.empty()) words.push_back(word);
  if (words.size() == 1 && words[0].front() == '@') {
    for (const Shorthand& shorthand : shorthands)
      if (lower(words[0]) == shorthand.word) return split(shorthand.expression, " ");
    return base::Error{"",
                       fmt::format("\"{}\" is not known, write @hourly, @daily, @midnight, @weekly, @monthly, @yearly "
                                   "or @annually",
                                   words[0])};
  }
  if (words.size() == fields.size()) return words;
  return base::Error{"", fmt::format("it has {} field{}, write 5: minute hour day-of-month month day-of-week",
                                     words.size(), words.size() == 1 ? "" : "s")};
}

bool holds(std::uint64_t bits, unsigned value) {
  return (bits >> value & 1U) != 0;
}

bool matches(const Cron& cron, unsigned day, unsigned weekday) {
  const bool day_matches = holds(cron.days, day);
  const bool weekday_matches = holds(cron.weekdays, weekday);
  if (cron.days_starred || cron.weekdays_starred) return day_matches && weekday_matches;
  return day_matches || weekday_matches;
}

}  // namespace

std::optional<std::chrono::local_days> matching_date(const Cron& cron, std::chrono::local_days from) {
  const std::chrono::year_month_day date(from);
  std::chrono::year_month month(date.year(), date.month());
  unsigned day = static_cast<unsigned>(date.day());
  for (int i = 0; i < calendar_cycle_months; ++i, month += std::chrono::months(1), day = 1) {
    if (!holds(cron.months, static_cast<unsigned>(month.month()))) continue;
    const auto last = static_cast<unsigned>((month / std::chrono::last).day());
    unsigned weekday = std::chrono::weekday(std::chrono::local_days(month / static_cast<int>(day))).c_encoding();
    for (; day <= last; ++day, weekday = (weekday + 1) % 7)
      if (matches(cron, day, weekday)) return std::chrono::local_days(month / static_cast<int>(day));
  }
  return std::nullopt;
}

base::Result<Cron> parse_cron(std::string_view text) {
  if (text.size() > base::limits::cron_bytes_max)
    return bad_cron(text.substr(0, 20),
                    fmt::format("it is {} bytes long, {} are allowed", text.size(), base::limits::cron_bytes_max));
  const base::Result<std::vector<std::string_view>> words = parse_words(text);
  if (!words) return bad_cron(text, words.error().message);

  std::array<std::uint64_t, fields.size()> bits{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const base::Result<std::uint64_t> parsed = parse_field(fields[i], (*words)[i]);
    if (!parsed) return bad_cron(text, parsed.error().message);
    bits[i] = *parsed;
  }
  constexpr std::uint64_t sunday_as_7 = 1U << 7;
  if ((bits[4] & sunday_as_7) != 0) bits[4] = (bits[4] & ~sunday_as_7) | 1U;
  const std::string_view hours = (*words)[1];
  const Cron cron{.minutes = bits[0],
                  .hours = static_cast<std::uint32_t>(bits[1]),
                  .days = static_cast<std::uint32_t>(bits[2]),
                  .months = static_cast<std::uint32_t>(bits[3]),
                  .weekdays = static_cast<std::uint32_t>(bits[4]),
                  .days_starred = (*words)[2].front() == '*',
                  .weekdays_starred = (*words)[4].front() == '*',
                  .hours_starred = hours.front() == '*' && hours.find(',') == std::string_view::npos};
  if (!matching_date(cron, std::chrono::local_days()))
    return base::Error{"cron_never_fires",
                       fmt::format("cron \"{}\" never fires: no date matches its day and month", text)};
  return cron;
}

}  // namespace cordyna::model

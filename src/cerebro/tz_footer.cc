#include "cerebro/tz_footer.h"

#include <algorithm>

namespace cordyna::cerebro {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Reads from the front of a text; once something is wrong, stays wrong.
class Text {
 public:
  explicit Text(std::string_view text) : rest_(text) {}
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void require(char c) { ok_ = skip(c) && ok_; }

  unsigned number(unsigned min, unsigned max) {
    unsigned value = 0;
    std::size_t size = 0;
    for (; size < rest_.size() && size < 3 && is_digit(rest_[size]); ++size)
      value = value * 10 + static_cast<unsigned>(rest_[size] - '0');
    rest_.remove_prefix(size);
    ok_ = ok_ && size > 0 && value >= min && value <= max;
    return value;
  }

  /// [+-]h[h[h]][:mm[:ss]]
  seconds clock(unsigned hours_max) {
    const bool negative = skip('-');
    if (!negative) skip('+');
    seconds value = hours(number(0, hours_max));
    if (skip(':')) value += minutes(number(0, 59));
    if (skip(':')) value += seconds(number(0, 59));
    return negative ? -value : value;
  }

  /// The name of an offset, "CET" or "<+03>"; it is of no use to us.
  void skip_name() {
    const bool quoted = skip('<');
    std::size_t size = 0;
    while (size < rest_.size() && (is_letter(rest_[size]) || (quoted && rest_[size] != '>'))) ++size;
    rest_.remove_prefix(size);
    ok_ = ok_ && size >= 3;
    if (quoted) require('>');
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  std::string_view rest_;
  bool ok_ = true;
};

constexpr unsigned offset_hours_max = 24;
constexpr unsigned change_hours_max = 167;

YearlyChange parse_change(Text& text) {
  YearlyChange change;
  if (text.skip('M')) {
    change.month = text.number(1, 12);
    text.require('.');
    change.week = text.number(1, 5);
    text.require('.');
    change.weekday = text.number(0, 6);
  } else if (text.skip('J')) {
    change.kind = YearlyChange::Kind::day_without_leap_day;
    change.day = static_cast<int>(text.number(1, 365));
  } else {
    change.kind = YearlyChange::Kind::day_of_year;
    change.day = static_cast<int>(text.number(0, 365));
  }
  change.time = text.skip('/') ? text.clock(change_hours_max) : seconds(hours(2));
  return change;
}

/// Local midnight of the day of change, plus its time.
std::chrono::local_seconds local_change(const YearlyChange& change, std::chrono::year year) {
  const std::chrono::local_days new_year(year / 1 / 1);
  switch (change.kind) {
    case YearlyChange::Kind::weekday_of_month: {
      const std::chrono::month month(change.month);
      const std::chrono::weekday weekday(change.weekday);
      const auto day = change.week == 5 ? std::chrono::local_days(year / month / weekday[std::chrono::last])
                                        : std::chrono::local_days(year / month / weekday[change.week]);
      return day + change.time;
    }
    case YearlyChange::Kind::day_without_leap_day: {
      const bool after_leap_day = year.is_leap() && change.day >= 60;  // J60 is 1 March in every year
      return new_year + days(change.day - 1 + (after_leap_day ? 1 : 0)) + change.time;
    }
    case YearlyChange::Kind::day_of_year:
      break;
  }
  return new_year + days(change.day) + change.time;
}

}  // namespace

std::optional<TzFooter> parse_tz_footer(std::string_view string) {
  Text text(string);
  TzFooter footer;
  text.skip_name();
  footer.standard = -text.clock(offset_hours_max);  // POSIX counts west as positive
  if (!text.at_end()) {
    TzFooter::Saving saving{.offset = footer.standard + hours(1), .start = {}, .end = {}};
    text.skip_name();
    if (!text.skip(',')) {
      saving.offset = -text.clock(offset_hours_max);
      text.require(',');
    }
    saving.start = parse_change(text);
    text.require(',');
    saving.end = parse_change(text);
    footer.saving = saving;
  }
  if (!text.ok() || !text.at_end()) return std::nullopt;
  return footer;
}

std::vector<engine::Transition> transitions(const TzFooter& footer, std::chrono::year first, std::chrono::year last) {
  std::vector<engine::Transition> answer;
  if (!footer.saving) return answer;
  for (std::chrono::year year = first; year <= last; ++year) {
    const auto start = local_change(footer.saving->start, year).time_since_epoch() - footer.standard;
    const auto end = local_change(footer.saving->end, year).time_since_epoch() - footer.saving->offset;
    answer.push_back({base::Time(start), footer.saving->offset});
    answer.push_back({base::Time(end), footer.standard});
  }
  // A saving all the year round ends at the very instant at which the next begins; the one that begins, added later,
  // wins.
  std::stable_sort(answer.begin(), answer.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  std::vector<engine::Transition> kept;
  for (const engine::Transition& transition : answer) {
    if (!kept.empty() && kept.back().at == transition.at) kept.pop_back();
    kept.push_back(transition);
  }
  return kept;
}

}  // namespace cordyna::cerebro

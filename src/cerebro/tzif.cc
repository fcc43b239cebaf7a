#include "cerebro/tzif.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "cerebro/tz_footer.h"

namespace cordyna::cerebro {
namespace {

using std::chrono::seconds;

constexpr seconds offset_max = std::chrono::hours(26);
// zic may put a transition at the Big Bang. What happened before the year 1 is no transition to us.
constexpr seconds time_min = std::chrono::sys_days(std::chrono::year(1) / 1 / 1).time_since_epoch();
constexpr seconds time_max = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1).time_since_epoch();

/// Reads big-endian numbers from the front; once the bytes have run out, stays failed and gives zeros.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::uint64_t number(std::uint64_t size) {
    std::uint64_t value = 0;
    for (const char c : take(size)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Header {
  char version = 0;
  std::uint64_t utc_flags = 0, standard_flags = 0, leaps = 0, times = 0, types = 0, name_bytes = 0;
};

Header read_header(Bytes& bytes, bool& valid) {
  Header header;
  valid = bytes.take(4) == "TZif";
  header.version = static_cast<char>(bytes.number(1));
  bytes.take(15);
  for (std::uint64_t* count :
       {&header.utc_flags, &header.standard_flags, &header.leaps, &header.times, &header.types, &header.name_bytes})
    *count = bytes.number(4);
  valid = valid && bytes.ok();
  return header;
}

base::Error bad(std::string_view what) {
  return {"bad_zone_file", "not a usable time zone file: " + std::string(what)};
}

/// The block with 8-byte times; `bytes` stands behind its header.
base::Result<engine::ZoneRules> read_block(Bytes& bytes, const Header& header) {
  if (header.leaps != 0) return bad("it counts leap seconds, UTC does not");
  if (header.types == 0 || header.types > 256) return bad("it has no offsets, or too many");
  Bytes times(bytes.take(header.times * 8));
  const std::string_view indices = bytes.take(header.times);
  std::vector<seconds> offsets;
  for (std::uint64_t i = 0; i < header.types && bytes.ok(); ++i) {
    offsets.emplace_back(static_cast<std::int32_t>(bytes.number(4)));
    bytes.take(2);  // whether it is daylight saving, and its name: of no use to us
    if (offsets.back() < -offset_max || offsets.back() > offset_max) return bad("an offset is more than 26 hours");
  }
  bytes.take(header.name_bytes + header.standard_flags + header.utc_flags);
  if (!bytes.ok()) return bad("it ends too early");

  engine::ZoneRules rules;
  rules.offset_first = offsets[0];
  std::optional<seconds> before;
  for (const char index : indices) {
    const seconds time(static_cast<std::int64_t>(times.number(8)));
    const auto type = static_cast<unsigned char>(index);
    if (type >= offsets.size()) return bad("a transition has no offset");
    if ((before && time <= *before) || time > time_max) return bad("its transitions are not in order");
    before = time;
    if (time < time_min) {
      rules.offset_first = offsets[type];
      continue;
    }
    rules.transitions.push_back({base::Time(time), offsets[type]});
  }
  return rules;
}

base::Result<TzFooter> read_footer(std::string_view rest) {
  if (rest.size() < 2 || rest.front() != '\n' || rest.back() != '\n') return bad("its last line is missing");
  const std::optional<TzFooter> footer = parse_tz_footer(rest.substr(1, rest.size() - 2));
  if (!footer) return bad("its last line is not a POSIX TZ string");
  return *footer;
}

/// Drops transitions that only change a name: the engine asks for offsets alone.
void drop_unchanged(engine::ZoneRules& rules) {
  seconds offset = rules.offset_first;
  std::erase_if(rules.transitions, [&](const engine::Transition& transition) {
    const bool same = transition.offset == offset;
    offset = transition.offset;
    return same;
  });
}

}  // namespace

base::Result<engine::ZoneRules> read_tzif(std::string_view text) {
  Bytes bytes(text);
  bool valid = false;
  const Header old = read_header(bytes, valid);
  if (!valid) return bad("it does not begin like one");
  if (old.version < '2') return bad("it is of version 1, which ends in 2037: install a current tzdata");
  bytes.take(old.times * 5 + old.types * 6 + old.name_bytes + old.leaps * 8 + old.standard_flags + old.utc_flags);
  const Header header = read_header(bytes, valid);
  if (!valid) return bad("its second part is missing");

  base::Result<engine::ZoneRules> rules = read_block(bytes, header);
  if (!rules || bytes.rest() == "\n\n")
    return rules;  // an empty footer: what comes after the last transition is unknown
  const base::Result<TzFooter> footer = read_footer(bytes.rest());
  if (!footer) return footer.error();

  std::vector<engine::Transition>& known = rules->transitions;
  const base::Time last = known.empty() ? base::Time() : known.back().at;
  const std::chrono::year_month_day last_day(std::chrono::floor<std::chrono::days>(last));
  for (const engine::Transition& next :
       transitions(*footer, last_day.year(), std::chrono::year(base::limits::zone_rules_year_max)))
    if (known.empty() || next.at > last) known.push_back(next);
  if (known.empty()) rules->offset_first = footer->standard;
  drop_unchanged(*rules);
  return rules;
}

}  // namespace cordyna::cerebro

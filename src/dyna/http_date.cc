#include "dyna/http_date.h"

#include <fmt/format.h>

#include <array>
#include <string>

namespace cordyna::dyna {

std::optional<base::Time> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  for (unsigned month = 1; month <= months.size(); ++month) {
    if (text.substr(8, 3) != months[month - 1]) continue;
    // The same instant in RFC 3339, whose reader checks every digit.
    const auto time = base::parse_time(
        fmt::format("{}-{:02}-{}T{}Z", text.substr(12, 4), month, text.substr(5, 2), text.substr(17, 8)));
    return time ? std::optional(*time) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace cordyna::dyna

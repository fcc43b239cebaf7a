#include "rates.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace server_a {

std::optional<Table> delivered_rates(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return std::nullopt;
  Table rates{{"currency", "rate"}, {}};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    Row fields = split(line, ',');
    if (fields.size() != 2 || fields[0].size() != 3 || std::strtod(fields[1].c_str(), nullptr) <= 0)
      throw std::runtime_error(file.string() + ":" + std::to_string(number) +
                               ": wants CURRENCY,RATE like USD,1.08: " + line);
    rates.rows.push_back(std::move(fields));
  }
  return rates;
}

}  // namespace server_a

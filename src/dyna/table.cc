#include "dyna/table.h"

#include <algorithm>

namespace cordyna::dyna {
namespace {

std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text += cells[i];
    if (i + 1 < cells.size()) text += std::string(widths[i] - columns(cells[i]) + 2, ' ');
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace

std::string Table::text(const Ink& ink) const {
  if (rows.empty()) return {};
  std::vector<std::size_t> widths;
  const auto measure = [&widths](const std::vector<std::string>& cells) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i]));
  };
  measure(head);
  for (const auto& row : rows) measure(row);
  std::string all;
  if (!head.empty()) all += ink.strong(line(head, widths)) + '\n';
  for (const auto& row : rows) all += line(row, widths) + '\n';
  return all;
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

}  // namespace cordyna::dyna

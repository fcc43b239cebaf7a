#include "table.h"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <stdexcept>

namespace server_a {
namespace {

/// Tabs and line ends separate here, so they become spaces in a field.
std::string plain(std::string text) {
  for (char& c : text)
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  return text;
}

void write_row(std::ostream& out, const Row& row) {
  for (std::size_t i = 0; i < row.size(); ++i) out << (i == 0 ? "" : "\t") << plain(row[i]);
  out << '\n';
}

}  // namespace

void write_table(const std::filesystem::path& path, const Table& table) {
  static std::atomic<unsigned> written = 0;
  std::filesystem::create_directories(path.parent_path());
  const std::string unfinished = path.string() + ".new-" + std::to_string(getpid()) + "-" + std::to_string(++written);
  std::ofstream out(unfinished, std::ios::binary);
  write_row(out, table.columns);
  for (const Row& row : table.rows) write_row(out, row);
  out.close();
  if (!out) {
    std::filesystem::remove(unfinished);
    throw std::runtime_error("cannot write " + path.string() + ": is the disk full, may this user write there?");
  }
  std::filesystem::rename(unfinished, path);
}

Table read_table(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string line;
  if (!std::getline(in, line))
    throw std::runtime_error("cannot read " + path.string() + ", run the task that writes it");
  Table table{split(line, '\t'), {}};
  while (std::getline(in, line)) {
    table.rows.push_back(split(line, '\t'));
    if (table.rows.back().size() != table.columns.size())
      throw std::runtime_error(path.string() + ": a row does not fit its columns: " + line);
  }
  return table;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> fields;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(separator, begin);
    fields.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return fields;
    begin = end + 1;
  }
}

}  // namespace server_a

#pragma once
// Table: rows of text with named columns, kept as a file with tabs between the fields. It is how the tasks of this
// server hand data to each other and to server-b: the rows go into a file, the path of the file into the task's result.
// Like any team's code this throws when something is wrong; the library turns that into the error of the attempt.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace server_a {

using Row = std::vector<std::string>;

struct Table {
  Row columns;
  std::vector<Row> rows;  // each as long as columns
};

/// Readers see the old file or the whole new one, never half of it, also when two runs write the same table at once.
void write_table(const std::filesystem::path& path, const Table& table);

Table read_table(const std::filesystem::path& path);

/// The fields between the separators; an empty text is one empty field.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace server_a

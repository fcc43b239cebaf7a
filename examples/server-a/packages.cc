#include "packages.h"

#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>

namespace server_a {
namespace {

/// The fields of one paragraph that somebody asked for; longer values are cut at their first line.
using Paragraph = std::map<std::string, std::string, std::less<>>;

/// Takes a file line by line and gives a row for every paragraph.
class Paragraphs {
 public:
  explicit Paragraphs(Row fields) : fields_(std::move(fields)) {}

  void add_line(std::string_view line) {
    if (line.empty()) return end_paragraph();
    const std::size_t colon = line.find(':');
    if (line.front() == ' ' || colon == std::string_view::npos) return;  // goes on with a longer value
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (line.substr(0, colon) != fields_[i]) continue;
      const std::size_t begin = line.find_first_not_of(' ', colon + 1);
      if (row_.empty()) row_.resize(fields_.size());
      if (begin != std::string_view::npos) row_[i] = line.substr(begin);
    }
  }

  std::vector<Row> rows() {
    end_paragraph();
    return std::move(rows_);
  }

 private:
  void end_paragraph() {
    if (!row_.empty()) rows_.push_back(std::move(row_));
    row_.clear();
  }

  Row fields_, row_;
  std::vector<Row> rows_;
};

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 12 && text.find_first_not_of("0123456789") == std::string::npos;
}

/// apt packs its lists in several ways and brings the program that reads them all.
std::vector<Row> unpacked_rows(const std::filesystem::path& list, Paragraphs paragraphs) {
  std::string quoted;
  for (const char c : list.string()) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  const std::string command = "/usr/lib/apt/apt-helper cat-file '" + quoted + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) throw std::runtime_error("cannot start " + command);
  char* line = nullptr;
  std::size_t room = 0;
  while (true) {
    const ssize_t size = getline(&line, &room, pipe.get());
    if (size <= 0) break;
    paragraphs.add_line(std::string_view(line, static_cast<std::size_t>(size) - (line[size - 1] == '\n' ? 1 : 0)));
  }
  std::free(line);
  return paragraphs.rows();
}

}  // namespace

Table installed_packages(const std::filesystem::path& status_file) {
  std::ifstream in(status_file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + status_file.string() + ": is this a Debian system?");
  Paragraphs paragraphs({"Package", "Version", "Architecture", "Section", "Installed-Size", "Maintainer", "Status"});
  for (std::string line; std::getline(in, line);) paragraphs.add_line(line);
  return {{"name", "version", "architecture", "section", "installed_kib", "maintainer", "status"}, paragraphs.rows()};
}

CleanPackages clean_packages(const Table& extracted) {
  CleanPackages clean;
  clean.table.columns = {"name", "version", "architecture", "area", "section", "installed_kib", "maintainer"};
  for (const Row& row : extracted.rows) {
    const std::string &section = row[3], &size = row[4], &maintainer = row[5], &status = row[6];
    if (!status.ends_with(" installed")) {
      ++clean.not_installed;
    } else if (section.empty() || !is_number(size) || maintainer.empty()) {
      ++clean.incomplete;
    } else {
      const std::size_t slash = section.find('/'), address = maintainer.find(" <");
      const bool in_area = slash != std::string::npos;
      clean.table.rows.push_back({row[0], row[1], row[2], in_area ? section.substr(0, slash) : "main",
                                  in_area ? section.substr(slash + 1) : section, size, maintainer.substr(0, address)});
      clean.installed_kib += std::stoll(size);
    }
  }
  return clean;
}

std::vector<std::filesystem::path> apt_lists(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> lists;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(folder, absent)) {
    const std::string name = entry.path().filename().string();
    const std::size_t end = name.rfind("_Packages");
    if (end != std::string::npos && (end + 9 == name.size() || name[end + 9] == '.')) lists.insert(entry.path());
  }
  return {lists.begin(), lists.end()};
}

Table available_packages(const std::filesystem::path& list) {
  return {{"name", "version", "section", "installed_kib"},
          unpacked_rows(list, Paragraphs({"Package", "Version", "Section", "Installed-Size"}))};
}

}  // namespace server_a

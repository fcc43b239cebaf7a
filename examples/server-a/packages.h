#pragma once
// The packages of a Debian machine: what dpkg has installed (/var/lib/dpkg/status) and what apt could install (its
// lists, which a minimal machine does not have). Both are files of paragraphs with lines "Field: value".

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "table.h"

namespace server_a {

/// One row a paragraph, whatever its state: name, version, architecture, section, installed_kib, maintainer, status.
Table installed_packages(const std::filesystem::path& status_file);

struct CleanPackages {
  Table table;  // name, version, architecture, area, section, installed_kib, maintainer
  int not_installed = 0;
  int incomplete = 0;
  std::int64_t installed_kib = 0;
};
/// Drops what is not fully installed or lacks a field; splits "non-free/libs" into area and section, and leaves of
/// "Name <address>" the name.
CleanPackages clean_packages(const Table& extracted);

/// apt's package lists in that folder, packed or not; empty when this machine has none.
std::vector<std::filesystem::path> apt_lists(const std::filesystem::path& folder);
/// name, version, section, installed_kib of each package in one list.
Table available_packages(const std::filesystem::path& list);

}  // namespace server_a

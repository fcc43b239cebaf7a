// What server-a makes of its sources, on small ones written here: the machine's own differ from day to day.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "packages.h"
#include "rates.h"
#include "zones.h"

namespace server_a {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ServerA : public ::testing::Test {
 protected:
  ServerA() {
    std::string name = (std::filesystem::temp_directory_path() / "server-a.XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~ServerA() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.push_back(entry.path().filename());
    return names;
  }

  std::filesystem::path folder_;
};

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

TEST_F(ServerA, keeps_installed_packages_with_all_their_fields_and_counts_what_it_drops) {
  const auto status = file("status",
                           "Package: adduser\nStatus: install ok installed\nSection: admin\nInstalled-Size: 686\n"
                           "Maintainer: Adduser Developers <adduser@example.org>\nArchitecture: all\nVersion: 3.134\n"
                           "Description: add users\n Section: not a field, the description goes on\n\n"
                           "Package: gone\nStatus: deinstall ok config-files\nSection: admin\n\n\n"
                           "Package: bare\nStatus: install ok installed\n\n"
                           "Package: firmware\nStatus: hold ok installed\nSection: non-free/kernel\n"
                           "Installed-Size: 2048\nMaintainer: Kernel Team\nArchitecture: all\nVersion: 1");
  const CleanPackages clean = clean_packages(installed_packages(status));
  EXPECT_THAT(clean.table.rows,
              ElementsAre(ElementsAre("adduser", "3.134", "all", "main", "admin", "686", "Adduser Developers"),
                          ElementsAre("firmware", "1", "all", "non-free", "kernel", "2048", "Kernel Team")));
  EXPECT_EQ(clean.not_installed, 1);
  EXPECT_EQ(clean.incomplete, 1);
  EXPECT_EQ(clean.installed_kib, 2734);
}

TEST_F(ServerA, a_machine_without_dpkg_gets_a_sentence_that_names_the_file) {
  EXPECT_THAT(message_of([&] { installed_packages(folder_ / "none"); }), HasSubstr("none: is this a Debian system?"));
}

TEST_F(ServerA, finds_packed_and_plain_apt_lists_and_none_where_there_is_no_folder) {
  file("deb_main_Packages.lz4", "");
  file("deb_main_Packages", "");
  file("deb_InRelease", "");
  file("deb_PackagesOfOthers", "");
  EXPECT_THAT(apt_lists(folder_), ElementsAre(folder_ / "deb_main_Packages", folder_ / "deb_main_Packages.lz4"));
  EXPECT_THAT(apt_lists(folder_ / "none"), IsEmpty());
}

TEST_F(ServerA, takes_the_rule_in_force_of_each_zone_and_drops_aliases_and_zones_of_no_country) {
  file("tzdata.zi",
       "# version 2026a\nR E 1996 ma - O lastSu 1u 0 -\nR Old 1940 o - Jul 1 0 1 S\n"
       "Z Europe/Berlin 0:53:28 - LMT 1893 Ap\n1 Old CE%sT 1980\n1 E CE%sT\n"
       "Z Asia/Kolkata 5:53:28 - LMT 1854\n5:30 - IST\nZ America/St_Johns -3:30:52 - LMT 1884\n-3:30 Old N%sT\n"
       "Z Etc/GMT 0 - GMT\nL Europe/Berlin Europe/Oslo\n");
  file("zone1970.tab",
       "# comment\nDE,DK\t+5230+01322\tEurope/Berlin\tmost of it\nIN\t+2232+08822\tAsia/Kolkata\n"
       "CA\t+4734-05243\tAmerica/St_Johns\n");
  const ExtractedZones extracted = extract_zones(folder_, 2026);
  EXPECT_EQ(extracted.version, "2026a");
  EXPECT_EQ(extracted.table.rows.size(), 5U);
  const CleanZones clean = clean_zones(extracted.table);
  EXPECT_THAT(clean.table.rows,
              ElementsAre(ElementsAre("America/St_Johns", "America", "CA", "47.567", "-52.717", "-210", "no"),
                          ElementsAre("Asia/Kolkata", "Asia", "IN", "22.533", "88.367", "330", "no"),
                          ElementsAre("Europe/Berlin", "Europe", "DE,DK", "52.500", "13.367", "60", "yes")));
  EXPECT_EQ(clean.aliases, 1);
  EXPECT_EQ(clean.nowhere, 1);
}

TEST_F(ServerA, a_table_is_read_as_it_was_written_and_leaves_no_unfinished_file) {
  write_table(folder_ / "t.tsv", {{"a", "b"}, {{"1", ""}, {"tab\there", "x"}}});
  write_table(folder_ / "t.tsv", {{"a", "b"}, {{"1", ""}, {"tab\there", "y"}}});
  const Table table = read_table(folder_ / "t.tsv");
  EXPECT_THAT(table.columns, ElementsAre("a", "b"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("1", ""), ElementsAre("tab here", "y")));
  EXPECT_THAT(files(), ElementsAre("t.tsv"));
}

TEST_F(ServerA, rates_that_have_not_come_are_no_table_and_a_wrong_line_is_named) {
  EXPECT_FALSE(delivered_rates(folder_ / "rates.csv").has_value());
  EXPECT_THAT(delivered_rates(file("good.csv", "USD,1.08\n\nCHF,0.94\n"))->rows,
              ElementsAre(ElementsAre("USD", "1.08"), ElementsAre("CHF", "0.94")));
  EXPECT_THAT(message_of([&] { delivered_rates(file("bad.csv", "USD,1.08\nCHF,much\n")); }), HasSubstr("bad.csv:2: "));
}

}  // namespace
}  // namespace server_a

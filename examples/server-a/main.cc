// server-a: a task-server of the team platform-data, in C++ on the cordyna library. Its workloads depend on nobody:
// they extract real data that every Debian machine has (installed packages, apt's lists, the time zones of tzdata) and
// clean it, every 60 s and when somebody asks. Tables go into files of a work folder, their paths and counts into the
// results, which server-b takes as its inputs.
//
//   server-a [WORK_FOLDER]      else $DEMO_WORK, else ~/.cache/cordyna-demo; cerebro is where $CORDYNA_URL says
//
// DEMO_PACE_MS makes every step last that long, so that a person can follow a run that is over in a blink otherwise.

#include <cordyna/cordyna.h>

#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include "packages.h"
#include "rates.h"
#include "zones.h"

using namespace std::chrono_literals;
using cordyna::TaskContext;
using std::filesystem::path;

namespace server_a {
namespace {

std::string variable(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

path work_folder(int argc, char** argv) {
  const std::string cache = variable("XDG_CACHE_HOME", variable("HOME", ".") + "/.cache");
  return std::filesystem::absolute(argc > 1 ? argv[1] : variable("DEMO_WORK", cache + "/cordyna-demo"));
}

/// Says how far the task is; a cancelled task does not wait here.
void step(TaskContext& task, double fraction, const std::string& message) {
  static const auto pace = std::chrono::milliseconds(std::atoi(variable("DEMO_PACE_MS", "0").c_str()));
  task.progress(fraction, message);
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, task.stop_token(), pace, [] { return false; });
}

std::int64_t rows(const Table& table) {
  return static_cast<std::int64_t>(table.rows.size());
}

int this_year() {
  const std::time_t now = std::time(nullptr);
  return gmtime(&now)->tm_year + 1900;
}

void declare_packages(cordyna::TaskServer& server, const path& work) {
  server.task("extract_packages")
      .description("Reads dpkg's database: every package this machine knows")
      .every(60s)
      .tag("extract")
      .timeouts({.complete = 1min})
      .run([work](TaskContext& task) {
        step(task, 0.1, "reading /var/lib/dpkg/status");
        const Table table = installed_packages("/var/lib/dpkg/status");
        step(task, 0.8, std::to_string(table.rows.size()) + " paragraphs");
        const path file = work / "raw" / "packages.tsv";
        write_table(file, table);
        task.log("wrote " + file.string());
        task.result({{"file", file.string()}, {"rows", rows(table)}});
      });

  server.task("clean_packages")
      .description("Installed packages with section, size and maintainer")
      .upstream("extract_packages")
      .tag("clean")
      .run([work](TaskContext& task) {
        const Table extracted = read_table(task.input("extract_packages")["file"].as_string().value_or(""));
        step(task, 0.5, "normalising " + std::to_string(extracted.rows.size()) + " rows");
        const CleanPackages clean = clean_packages(extracted);
        const path file = work / "clean" / "packages.tsv";
        write_table(file, clean.table);
        task.log("kept " + std::to_string(clean.table.rows.size()) + " rows, dropped " +
                 std::to_string(clean.not_installed) + " not installed and " + std::to_string(clean.incomplete) +
                 " incomplete");
        task.result({{"file", file.string()},
                     {"rows", rows(clean.table)},
                     {"not_installed", clean.not_installed},
                     {"incomplete", clean.incomplete},
                     {"installed_mib", clean.installed_kib / 1024}});
      });
}

void declare_zones(cordyna::TaskServer& server, const path& work) {
  server.task("extract_zones")
      .description("Reads the tables of tzdata: every time zone, its offset and its countries")
      .every(60s)
      .tag("extract")
      .timeouts({.complete = 1min})
      .run([work](TaskContext& task) {
        step(task, 0.1, "reading tzdata.zi and zone1970.tab");
        const ExtractedZones zones = extract_zones("/usr/share/zoneinfo", this_year());
        step(task, 0.8, "version " + zones.version);
        const path file = work / "raw" / "zones.tsv";
        write_table(file, zones.table);
        task.log("wrote " + file.string());
        task.result({{"file", file.string()}, {"rows", rows(zones.table)}, {"version", zones.version}});
      });

  server.task("clean_zones")
      .description("Zones of a country, with degrees and minutes")
      .upstream("extract_zones")
      .tag("clean")
      .run([work](TaskContext& task) {
        const cordyna::Value& input = task.input("extract_zones");
        const Table extracted = read_table(input["file"].as_string().value_or(""));
        step(task, 0.5, "normalising " + std::to_string(extracted.rows.size()) + " rows");
        const CleanZones clean = clean_zones(extracted);
        const path file = work / "clean" / "zones.tsv";
        write_table(file, clean.table);
        task.log("kept " + std::to_string(clean.table.rows.size()) + " rows, dropped " + std::to_string(clean.aliases) +
                 " aliases and " + std::to_string(clean.nowhere) + " zones of no country");
        task.result({{"file", file.string()},
                     {"rows", rows(clean.table)},
                     {"aliases", clean.aliases},
                     {"nowhere", clean.nowhere},
                     {"version", input["version"]}});
      });
}

void declare_apt(cordyna::TaskServer& server, const path& work) {
  server.task("extract_apt")
      .description("Reads apt's lists: every package this machine could install; a minimal machine has none")
      .every(60s)
      .tag("extract")
      .timeouts({.complete = 5min})
      .retries({.max = 2, .backoff = 5s})
      .run([work](TaskContext& task) {
        const std::vector<path> lists = apt_lists("/var/lib/apt/lists");
        if (lists.empty()) return task.skip("this machine has no apt lists; apt-get update brings them");
        Table available{{"name", "version", "section", "installed_kib"}, {}};
        for (std::size_t i = 0; i < lists.size() && !task.stop_requested(); ++i) {
          step(task, static_cast<double>(i) / static_cast<double>(lists.size()), lists[i].filename().string());
          for (Row& row : available_packages(lists[i]).rows) available.rows.push_back(std::move(row));
        }
        if (available.rows.empty()) return task.skip("apt's lists name no package; apt-get update renews them");
        const path file = work / "raw" / "available.tsv";
        write_table(file, available);
        task.result({{"file", file.string()}, {"rows", rows(available)}, {"lists", lists.size()}});
      });
}

void declare_rates(cordyna::TaskServer& server, const path& work) {
  server.task("extract_exchange_rates")
      .description("Takes in the rates that the treasury delivers; in the demo nobody delivers them")
      .manual()
      .tag("extract")
      .run([work](TaskContext& task) -> cordyna::Outcome {
        const path file = work / "inbox" / "rates.csv";
        step(task, 0.2, "waiting for the delivery");
        const std::optional<Table> rates = delivered_rates(file);
        if (!rates) {
          std::filesystem::create_directories(file.parent_path());
          return cordyna::Error{
              .message = "the source is not reachable from here: the treasury has not delivered inbox/rates.csv",
              .hint = "put lines like USD,1.08 into " + file.string() + ", then: dyna retry " + task.run_id(),
              .fatal = true,
              .detail = {{"looked_for", file.string()}}};
        }
        const path table = work / "clean" / "rates.tsv";
        write_table(table, *rates);
        task.result({{"file", table.string()}, {"rows", server_a::rows(*rates)}});
        return {};
      });
}

}  // namespace
}  // namespace server_a

int main(int argc, char** argv) {
  const path work = server_a::work_folder(argc, argv);
  cordyna::TaskServer server{{.name = "server-a",
                              .team = "platform-data",
                              .description = "Extracts and cleans what this machine knows about itself",
                              .version = "1.0",
                              .contacts = {{"email", "platform-data@example.org", "issues"}},
                              .slots = 4,
                              .drain = 5s}};
  server_a::declare_packages(server, work);
  server_a::declare_zones(server, work);
  server_a::declare_apt(server, work);
  server_a::declare_rates(server, work);
  return server.serve();
}

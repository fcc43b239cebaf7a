#include "program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "measure.h"

namespace cordyna::bench {
namespace {

std::optional<double> floor_of(const Figure& figure) {
  if (figure.floors.empty()) return std::nullopt;
  return quantile(figure.floors, 0.5);
}

std::string text(std::optional<double> value) {
  if (!value) return "-";
  return *value >= 1000 ? fmt::format("{:.0f}", *value) : fmt::format("{:.4g}", *value);
}

}  // namespace

Program::Program(const std::string& name, const std::string& purpose, std::vector<Size> sizes, int argc, char** argv)
    : folder_(std::filesystem::absolute(argv[0]).parent_path().string()) {
  CLI::App app(purpose, name);
  bool tiny = false;
  app.add_flag("--tiny", tiny, "sizes that take a second: to see that it works, not to measure");
  app.add_option("--json", json_path_, "write the rows into this file too");
  std::vector<CLI::Option*> given;
  for (Size& size : sizes)
    given.push_back(app.add_option("--" + size.name, size.value, size.meaning)
                        ->check(CLI::Range(std::size_t{1}, size.most, "1 to " + std::to_string(size.most)))
                        ->capture_default_str());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (tiny && given[i]->empty()) sizes[i].value = sizes[i].tiny;
}

std::vector<std::size_t> Program::up_to(std::size_t most, const std::vector<std::size_t>& counts) {
  std::vector<std::size_t> chosen;
  for (const std::size_t count : counts)
    if (count <= most) chosen.push_back(count);
  if (chosen.empty()) chosen.push_back(most);
  return chosen;
}

void Program::add(Figure figure) {
  rows_.push_back({std::move(figure), load()});
}

int Program::finish() const {
  nlohmann::json list = nlohmann::json::array();
  fmt::print("{:<28} {:<34} {:>12} {:>10} {:>10} {:>10} {:>7} {:>5}  {}\n", "workload", "metric", "median", "min",
             "max", "floor", "ratio", "load", "unit");
  for (const auto& [figure, load] : rows_) {
    const double median = quantile(figure.samples, 0.5), least = quantile(figure.samples, 0),
                 most = quantile(figure.samples, 1);
    const std::optional<double> floor = floor_of(figure);
    const std::optional<double> ratio = floor ? std::optional(median / *floor) : std::nullopt;
    fmt::print("{:<28} {:<34} {:>12} {:>10} {:>10} {:>10} {:>7} {:>5.1f}  {}\n", figure.workload, figure.metric,
               text(median), text(least), text(most), text(floor), ratio ? fmt::format("{:.2f}", *ratio) : "-", load,
               figure.unit);
    list.push_back({{"workload", figure.workload},
                    {"metric", figure.metric},
                    {"unit", figure.unit},
                    {"median", median},
                    {"min", least},
                    {"max", most},
                    {"floor", floor ? nlohmann::json(*floor) : nlohmann::json()},
                    {"ratio", ratio ? nlohmann::json(*ratio) : nlohmann::json()},
                    {"load", load}});
  }
  if (rows_.empty()) give_up("nothing was measured");
  if (json_path_.empty()) return 0;
  std::ofstream file(json_path_);
  file << list.dump(2) << '\n';
  if (!file.flush()) give_up("cannot write " + json_path_);
  return 0;
}

}  // namespace cordyna::bench

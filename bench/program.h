#pragma once
// What every bench program is: sizes that can be chosen, figures, and two ways to tell them. A table goes to stdout
// and, with --json FILE, a list of rows {workload, metric, unit, median, min, max, floor, ratio, load} into the file,
// which tools/bench merges. Nothing is told before finish(): a program that gave up has told nothing.

#include <cstddef>
#include <string>
#include <vector>

namespace cordyna::bench {

/// A size that may be chosen as --NAME N, from 1 to `most`; `value` holds the usual one, --tiny chooses `tiny` instead.
struct Size {
  std::string name;
  std::string meaning;
  std::size_t& value;
  std::size_t tiny = 1;
  std::size_t most = 10'000'000;
};

/// One figure, measured several times. `floors`, when there are any, are what the same thing costs at least, measured
/// in the same minutes and unit.
struct Figure {
  std::string workload;  // "W2 16 chains"
  std::string metric;    // "hop p50"
  std::string unit;
  std::vector<double> samples;
  std::vector<double> floors = {};
};

class Program {
 public:
  /// Reads the command line; ends the program with 2 when it asks for something impossible, with 0 after --help.
  Program(const std::string& name, const std::string& purpose, std::vector<Size> sizes, int argc, char** argv);

  /// Where cerebro and dyna are: the folder of this program.
  const std::string& folder() const { return folder_; }
  /// Those of `counts` that are not above `most`, or `most` alone.
  static std::vector<std::size_t> up_to(std::size_t most, const std::vector<std::size_t>& counts);

  void add(Figure figure);
  /// Tells all figures; what main() returns.
  int finish() const;

 private:
  struct Row {
    Figure figure;
    double load = 0;  // when it was measured
  };

  std::string folder_, json_path_;
  std::vector<Row> rows_;
};

}  // namespace cordyna::bench

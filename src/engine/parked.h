#pragma once
// Ready task-runs that wait for a place of a limit, or of the concurrency of their task. They stand in lines: those of
// one line are held back alike by all but the place (at a limit: by their server). When there is room the first of a
// line is let go and stands for the line until it gives way: while it waits for its server, the rest of its line would
// wait there too and stays, and the other lines have their turn. So a freed place costs the lines that it moves on,
// whatever their length. Derived: after a rebuild all are ready, and park again.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/time.h"
#include "model/ids.h"

namespace cordyna::engine {

/// Orders ready task-runs: age, shifted by 10 min for each step of priority, so a long wait raises it. Smaller first.
struct ReadyKey {
  base::Duration rank{};
  model::TaskRunRef at;
  auto operator<=>(const ReadyKey&) const = default;
};

class Parked {
 public:
  using Line = std::uint32_t;

  /// The first ones of the lines that nobody stands for, in their order.
  const std::map<ReadyKey, Line>& first() const { return first_; }
  /// It waits for the place: it is parked, and not behind one that waits for something else.
  bool holds(Line line, const ReadyKey& key) const;

  void add(Line line, const ReadyKey& key);
  /// It is parked no longer, and stands for its line. Must be among first().
  void let_go(Line line, const ReadyKey& key);
  /// It neither waits here nor stands for its line. True when others of the line have their turn by that.
  bool give_way(Line line, const ReadyKey& key);
  /// Lets all go, in the order of the lines; none stands for others.
  std::vector<ReadyKey> take_all();

 private:
  struct Waiting {
    std::set<ReadyKey> keys;
    std::optional<ReadyKey> let_go;  // stands for these
  };
  using Lines = std::map<Line, Waiting>;
  /// Around every change of a line.
  void hide_first(const Waiting& waiting);
  void show_first(Lines::iterator line);

  Lines lines_;
  std::map<ReadyKey, Line> first_;
};

}  // namespace cordyna::engine

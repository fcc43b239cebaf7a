#pragma once
// The shapes that the benches run: who needs whom. Tasks are numbers; each has a level, one above its highest upstream,
// and the levels take turns on two servers, "even" and "odd", so that every hop goes from one process's session to
// another's.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cordyna::bench {

struct Graph {
  struct Node {
    std::vector<std::uint32_t> upstreams = {};
    std::uint32_t level = 0;
  };
  std::vector<Node> nodes;

  std::size_t size() const { return nodes.size(); }
  std::size_t edges() const;
  /// "even" or "odd".
  std::string server(std::size_t task) const;
  /// "even/t000042".
  std::string name(std::size_t task) const;
  /// Selectors of all tasks.
  std::vector<std::string> all() const;
};

/// `t000042`: how a task is called on its server.
std::string task_name(std::size_t task);

/// `count` chains of `length` tasks; task i of each chain is beside task i of the others.
Graph chains(std::size_t count, std::size_t length);
/// Tasks that need nobody.
Graph flat(std::size_t tasks);
/// One task, `width` that need it, and one that needs those.
Graph fan(std::size_t width);
/// side x side tasks, each of which needs its neighbours on the left and above: two ways lead around every square.
Graph grid(std::size_t side);
/// Layers of 1,000 tasks, each of which needs 4 or 5 (4.44 in the mean) tasks of the layer before, drawn from a fixed
/// seed.
Graph layered(std::size_t tasks);

}  // namespace cordyna::bench

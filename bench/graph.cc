#include "graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>

namespace cordyna::bench {
namespace {

constexpr std::size_t layer_width = 1000;

}  // namespace

std::size_t Graph::edges() const {
  std::size_t count = 0;
  for (const Node& node : nodes) count += node.upstreams.size();
  return count;
}

std::string Graph::server(std::size_t task) const {
  return nodes[task].level % 2 == 0 ? "even" : "odd";
}

std::string Graph::name(std::size_t task) const {
  return server(task) + '/' + task_name(task);
}

std::vector<std::string> Graph::all() const {
  std::vector<std::string> selectors{"even/*"};
  if (std::any_of(nodes.begin(), nodes.end(), [](const Node& node) { return node.level % 2 == 1; }))
    selectors.push_back("odd/*");
  return selectors;
}

std::string task_name(std::size_t task) {
  return fmt::format("t{:06}", task);
}

Graph chains(std::size_t count, std::size_t length) {
  Graph graph;
  for (std::uint32_t place = 0; place < length; ++place)
    for (std::size_t chain = 0; chain < count; ++chain) {
      Graph::Node node{.level = place};
      if (place > 0) node.upstreams = {static_cast<std::uint32_t>(graph.size() - count)};
      graph.nodes.push_back(std::move(node));
    }
  return graph;
}

Graph flat(std::size_t tasks) {
  return {std::vector<Graph::Node>(tasks)};
}

Graph fan(std::size_t width) {
  Graph graph;
  graph.nodes.resize(width + 2);
  Graph::Node& last = graph.nodes.back();
  last.level = 2;
  for (std::uint32_t i = 1; i <= width; ++i) {
    graph.nodes[i] = {.upstreams = {0}, .level = 1};
    last.upstreams.push_back(i);
  }
  return graph;
}

Graph grid(std::size_t side) {
  Graph graph;
  for (std::uint32_t y = 0; y < side; ++y)
    for (std::uint32_t x = 0; x < side; ++x) {
      const auto here = static_cast<std::uint32_t>(graph.size());
      Graph::Node node{.level = x + y};
      if (x > 0) node.upstreams.push_back(here - 1);
      if (y > 0) node.upstreams.push_back(here - static_cast<std::uint32_t>(side));
      graph.nodes.push_back(std::move(node));
    }
  return graph;
}

Graph layered(std::size_t tasks) {
  Graph graph;
  std::mt19937_64 chance(1);  // NOLINT: the same graph every time
  for (std::size_t i = 0; i < tasks; ++i) {
    const std::size_t layer = i / layer_width;
    Graph::Node node{.level = static_cast<std::uint32_t>(layer)};
    const std::size_t wanted = layer == 0 ? 0 : (chance() % 9 < 4 ? 5 : 4);
    std::set<std::uint32_t> upstreams;
    while (upstreams.size() < wanted)
      upstreams.insert(static_cast<std::uint32_t>((layer - 1) * layer_width + chance() % layer_width));
    node.upstreams.assign(upstreams.begin(), upstreams.end());
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

}  // namespace cordyna::bench

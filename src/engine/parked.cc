#include "engine/parked.h"

#include "base/check.h"

namespace cordyna::engine {

bool Parked::holds(Line line, const ReadyKey& key) const {
  const auto found = lines_.find(line);
  return found != lines_.end() && !found->second.let_go && found->second.keys.contains(key);
}

void Parked::add(Line line, const ReadyKey& key) {
  const auto found = lines_.try_emplace(line).first;
  hide_first(found->second);
  found->second.keys.insert(key);
  show_first(found);
}

void Parked::let_go(Line line, const ReadyKey& key) {
  base::check(first_.contains(key));
  const auto found = lines_.find(line);
  hide_first(found->second);
  found->second.keys.erase(key);
  found->second.let_go = key;
}

bool Parked::give_way(Line line, const ReadyKey& key) {
  const auto found = lines_.find(line);
  if (found == lines_.end()) return false;
  Waiting& waiting = found->second;
  const bool stood_for_others = waiting.let_go == key && !waiting.keys.empty();
  hide_first(waiting);
  if (waiting.let_go == key) waiting.let_go.reset();
  waiting.keys.erase(key);
  show_first(found);
  return stood_for_others;
}

std::vector<ReadyKey> Parked::take_all() {
  std::vector<ReadyKey> all;
  for (const auto& [line, waiting] : lines_) all.insert(all.end(), waiting.keys.begin(), waiting.keys.end());
  lines_.clear();
  first_.clear();
  return all;
}

void Parked::hide_first(const Waiting& waiting) {
  if (!waiting.let_go && !waiting.keys.empty()) first_.erase(*waiting.keys.begin());
}

void Parked::show_first(Lines::iterator line) {
  const auto& [number, waiting] = *line;
  if (waiting.let_go) return;
  if (waiting.keys.empty())
    lines_.erase(line);
  else
    first_.emplace(*waiting.keys.begin(), number);
}

}  // namespace cordyna::engine

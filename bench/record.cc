#include "record.h"

#include <fmt/format.h>

#include <algorithm>

#include "measure.h"

namespace cordyna::bench {

void Record::clear() {
  for (Task& task : tasks_) task.times = 0;
}

void Record::work(std::size_t task) {
  Task& one = tasks_[task];
  one.started = now_us();
  one.ended = now_us();
  one.times.fetch_add(1, std::memory_order_release);
}

void Record::verify() const {
  for (std::size_t i = 0; i < tasks_.size(); ++i)
    if (const auto times = tasks_[i].times.load(std::memory_order_acquire); times != 1)
      give_up(fmt::format("{} ran {} times", graph_.name(i), times));
  for (std::size_t i = 0; i < tasks_.size(); ++i)
    if (tasks_[i].started < upstreams_ended(i)) give_up(graph_.name(i) + " ran before what it needs had ended");
}

double Record::upstreams_ended(std::size_t task) const {
  double last = 0;
  for (const std::uint32_t upstream : graph_.nodes[task].upstreams) last = std::max(last, tasks_[upstream].ended);
  return last;
}

std::vector<double> Record::hops() const {
  std::vector<double> hops;
  for (std::size_t i = 0; i < tasks_.size(); ++i)
    if (!graph_.nodes[i].upstreams.empty()) hops.push_back(tasks_[i].started - upstreams_ended(i));
  return hops;
}

}  // namespace cordyna::bench

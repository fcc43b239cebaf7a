// A run's plan <-> columns of numbers. A plan has up to hundreds of thousands of task-runs and edges, so it is written
// as packed columns (a few bytes a task-run), and the runs it refers to are written once.

#include <map>

#include "wire/event_values.h"

namespace cordyna::wire {
namespace {

enum TaskFlags : std::uint32_t {
  task_any = 4,
  task_check = 8,
  task_shared = 16,
  task_completion = 32,
  task_state = 64
};
enum EdgeFlags : std::uint32_t { edge_finished = 8, edge_taken = 16 };

/// Numbers runs in order of first mention, from 1.
class RunTable {
 public:
  explicit RunTable(pb::RunPlan* to) : to_(to) {}
  std::uint32_t number(base::RunId run) {
    if (run.none()) return 0;
    const auto [found, added] = numbers_.try_emplace(run, static_cast<std::uint32_t>(numbers_.size() + 1));
    if (added) {
      to_->add_run_high(run.high);
      to_->add_run_low(run.low);
    }
    return found->second;
  }

 private:
  pb::RunPlan* to_;
  std::map<base::RunId, std::uint32_t> numbers_;
};

void write_task(const model::PlannedTask& task, RunTable& runs, pb::RunPlan* to) {
  std::uint32_t flags = static_cast<std::uint32_t>(task.role) + static_cast<std::uint32_t>(task.state) * task_state;
  if (task.any) flags |= task_any;
  if (task.check) flags |= task_check;
  if (task.shared_from) {
    flags |= task_shared;
    to->add_shared_run(runs.number(task.shared_from->run));
    to->add_shared_position(task.shared_from->position);
  }
  if (task.completion != model::Taken{}) {
    flags |= task_completion;
    to->add_completion_run(runs.number(task.completion.run));
    to->add_completion_attempt(task.completion.attempt);
    to->add_completion_seq(task.completion.seq);
  }
  to->add_task(task.task.value);
  to->add_task_flags(flags);
  to->add_edge_count(task.edge_count);
}

void write_edge(const model::PlannedEdge& edge, RunTable& runs, pb::RunPlan* to) {
  std::uint32_t flags = static_cast<std::uint32_t>(edge.how);
  if (edge.finished) flags |= edge_finished;
  if (edge.taken != model::Taken{}) {
    flags |= edge_taken;
    to->add_taken_run(runs.number(edge.taken.run));
    to->add_taken_attempt(edge.taken.attempt);
    to->add_taken_seq(edge.taken.seq);
  }
  to->add_edge_task(edge.task.value);
  to->add_edge_flags(flags);
  to->add_edge_upstream(edge.upstream + 1);  // nowhere becomes 0
}

/// Takes columns apart again; every index is checked against what is there.
class PlanReader {
 public:
  PlanReader(const pb::RunPlan& from, ValueReader& values) : from_(from), values_(values) {}

  void read(model::RunPlan& plan) {
    if (from_.run_high_size() != from_.run_low_size() || from_.task_flags_size() != from_.task_size() ||
        from_.edge_count_size() != from_.task_size() || from_.edge_flags_size() != from_.edge_task_size() ||
        from_.edge_upstream_size() != from_.edge_task_size() ||
        (from_.first_edge_size() != 0 && from_.first_edge_size() != from_.task_size()))
      return values_.fail("a plan whose columns have different lengths");
    plan.tasks.reserve(static_cast<std::size_t>(from_.task_size()));
    plan.edges.reserve(static_cast<std::size_t>(from_.edge_task_size()));
    std::uint64_t first_edge = 0;
    for (int i = 0; i < from_.task_size() && values_.ok(); ++i) {
      plan.tasks.push_back(task(i));
      plan.tasks.back().first_edge =
          from_.first_edge_size() == 0 ? static_cast<std::uint32_t>(first_edge) : from_.first_edge(i);
      first_edge += from_.edge_count(i);
      const auto end = std::uint64_t{plan.tasks.back().first_edge} + from_.edge_count(i);
      if (end > static_cast<std::uint64_t>(from_.edge_task_size())) values_.fail("a plan with too few edges");
    }
    for (int i = 0; i < from_.edge_task_size() && values_.ok(); ++i) plan.edges.push_back(edge(i));
    if (shared_ != from_.shared_run_size() || completion_ != from_.completion_run_size() ||
        taken_ != from_.taken_run_size())
      values_.fail("a plan with values that belong to nothing");
    read_results(plan);
  }

 private:
  void read_results(model::RunPlan& plan) {
    if (from_.result_position_size() != from_.result_size())
      return values_.fail("a plan whose results have no positions");
    for (int i = 0; i < from_.result_size(); ++i) {
      const std::uint32_t position = from_.result_position(i);
      if (position >= plan.tasks.size()) values_.fail("a plan with a result of no task-run");
      plan.results.emplace_back(position, values_.payload(from_.result(i)));
    }
  }

  base::RunId run(std::uint32_t number) {
    if (number == 0) return {};
    if (number > static_cast<std::uint32_t>(from_.run_high_size())) {
      values_.fail("a plan that refers to a run it does not name");
      return {};
    }
    const int index = static_cast<int>(number - 1);
    return {from_.run_high(index), from_.run_low(index)};
  }

  model::PlannedTask task(int i) {
    model::PlannedTask task;
    const std::uint32_t flags = from_.task_flags(i);
    task.task = model::TaskIndex{from_.task(i)};
    task.role = values_.word(flags % 4, model::Role::follower, "role");
    task.state = values_.word(flags / task_state, model::TaskState::cancelled, "task state");
    task.any = (flags & task_any) != 0;
    task.check = (flags & task_check) != 0;
    task.edge_count = from_.edge_count(i);
    if ((flags & task_shared) != 0) {
      if (shared_ >= from_.shared_run_size() || shared_ >= from_.shared_position_size()) {
        values_.fail("a plan that lacks what a task-run is shared from");
        return task;
      }
      task.shared_from = model::TaskRunRef{run(from_.shared_run(shared_)), from_.shared_position(shared_)};
      ++shared_;
    }
    if ((flags & task_completion) != 0) {
      if (completion_ >= from_.completion_run_size() || completion_ >= from_.completion_attempt_size() ||
          completion_ >= from_.completion_seq_size()) {
        values_.fail("a plan that lacks a completion");
        return task;
      }
      task.completion = {run(from_.completion_run(completion_)), from_.completion_attempt(completion_),
                         from_.completion_seq(completion_)};
      ++completion_;
    }
    return task;
  }

  model::PlannedEdge edge(int i) {
    model::PlannedEdge edge;
    const std::uint32_t flags = from_.edge_flags(i);
    edge.how = values_.word(flags % 8, model::How::awaited, "way to satisfy an edge");
    edge.finished = (flags & edge_finished) != 0;
    edge.task = model::TaskIndex{from_.edge_task(i)};
    edge.upstream = from_.edge_upstream(i) - 1;
    const auto tasks = static_cast<std::uint32_t>(from_.task_size());
    if (edge.upstream >= tasks && (edge.upstream != model::nowhere || edge.how == model::How::in_run))
      values_.fail("a plan with an edge from nowhere");
    if ((flags & edge_taken) == 0) return edge;
    if (taken_ >= from_.taken_run_size() || taken_ >= from_.taken_attempt_size() || taken_ >= from_.taken_seq_size()) {
      values_.fail("a plan that lacks what an edge takes");
      return edge;
    }
    edge.taken = {run(from_.taken_run(taken_)), from_.taken_attempt(taken_), from_.taken_seq(taken_)};
    ++taken_;
    return edge;
  }

  const pb::RunPlan& from_;
  ValueReader& values_;
  int shared_ = 0, completion_ = 0, taken_ = 0;
};

}  // namespace

void write(const model::RunPlan& from, pb::RunPlan* to) {
  RunTable runs(to);
  std::uint32_t first_edge = 0;
  bool contiguous = true;
  for (const auto& task : from.tasks) {
    write_task(task, runs, to);
    contiguous = contiguous && task.first_edge == first_edge;
    first_edge += task.edge_count;
  }
  if (!contiguous)
    for (const auto& task : from.tasks) to->add_first_edge(task.first_edge);
  for (const auto& edge : from.edges) write_edge(edge, runs, to);
  for (const auto& [position, result] : from.results) {
    to->add_result_position(position);
    write(result, to->add_result());
  }
}

std::shared_ptr<const model::RunPlan> ValueReader::plan(const pb::RunPlan& from) {
  auto plan = std::make_shared<model::RunPlan>();
  PlanReader(from, *this).read(*plan);
  return plan;
}

}  // namespace cordyna::wire

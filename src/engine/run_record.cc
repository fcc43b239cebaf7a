// The fold of one run's events. It knows no other run: what a shared task-run returned is read in the run it was shared
// from.

#include "engine/run_record.h"

#include <type_traits>

namespace cordyna::engine {
namespace {

using model::TaskState;

class Fold {
 public:
  Fold(RunRecord& record, base::Seq seq, base::Time at) : record_(record), seq_(seq), at_(at) {}

  void operator()(const model::RunCreated& body) {
    if (record_.created != 0) return;
    record_.head = body;
    record_.created = seq_;
    record_.created_at = at_;
    record_.edges = body.plan->edges;
    for (const auto& planned : body.plan->tasks) {
      TaskRunRecord task;
      task.shared_from = planned.shared_from;
      task.completion = planned.completion;
      if (planned.shared_from && model::is_final(planned.state)) {
        task.state = planned.state;
        if (planned.state == TaskState::skipped) task.skip = model::SkipReason::check;
        task.ended_at = at_;
        task.ended_seq = seq_;
      }
      record_.tasks.push_back(std::move(task));
    }
    for (const auto& [position, result] : body.plan->results) record_.tasks[position].result = result;
  }
  void operator()(const model::RunCancelRequested& body) {
    if (body.run == record_.head.run) record_.cancel_requested = true;
  }
  void operator()(const model::RunEnded& body) {
    if (body.run != record_.head.run) return;
    record_.state = body.state;
    record_.ended_at = at_;
  }
  /// The heir was a view; the attempt it goes on with is the old one's, which other events of this run do not tell.
  void operator()(const model::TaskHandedOver& body) {
    if (TaskRunRecord* heir = find(body.to)) heir->shared_from.reset();
  }
  template <class Body>
  requires requires(const Body& body) { body.at.position; }
  void operator()(const Body& body) {
    if (TaskRunRecord* task = find(body.at)) take(*task, body);
  }
  template <class Body>
  void operator()(const Body&) {}

 private:
  TaskRunRecord* find(const model::TaskRunRef& at) {
    if (record_.created == 0 || at.run != record_.head.run || at.position >= record_.tasks.size()) return nullptr;
    return &record_.tasks[at.position];
  }
  void end(TaskRunRecord& task, TaskState state) {
    task.state = state;
    task.ended_at = at_;
    task.ended_seq = seq_;
  }
  void complete(TaskRunRecord& task, std::uint32_t attempt) { task.completion = {record_.head.run, attempt, seq_}; }

  void take(TaskRunRecord& task, const model::CommandRun& body) {
    task.state = TaskState::invoked;
    task.attempt = body.attempt;
    task.instance = body.instance;
    task.invoked_at = at_;
    task.queued_at.reset();
    task.started_at.reset();
  }
  void take(TaskRunRecord& task, const model::CommandAssigned& body) { task.instance = body.instance; }
  void take(TaskRunRecord& task, const model::TaskQueued&) {
    task.state = TaskState::queued;
    task.queued_at = at_;
  }
  void take(TaskRunRecord& task, const model::TaskStarted&) {
    task.state = TaskState::started;
    task.started_at = at_;
  }
  void take(TaskRunRecord& task, const model::TaskProgress& body) {
    task.progress_permille = body.permille;
    task.progress_message = body.message;
  }
  void take(TaskRunRecord& task, const model::TaskCompleted& body) {
    end(task, TaskState::completed);
    task.failure.reset();
    task.result = body.result;
    complete(task, body.attempt);
  }
  void take(TaskRunRecord& task, const model::TaskFailed& body) {
    end(task, TaskState::error);
    task.failure = body.failure;
    task.root = {record_.head.run, body.task, body.failure.code};
  }
  void take(TaskRunRecord& task, const model::TaskBlocked& body) {
    end(task, TaskState::blocked);
    task.root = body.root;
  }
  void take(TaskRunRecord& task, const model::TaskSkipped& body) {
    end(task, TaskState::skipped);
    task.skip = body.reason;
    task.skip_text = body.text;
    if (body.reason == model::SkipReason::check) complete(task, 0);
  }
  void take(TaskRunRecord& task, const model::TaskCancelled&) { end(task, TaskState::cancelled); }
  void take(TaskRunRecord& task, const model::TaskRetry& body) {
    task.state = TaskState::pending;
    task.instance = model::no_instance;
    task.failure = body.failure;
    task.progress_permille = 0;
    task.progress_message.clear();
  }
  void take(TaskRunRecord&, const model::TaskPinned& body) {
    const model::PlannedTask& planned = record_.head.plan->tasks[body.at.position];
    for (std::uint32_t i = 0; i < planned.edge_count && i < body.taken.size(); ++i) {
      model::PlannedEdge& edge = record_.edges[planned.first_edge + i];
      if (edge.how != model::How::awaited) continue;
      edge.how = model::How::completion;
      edge.taken = body.taken[i];
    }
  }
  void take(TaskRunRecord& task, const model::TaskFollowed& body) {
    end(task, body.state);
    task.skip = body.skip;
    task.shared_from = body.shared_from;
    const bool is_completion = body.state == model::TaskState::completed || body.skip == model::SkipReason::check;
    if (is_completion) task.completion = body.completion;  // else it is an end that `require: finished` takes
    task.root = body.root;
  }
  void take(TaskRunRecord& task, const model::TaskLate& body) {
    if (body.state == "completed" || !task.late) task.late = body;
  }
  template <class Body>
  void take(TaskRunRecord&, const Body&) {}

  RunRecord& record_;
  const base::Seq seq_;
  const base::Time at_;
};

}  // namespace

void RunRecord::add(const model::Event& event, base::Seq seq, base::Time at) {
  std::visit(Fold(*this, seq, at), event.body);
}

}  // namespace cordyna::engine

#include "task_server/work_pool.h"

#include <exception>
#include <utility>

#include "cordyna/task_context.h"
#include "task_server/running_task.h"
#include "task_server/texts.h"

namespace cordyna::task_server {
namespace {

using model::state_update;
using model::Update;
using model::UpdateState;

Update error_update(const std::string& token, model::TaskError error) {
  Update update = state_update(token, UpdateState::error);
  update.error = std::move(error);
  return update;
}

std::string_view without_server(std::string_view task) {
  const std::size_t slash = task.find('/');
  return slash == std::string_view::npos ? task : task.substr(slash + 1);
}

model::TaskError wire_error(const Error& error) {
  model::TaskError wire = task_error("task_failed", error.message, error.hint);
  if (error.detail.is_object()) wire.detail = error.detail.json();
  wire.fatal = error.fatal;
  wire.retry = error.retry;
  return wire;
}

/// Everything a team's code may throw is caught here.
template <class Call>
std::optional<std::string> thrown_by(Call call) {
  try {
    call();
    return std::nullopt;
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "the handler threw something that is no std::exception";
  }
}

Update run_work(const Work& work, RunningTask& running) {
  TaskContext context(running);
  Outcome outcome;
  const auto thrown = thrown_by([&] { outcome = work(context); });
  const std::string& token = running.run().token;
  if (running.was_stopped()) return state_update(token, UpdateState::cancelled);
  if (thrown) return error_update(token, task_error("task_failed", *thrown));
  if (outcome.error()) return error_update(token, wire_error(*outcome.error()));
  return running.final_update();
}

Update run_check(const std::function<bool(TaskContext&)>& check, RunningTask& running) {
  TaskContext context(running);
  bool yes = false;
  const auto thrown = thrown_by([&] { yes = check(context); });
  Update update = state_update(running.run().token, yes && !thrown ? UpdateState::check_yes : UpdateState::check_no);
  if (thrown) update.reason = error_text(*thrown);
  return update;
}

}  // namespace

struct WorkPool::Shared : std::enable_shared_from_this<Shared> {
  struct Queue {
    explicit Queue(std::size_t most) : threads_max(most) {}

    const std::size_t threads_max;
    std::deque<Job> jobs;
    std::condition_variable changed;
    std::size_t idle = 0;  // threads that wait for a job
    bool coming = false;   // one of them has been woken, or a new one made, and is not here yet
    std::vector<std::thread> threads;
  };
  TaskTable tasks;
  std::shared_ptr<Mailbox> mailbox;
  std::mutex mutex;
  Queue runs;
  Queue checks{1};
  std::map<std::string, std::stop_source, std::less<>> running;
  bool ending = false;

  explicit Shared(std::uint32_t slots) : runs(slots) {}

  /// Wakes or makes a thread when a job waits. One at a time, and each calls the next: a burst of short jobs is done by
  /// the few threads that were there first, instead of by a wake-up for each.
  void call_another(Queue& queue) {
    if (queue.jobs.empty() || queue.coming) return;
    if (queue.idle > 0) {
      queue.coming = true;
      queue.changed.notify_one();
    } else if (queue.threads.size() < queue.threads_max && !ending) {
      queue.threads.emplace_back([shared = shared_from_this(), &queue] { shared->work(queue); });
      queue.coming = true;
    }
  }

  void work(Queue& queue) {
    std::unique_lock lock(mutex);
    queue.coming = false;
    while (true) {
      while (queue.jobs.empty() && !ending) {
        ++queue.idle;
        queue.changed.wait(lock);
        --queue.idle;
        queue.coming = false;
      }
      if (queue.jobs.empty()) return;
      Job job = std::move(queue.jobs.front());
      queue.jobs.pop_front();
      call_another(queue);
      const std::string token = job.run.token;
      lock.unlock();
      Update update = done(std::move(job));
      lock.lock();
      running.erase(token);
      mailbox->post(std::move(update));
    }
  }

  Update done(Job job) {
    const auto task = tasks.find(without_server(job.run.task));
    const bool is_check = job.is_check;
    RunningTask running_task(std::move(job.run), *mailbox, job.stop.get_token());
    const std::string& token = running_task.run().token;
    const bool known = task != tasks.end() && (is_check ? task->second.check != nullptr : task->second.run != nullptr);
    if (!known && is_check) return state_update(token, UpdateState::check_no);
    if (!known)
      return error_update(token, task_error("task_failed", "this task-server does not know " + running_task.run().task,
                                            "declare it again, or forget the server"));
    return is_check ? run_check(task->second.check, running_task) : run_work(task->second.run, running_task);
  }

  void end() {
    const std::lock_guard lock(mutex);
    ending = true;
    runs.changed.notify_all();
    checks.changed.notify_all();
  }
};

WorkPool::WorkPool(TaskTable tasks, std::uint32_t slots, std::shared_ptr<Mailbox> mailbox)
    : shared_(std::make_shared<Shared>(slots)) {
  shared_->tasks = std::move(tasks);
  shared_->mailbox = std::move(mailbox);
}

WorkPool::~WorkPool() {
  shared_->end();
  for (auto* queue : {&shared_->runs, &shared_->checks})
    for (std::thread& thread : queue->threads) thread.join();
}

void WorkPool::submit(Job job) {
  const std::lock_guard lock(shared_->mutex);
  Shared::Queue& queue = job.is_check ? shared_->checks : shared_->runs;
  shared_->running.emplace(job.run.token, job.stop);
  queue.jobs.push_back(std::move(job));
  shared_->call_another(queue);
}

void WorkPool::start(model::RunCommand run) {
  submit({std::move(run), {}, false});
}

void WorkPool::check(model::CheckCommand check) {
  model::RunCommand run;
  run.run_id = std::move(check.run_id);
  run.task = std::move(check.task);
  run.token = std::move(check.token);
  run.env = std::move(check.env);
  run.params = std::move(check.params);
  run.scheduled_at = std::move(check.scheduled_at);
  run.created_at = std::move(check.created_at);
  run.timezone = std::move(check.timezone);
  submit({std::move(run), {}, true});
}

void WorkPool::cancel(const std::string& token, bool) {
  std::stop_source stop(std::nostopstate);
  {
    const std::lock_guard lock(shared_->mutex);
    const auto running = shared_->running.find(token);
    if (running == shared_->running.end()) return;
    stop = running->second;
  }
  stop.request_stop();  // outside the lock: a team's stop_callback runs in here
}

void WorkPool::abandon() {
  shared_->end();
  for (auto* queue : {&shared_->runs, &shared_->checks}) {
    for (std::thread& thread : queue->threads) thread.detach();
    queue->threads.clear();
  }
}

}  // namespace cordyna::task_server

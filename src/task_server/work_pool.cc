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

struct WorkPool::Shared {
  struct Queue {
    std::deque<Job> jobs;
    std::condition_variable changed;
    std::size_t idle = 0;  // threads that wait for a job
  };
  TaskTable tasks;
  std::shared_ptr<Mailbox> mailbox;
  std::mutex mutex;
  Queue runs;
  Queue checks;
  std::map<std::string, std::stop_source, std::less<>> running;
  bool ending = false;

  void work(Queue& queue) {
    std::unique_lock lock(mutex);
    while (true) {
      ++queue.idle;
      queue.changed.wait(lock, [&] { return ending || !queue.jobs.empty(); });
      --queue.idle;
      if (queue.jobs.empty()) return;
      Job job = std::move(queue.jobs.front());
      queue.jobs.pop_front();
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
    : shared_(std::make_shared<Shared>()), slots_(slots) {
  shared_->tasks = std::move(tasks);
  shared_->mailbox = std::move(mailbox);
  check_thread_ = std::thread([shared = shared_] { shared->work(shared->checks); });
}

WorkPool::~WorkPool() {
  shared_->end();
  if (!check_thread_.joinable()) return;
  for (std::thread& thread : threads_) thread.join();
  check_thread_.join();
}

void WorkPool::submit(Job job) {
  const std::lock_guard lock(shared_->mutex);
  Shared::Queue& queue = job.is_check ? shared_->checks : shared_->runs;
  shared_->running.emplace(job.run.token, job.stop);
  const bool is_check = job.is_check;
  queue.jobs.push_back(std::move(job));
  if (!is_check && queue.idle < queue.jobs.size() && threads_.size() < slots_)
    threads_.emplace_back([shared = shared_] { shared->work(shared->runs); });
  else
    queue.changed.notify_one();
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
  for (std::thread& thread : threads_) thread.detach();
  threads_.clear();
  check_thread_.detach();
}

}  // namespace cordyna::task_server

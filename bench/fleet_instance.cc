#include "fleet_instance.h"

#include <utility>

#include "measure.h"

namespace cordyna::bench {
namespace {

constexpr int crew_size = 2;

task_server::RuntimeOptions runtime_options(task_server::SessionOptions session) {
  task_server::RuntimeOptions options;
  options.session = std::move(session);
  return options;
}

}  // namespace

Crew::Crew(std::function<void(const std::string& task)> work) : work_(std::move(work)) {
  for (int i = 0; i < crew_size; ++i) threads_.emplace_back([this] { serve(); });
}

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

void Crew::start(model::RunCommand run, task_server::Mailbox& mailbox) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back({std::move(run), &mailbox});
  changed_.notify_one();
}

void Crew::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (ending_) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    work_(job.run.task);
    job.mailbox->post(model::state_update(job.run.token, model::UpdateState::completed));
    lock.lock();
  }
}

FleetInstance::FleetInstance(Shared shared, task_server::SessionOptions session, std::function<void()> wake)
    : shared_(shared),
      wake_(wake),
      mailbox_(std::move(wake)),
      runtime_(*this, mailbox_, *this, runtime_options(std::move(session))) {}

void FleetInstance::pass() {
  if (!runtime_.pass()) give_up("cerebro refused the declaration of a fleet");
}

void FleetInstance::poll(base::TransportEvents& events) {
  for (const auto& event : std::exchange(arrived_, {})) event(events);
}

base::ConnectionId FleetInstance::dial(const std::string& url, const std::string& subprotocol) {
  const base::ConnectionId connection = shared_.network.dial(url, subprotocol);
  shared_.owners[connection] = this;
  return connection;
}

}  // namespace cordyna::bench

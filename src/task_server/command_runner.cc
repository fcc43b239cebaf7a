#include "task_server/command_runner.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace cordyna::task_server {
namespace {

std::vector<std::string> own_environment(const std::string& mark) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("CORDYNA_SCRATCH=")) environment.emplace_back(*entry);
  environment.push_back(mark);
  return environment;
}

std::string_view without_server(std::string_view task) {
  return task.substr(task.find('/') + 1);
}

model::RunCommand as_run(model::CheckCommand check) {
  model::RunCommand run;
  run.run_id = std::move(check.run_id);
  run.task = std::move(check.task);
  run.token = std::move(check.token);
  run.env = std::move(check.env);
  run.params = std::move(check.params);
  run.inputs = "{}";
  run.scheduled_at = std::move(check.scheduled_at);
  run.created_at = std::move(check.created_at);
  run.timezone = std::move(check.timezone);
  return run;
}

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << (text.empty() ? "{}" : text);
  file.close();
  return !file.fail();
}

}  // namespace

CommandRunner::CommandRunner(std::shared_ptr<const CommandTable> table, Guardian& guardian,
                             std::shared_ptr<Mailbox> mailbox)
    : guardian_(guardian),
      mailbox_(std::move(mailbox)),
      environment_(own_environment(guardian.mark())),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      table_(std::move(table)) {
  base::check(wake_.is_open());
  thread_ = std::thread([this] { work(); });
}

CommandRunner::~CommandRunner() {
  ask(End{});
  thread_.join();
}

void CommandRunner::start(model::RunCommand run) {
  ask(Start{std::move(run), false, nullptr});
}

void CommandRunner::check(model::CheckCommand check) {
  ask(Start{as_run(std::move(check)), true, nullptr});
}

void CommandRunner::cancel(const std::string& token, bool given_up) {
  ask(Cancel{token, given_up});
}

void CommandRunner::replace(std::shared_ptr<const CommandTable> table) {
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
}

void CommandRunner::ask(Request request) {
  {
    const std::lock_guard lock(mutex_);
    if (auto* start = std::get_if<Start>(&request)) start->table = table_;
    requests_.push_back(std::move(request));
  }
  const std::uint64_t one = 1;
  while (write(wake_.number(), &one, sizeof one) < 0 && errno == EINTR) continue;
}

void CommandRunner::work() {
  while (!ending_) {
    wait_and_read();
    std::vector<Request> requests;
    {
      const std::lock_guard lock(mutex_);
      requests = std::exchange(requests_, {});
    }
    for (Request& request : requests) std::visit([this](auto& known) { serve(known); }, request);
  }
  for (auto& [token, attempt] : attempts_) {
    attempt->kill();
    const pid_t group = attempt->group();
    attempt->finish();
    guardian_.release(group);
  }
}

void CommandRunner::serve(Start& start) {
  const std::string token = start.run.token;
  const auto not_possible = [&](const base::Error& error) {
    mailbox_->post(not_started(token, start.is_check, error));
  };
  const auto command = start.table->find(without_server(start.run.task));
  if (command == start.table->end()) {
    not_possible({"unknown_task", "this task-server does not know " + start.run.task + " any more"});
    return;
  }
  if (start.is_check && command->second.check.empty()) {
    not_possible({"no_check", start.run.task + " has no check"});
    return;
  }
  CommandAttempt::Plan plan{token, start.is_check, command->second.grace, {}};
  const std::string stem = guardian_.folder() + '/' + std::to_string(++files_made_);
  plan.files = {stem + "-inputs.json", start.is_check ? std::string() : stem + "-result.json"};
  auto process_plan = plan_of(command->second, start.run, start.is_check, plan.files, environment_);
  if (!process_plan) {
    not_possible(process_plan.error());
    return;
  }
  if (!write_file(plan.files.inputs, start.run.inputs)) {
    std::remove(plan.files.inputs.c_str());
    not_possible({"spawn_failed", "cannot write " + plan.files.inputs + ": is the disk full?"});
    return;
  }
  auto process = Process::start(*process_plan);
  if (!process) {
    std::remove(plan.files.inputs.c_str());
    not_possible(process.error());
    return;
  }
  guardian_.guard(process->pid());
  attempts_[token] =
      std::make_unique<CommandAttempt>(std::move(plan), std::move(*process), *mailbox_, CommandAttempt::Clock::now());
}

void CommandRunner::serve(Cancel& cancel) {
  const auto attempt = attempts_.find(cancel.token);
  if (attempt != attempts_.end()) attempt->second->cancel(CommandAttempt::Clock::now(), cancel.given_up);
}

void CommandRunner::wait_and_read() {
  std::vector<pollfd> polls{{wake_.number(), POLLIN, 0}};
  auto next = CommandAttempt::Clock::time_point::max();
  for (const auto& [token, attempt] : attempts_) {
    attempt->add_polls(polls);
    next = std::min(next, attempt->deadline());
  }
  int timeout = -1;
  if (next != CommandAttempt::Clock::time_point::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - CommandAttempt::Clock::now());
    timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }
  if (poll(polls.data(), polls.size(), timeout) < 0) return;
  std::uint64_t count = 0;
  if ((polls[0].revents & POLLIN) != 0 && read(wake_.number(), &count, sizeof count) < 0) return;

  const auto now = CommandAttempt::Clock::now();
  for (auto next_attempt = attempts_.begin(); next_attempt != attempts_.end();) {
    CommandAttempt& attempt = *next_attempt->second;
    attempt.on_time(now);
    attempt.read_streams();
    if (!attempt.over(now)) {
      ++next_attempt;
      continue;
    }
    const pid_t group = attempt.group();
    mailbox_->post(attempt.finish());
    guardian_.release(group);
    next_attempt = attempts_.erase(next_attempt);
  }
}

}  // namespace cordyna::task_server

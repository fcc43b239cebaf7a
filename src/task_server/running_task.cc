#include "task_server/running_task.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/limits.h"
#include "base/time.h"
#include "cordyna/task_context.h"
#include "task_server/texts.h"

namespace cordyna {
namespace task_server {
namespace {

Value object_of(const std::string& json) {
  auto value = Value::parse(json);
  return value && value->is_object() ? std::move(*value) : Value::object();
}

}  // namespace

RunningTask::RunningTask(model::RunCommand run, Mailbox& mailbox, std::stop_token stop)
    : run_(std::move(run)),
      params_(object_of(run_.params)),
      inputs_(object_of(run_.inputs)),
      mailbox_(mailbox),
      stop_(std::move(stop)) {}

void RunningTask::progress(double fraction, std::string message) {
  model::Update update;
  update.token = run_.token;
  update.state = model::UpdateState::progress;
  const double within = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
  update.progress_permille = static_cast<std::uint32_t>(std::lround(within * 1000));
  update.progress_message = error_text(message);
  mailbox_.post(std::move(update));
}

void RunningTask::log(std::string_view line) {
  mailbox_.post(LogText{run_.token, std::string(line) + '\n'});
}

void RunningTask::result(Value result) {
  const std::lock_guard lock(mutex_);
  result_ = std::move(result);
}

void RunningTask::skip(std::string reason) {
  const std::lock_guard lock(mutex_);
  skip_reason_ = std::move(reason);
}

model::Update RunningTask::final_update() const {
  const std::lock_guard lock(mutex_);
  if (!skip_reason_) return completed_update(run_.token, result_ ? result_->json() : std::string());
  model::Update update;
  update.token = run_.token;
  update.state = model::UpdateState::skipped;
  update.reason = error_text(*skip_reason_);
  return update;
}

model::TaskError task_error(std::string code, std::string_view message, std::string_view hint) {
  model::TaskError error;
  error.code = std::move(code);
  error.message = message.empty() ? "failed without saying why" : error_text(message);
  error.hint = error_text(hint);
  return error;
}

model::Update completed_update(const std::string& token, std::string result_json) {
  model::Update update;
  update.token = token;
  update.state = model::UpdateState::completed;
  if (result_json.size() <= base::limits::result_bytes_max) {
    update.result = std::move(result_json);
    return update;
  }
  update.state = model::UpdateState::error;
  update.error = task_error("result_too_large",
                            "the result has more than " + std::to_string(base::limits::result_bytes_max) +
                                " bytes of JSON, which is what is kept at most",
                            "put the data where its readers find it and give its place as the result");
  return update;
}

}  // namespace task_server

const std::string& TaskContext::run_id() const {
  return running_.run().run_id;
}
const std::string& TaskContext::task() const {
  return running_.run().task;
}
std::uint32_t TaskContext::attempt() const {
  return running_.run().attempt;
}
const std::string& TaskContext::env() const {
  return running_.run().env;
}

std::optional<std::chrono::system_clock::time_point> TaskContext::scheduled_at() const {
  const auto time = base::parse_time(running_.run().scheduled_at);
  if (!time) return std::nullopt;
  return std::chrono::time_point_cast<std::chrono::system_clock::duration>(*time);
}

std::chrono::system_clock::time_point TaskContext::created_at() const {
  const auto time = base::parse_time(running_.run().created_at);
  return std::chrono::time_point_cast<std::chrono::system_clock::duration>(time ? *time : base::Time());
}

const Value& TaskContext::params() const {
  return running_.params();
}
const Value& TaskContext::inputs() const {
  return running_.inputs();
}
const Value& TaskContext::input(std::string_view upstream) const {
  return running_.inputs()[upstream];
}
void TaskContext::progress(double fraction, std::string message) {
  running_.progress(fraction, std::move(message));
}
void TaskContext::log(std::string_view line) {
  running_.log(line);
}
void TaskContext::result(Value result) {
  running_.result(std::move(result));
}
void TaskContext::skip(std::string reason) {
  running_.skip(std::move(reason));
}
std::stop_token TaskContext::stop_token() const {
  return running_.stop_token();
}

}  // namespace cordyna

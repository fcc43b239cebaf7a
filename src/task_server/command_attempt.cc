#include "task_server/command_attempt.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/limits.h"
#include "task_server/running_task.h"
#include "task_server/texts.h"

namespace cordyna::task_server {
namespace {

using model::state_update;
using model::Update;
using model::UpdateState;
using Json = nlohmann::json;

constexpr auto linger_period = std::chrono::milliseconds(20);
constexpr int exit_fatal = 65;                      // "retrying is useless"
constexpr int exit_retry = 75;                      // "retry me"
constexpr std::size_t read_bytes_max = 256U << 10;  // of one stream at a time

/// At most one byte more than a result may have.
std::string result_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(base::limits::result_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (file.is_open() && size < text.size()) {
    const ssize_t got = ::read(file.number(), text.data() + size, text.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

}  // namespace

CommandAttempt::CommandAttempt(Plan plan, Process process, Mailbox& mailbox, Clock::time_point now)
    : plan_(std::move(plan)), process_(std::move(process)), mailbox_(mailbox) {
  if (plan_.is_check) deadline_ = now + base::limits::check_patience;
}

CommandAttempt::~CommandAttempt() {
  if (!plan_.files.inputs.empty()) std::remove(plan_.files.inputs.c_str());
  if (!plan_.files.result.empty()) std::remove(plan_.files.result.c_str());
}

void CommandAttempt::add_polls(std::vector<pollfd>& polls) const {
  if (look_again_ == Clock::time_point::max()) polls.push_back({process_.end_descriptor(), POLLIN, 0});
  auto& process = const_cast<Process&>(process_);
  for (const Descriptor* stream : {&process.out(), &process.err()})
    if (stream->is_open()) polls.push_back({stream->number(), POLLIN, 0});
}

void CommandAttempt::read_streams() {
  if (process_.out().is_open() && !read_stream(process_.out(), true)) process_.out().close();
  if (process_.err().is_open() && !read_stream(process_.err(), false)) process_.err().close();
  post_log();
}

/// False at the end of the stream.
bool CommandAttempt::read_stream(Descriptor& stream, bool is_stdout) {
  char buffer[32U << 10];
  for (std::size_t total = 0; total < read_bytes_max;) {
    const ssize_t size = ::read(stream.number(), buffer, sizeof buffer);
    if (size == 0) return false;
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    total += static_cast<std::size_t>(size);
    const std::string_view bytes(buffer, static_cast<std::size_t>(size));
    if (!is_stdout) {
      lines_.add_stderr(bytes);
    } else if (auto said = lines_.add_stdout(bytes); said && !plan_.is_check) {
      Update update = state_update(plan_.token, UpdateState::progress);
      update.progress_permille = said->permille;
      update.progress_message = std::move(said->message);
      mailbox_.post(std::move(update));
    }
  }
  return true;
}

void CommandAttempt::post_log() {
  std::string text = lines_.take_log();
  if (!text.empty() && !plan_.is_check) mailbox_.post(LogText{plan_.token, std::move(text)});
}

void CommandAttempt::cancel(Clock::time_point now, bool given_up) {
  given_up_ = given_up;
  if (std::exchange(stop_asked_, true)) return;
  process_.signal_group(SIGTERM);
  deadline_ = now + plan_.grace;
}

void CommandAttempt::kill() {
  process_.signal_group(SIGKILL);
  killed_ = true;
  deadline_ = Clock::time_point::max();
}

void CommandAttempt::on_time(Clock::time_point now) {
  if (now < deadline_) return;
  timed_out_ = plan_.is_check && !stop_asked_;
  kill();
}

bool CommandAttempt::over(Clock::time_point now) {
  pollfd end{process_.end_descriptor(), POLLIN, 0};
  if (poll(&end, 1, 0) != 1) return false;
  const bool lingers = stop_asked_ && !killed_ && process_.group_has_others();
  look_again_ = lingers ? now + linger_period : Clock::time_point::max();
  return !lingers;
}

Update CommandAttempt::finish() {
  const Exit exit = process_.reap();
  // What it wrote last is still in the pipes. Their end is not waited for: a daemon that left the group may hold them.
  for (auto* stream : {&process_.out(), &process_.err()})
    while (stream->is_open() && read_stream(*stream, stream == &process_.out())) {
      pollfd more{stream->number(), POLLIN, 0};
      if (poll(&more, 1, 0) != 1) break;
    }
  lines_.end();
  post_log();
  return update_of(exit);
}

Update CommandAttempt::update_of(const Exit& exit) {
  const bool good = exit.code == 0 && exit.signal == 0;
  if (plan_.is_check) {
    Update update = state_update(plan_.token, good ? UpdateState::check_yes : UpdateState::check_no);
    if (timed_out_) update.reason = "the check gave no answer within 10 s";
    return update;
  }
  if (stop_asked_ && !(good && given_up_)) return state_update(plan_.token, UpdateState::cancelled);
  if (!good) return error_of(exit);
  if (lines_.skip_reason()) {
    Update update = state_update(plan_.token, UpdateState::skipped);
    update.reason = error_text(*lines_.skip_reason());
    return update;
  }
  return result_update();
}

Update CommandAttempt::error_of(const Exit& exit) const {
  const std::string how =
      exit.signal != 0 ? fmt::format("ended by signal {}", exit.signal) : fmt::format("exit code {}", exit.code);
  const std::string tail = lines_.stderr_tail();
  Update update = state_update(plan_.token, UpdateState::error);
  const std::string said = lines_.error() && !lines_.error()->empty() ? *lines_.error() : tail;
  update.error = task_error("task_failed", said.empty() ? how + ", nothing on stderr" : said, lines_.hint());
  Json detail = Json::object();
  if (exit.signal != 0)
    detail["signal"] = exit.signal;
  else
    detail["exit_code"] = exit.code;
  if (!tail.empty()) detail["stderr"] = error_text(tail);
  update.error.detail = detail.dump(-1, ' ', false, Json::error_handler_t::replace);
  update.error.fatal = exit.signal == 0 && exit.code == exit_fatal;
  update.error.retry = exit.signal == 0 && exit.code == exit_retry;
  return update;
}

Update CommandAttempt::result_update() const {
  std::string text = result_file(plan_.files.result);
  if (is_blank(text)) return completed_update(plan_.token, {});
  if (text.size() <= base::limits::result_bytes_max && !Json::accept(text)) {
    Update update = state_update(plan_.token, UpdateState::error);
    update.error = task_error("bad_result", "what the command wrote to $CORDYNA_RESULT is not JSON",
                              "write one JSON value, for example {\"rows\": 42}");
    update.error.detail = R"({"exit_code":0})";
    return update;
  }
  return completed_update(plan_.token, std::move(text));
}

Update not_started(const std::string& token, bool is_check, const base::Error& error) {
  if (is_check) {
    Update update = state_update(token, UpdateState::check_no);
    update.reason = error_text(error.message);
    return update;
  }
  Update update = state_update(token, UpdateState::error);
  update.error = task_error(error.code == "spawn_failed" ? "spawn_failed" : "task_failed", error.message);
  return update;
}

}  // namespace cordyna::task_server

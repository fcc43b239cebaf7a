#include "task_server/outbox.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/mutant.h"
#include "task_server/texts.h"

namespace cordyna::task_server {
namespace {

using model::Update;
using model::UpdateState;
namespace limits = base::limits;

constexpr std::size_t chunk_bytes_max = 64U << 10;  // texts are joined up to this size
constexpr std::string_view cut_mark = "\n[cordyna: the log of this attempt is full, nothing more is kept]\n";
constexpr std::string_view dropped_mark = "\n[cordyna: log text was dropped here, cerebro did not take it in time]\n";

/// What an update costs on the wire, roughly: only the size of messages depends on it.
std::size_t size_of(const Update& update) {
  return 64 + update.token.size() + update.result.size() + update.observed.size() + update.error.message.size() +
         update.error.detail.size() + update.error.hint.size() + update.reason.size() + update.progress_message.size();
}

}  // namespace

bool is_final(UpdateState state) {
  return state == UpdateState::completed || state == UpdateState::error || state == UpdateState::cancelled ||
         state == UpdateState::skipped;
}

void Outbox::add(Update update) {
  Stream& stream = streams_[update.token];
  if (update.state == UpdateState::progress) {
    if (stream.finished) return;
    if (stream.progress_in_flight) {
      stream.progress = std::move(update);
      return;
    }
    stream.progress_in_flight = true;
  }
  if (is_final(update.state)) {
    stream.finished = true;
    stream.progress.reset();
  }
  fresh_.push_back(std::move(update));
}

void Outbox::add_log(const std::string& token, std::string_view text) {
  Stream& stream = streams_[token];
  if (stream.finished || stream.cut || text.empty()) return;
  const std::string_view kept = whole_characters(text, limits::log_bytes_max - stream.taken);
  stream.taken += kept.size();
  queue_text(token, kept);
  if (kept.size() < text.size()) {
    stream.cut = true;
    queue_text(token, cut_mark);
  }
  while (log_bytes_ > limits::log_unsent_bytes_max) drop_oldest_log();
}

void Outbox::queue_text(const std::string& token, std::string_view text) {
  log_bytes_ += text.size();
  streams_[token].unsent += text.size();
  while (!text.empty()) {
    const std::string_view chunk = whole_characters(text, chunk_bytes_max);
    if (!log_.empty() && log_.back().token == token && log_.back().text.size() + chunk.size() <= chunk_bytes_max)
      log_.back().text += chunk;
    else
      log_.push_back({token, std::string(chunk)});
    text.remove_prefix(chunk.size());
  }
}

/// Drops the oldest text that is not a mark itself and leaves one mark where text of that attempt is missing.
void Outbox::drop_oldest_log() {
  Text oldest = std::move(log_.front());
  log_.pop_front();
  Stream& stream = streams_[oldest.token];
  log_bytes_ -= oldest.text.size();
  stream.unsent -= oldest.text.size();
  const auto next =
      std::find_if(log_.begin(), log_.end(), [&](const Text& text) { return text.token == oldest.token; });
  if (next != log_.end() && next->text.starts_with(dropped_mark)) return;
  log_bytes_ += dropped_mark.size();
  stream.unsent += dropped_mark.size();
  if (next != log_.end())
    next->text.insert(0, dropped_mark);
  else
    log_.push_back({oldest.token, std::string(dropped_mark)});
}

void Outbox::take(std::size_t bytes_max, std::vector<model::Item>& items) {
  std::size_t bytes = 0;
  take_log(bytes_max, bytes, items);
  number_fresh();
  for (; sent_ < numbered_.size() && bytes < bytes_max; ++sent_) {
    bytes += size_of(numbered_[sent_]);
    items.emplace_back(numbered_[sent_]);
  }
}

void Outbox::take_log(std::size_t bytes_max, std::size_t& bytes, std::vector<model::Item>& items) {
  // Half of a message at most, so that a task that prints without end never holds back the updates of the others.
  while (!log_.empty() && bytes < bytes_max / 2) {
    Text& text = log_.front();
    Stream& stream = streams_[text.token];
    const std::size_t size = text.text.size();
    bytes += size + 32;
    log_bytes_ -= size;
    stream.unsent -= size;
    const std::uint64_t offset = std::exchange(stream.sent, stream.sent + size);
    items.emplace_back(model::Log{std::move(text.token), offset, std::move(text.text)});
    log_.pop_front();
  }
}

void Outbox::number_fresh() {
  std::deque<Update> held;
  for (Update& update : fresh_) {
    if (is_final(update.state) && streams_[update.token].unsent > 0) {
      held.push_back(std::move(update));
      continue;
    }
    update.n = ++last_n_;
    numbered_.push_back(std::move(update));
  }
  fresh_ = std::move(held);
}

std::vector<std::string> Outbox::acknowledge(std::uint64_t n) {
  std::vector<std::string> finished;
  while (!numbered_.empty() && numbered_.front().n <= n + (base::mutant("acknowledges_one_more") ? 1 : 0)) {
    Update update = std::move(numbered_.front());
    numbered_.pop_front();
    if (sent_ > 0) --sent_;
    const bool answers_check = update.state == UpdateState::check_yes || update.state == UpdateState::check_no;
    if (is_final(update.state) || answers_check) {
      streams_.erase(update.token);
      if (!answers_check) finished.push_back(std::move(update.token));
    } else if (update.state == UpdateState::progress) {
      Stream& stream = streams_[update.token];
      stream.progress_in_flight = false;
      if (auto next = std::exchange(stream.progress, std::nullopt)) add(std::move(*next));
    }
  }
  return finished;
}

}  // namespace cordyna::task_server

// Frames are `id: SEQ`, `event: KIND`, `data: EVENT`; Last-Event-ID resumes behind the last one.

#include "cerebro/live.h"

#include <algorithm>

#include "base/limits.h"
#include "base/mutant.h"
#include "cerebro/event_document.h"
#include "cerebro/log_keys.h"
#include "cerebro/problem.h"

namespace cordyna::cerebro {

namespace limits = base::limits;

namespace {

constexpr std::size_t batches_a_read = 64;

}  // namespace

void Live::subscribe(base::ConnectionId connection, EventFilter filter, std::optional<base::Seq> after,
                     base::Seq durable) {
  if (subscribers_.size() >= limits::sse_clients_max)
    return transport_.respond(connection, response_of({503,
                                                       "too_many_streams",
                                                       "too many clients follow the events; close one, or read "
                                                       "GET /api/v1/events?after=SEQ from time to time",
                                                       {}}));
  durable_ = std::max(durable_, durable);
  Subscriber subscriber;
  subscriber.connection = connection;
  subscriber.filter = std::move(filter);
  subscriber.next = after ? std::min(*after, durable_) + 1 : durable_ + 1;
  if (base::mutant("stream_skips") && after) ++subscriber.next;
  if (base::mutant("stream_repeats") && subscriber.next > 1) --subscriber.next;
  subscriber.catching_up = subscriber.next <= durable_;
  subscriber.flushed_at = now_ - base::Duration(limits::sse_flush_period);
  transport_.start_stream(connection, {200,
                                       {{"content-type", "text/event-stream; charset=utf-8"},
                                        {"cache-control", "no-store"},
                                        {"x-accel-buffering", "no"}},
                                       ""});
  transport_.write(connection, ": from " + std::to_string(subscriber.next) + "\n\n");
  auto& placed = subscribers_[connection.value] = std::move(subscriber);
  if (placed.catching_up) read_on(placed);
}

bool Live::wants(const EventFilter& filter, const model::Event& event) const {
  if (!filter.run && filter.task.empty() && filter.server.empty()) return true;
  std::vector<log::Key> keys;
  add_keys(event, state_, keys);
  const auto has = [&keys](log::KeyKind kind, const std::string& id) {
    return std::find(keys.begin(), keys.end(), log::Key{kind, id}) != keys.end();
  };
  return (!filter.run || has(log::KeyKind::run, run_key(*filter.run))) &&
         (filter.task.empty() || has(log::KeyKind::task, filter.task)) &&
         (filter.server.empty() || has(log::KeyKind::server, filter.server));
}

std::string Live::frame(const model::Event& event, base::Seq seq, base::Time at) const {
  return "id: " + std::to_string(seq) + "\nevent: " + std::string(model::kind(event.body)) +
         "\ndata: " + event_document(event, seq, at, state_).dump() + "\n\n";
}

void Live::publish(const Published& batch) {
  durable_ = batch.first_seq + batch.events.size() - 1;
  if (subscribers_.empty()) return;
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    const base::Seq seq = batch.first_seq + i;
    std::string rendered;  // once for all who want it
    for (auto& [connection, subscriber] : subscribers_) {
      if (subscriber.catching_up || subscriber.next > seq) continue;
      subscriber.next = seq + 1;
      if (!wants(subscriber.filter, batch.events[i])) continue;
      if (rendered.empty()) rendered = frame(batch.events[i], seq, batch.at);
      append(subscriber, rendered);
    }
  }
}

void Live::append(Subscriber& subscriber, const std::string& frame) {
  if (subscriber.out.size() + frame.size() + transport_.buffered(subscriber.connection) > limits::sse_backlog_bytes_max)
    return resync(subscriber, subscriber.next - 1);
  subscriber.out += frame;
}

void Live::resync(Subscriber& subscriber, base::Seq seq) {
  // What it has not been sent is dropped: it learns up to where, and reads that again when it wants it.
  subscriber.out = "id: " + std::to_string(seq) + "\nevent: resync\ndata: {\"seq\":" + std::to_string(seq) + "}\n\n";
}

void Live::read_on(Subscriber& subscriber) {
  if (subscriber.reading) return;
  subscriber.reading = true;
  const std::uint64_t connection = subscriber.connection.value;
  const base::Seq after = subscriber.next - 1;
  std::optional<log::Key> key;
  if (subscriber.filter.run)
    key = log::Key{log::KeyKind::run, run_key(*subscriber.filter.run)};
  else if (!subscriber.filter.task.empty())
    key = log::Key{log::KeyKind::task, subscriber.filter.task};
  else if (!subscriber.filter.server.empty())
    key = log::Key{log::KeyKind::server, subscriber.filter.server};
  readers_.run([this, connection, after, key]() -> Readers::Then {
    auto found = key ? log_.find_forward(*key, after, batches_a_read) : log_.batches_after(after, batches_a_read);
    base::Result<std::vector<LoggedEvent>> events = std::vector<LoggedEvent>();
    bool more = false;
    if (!found.ok()) {
      events = found.error();
    } else {
      more = found->next.has_value();
      for (const auto& batch : found->batches) {
        auto some = events_of(batch);
        if (!some.ok()) {
          events = some.error();
          break;
        }
        for (auto& one : *some) events->push_back(std::move(one));
      }
    }
    return
        [this, connection, events = std::move(events), more]() mutable { caught(connection, std::move(events), more); };
  });
}

void Live::caught(std::uint64_t connection, base::Result<std::vector<LoggedEvent>> events, bool more) {
  const auto found = subscribers_.find(connection);
  if (found == subscribers_.end()) return;
  Subscriber& subscriber = found->second;
  subscriber.reading = false;
  if (!events.ok()) {
    transport_.close(subscriber.connection, 1011, events.error().message);
    subscribers_.erase(found);
    return;
  }
  const base::Seq first = subscriber.next;
  for (const auto& one : *events) {
    if (one.seq < subscriber.next) continue;
    // Not yet published: it comes live, so that no one sees it before the loop has said so.
    if (one.seq > durable_) break;
    subscriber.next = one.seq + 1;
    if (wants(subscriber.filter, one.event)) subscriber.out += frame(one.event, one.seq, one.at);
  }
  if (!more && subscriber.next == first) subscriber.next = durable_ + 1;  // nothing of the rest is for it
  subscriber.catching_up = subscriber.next <= durable_;
  flush(subscriber, now_);
  if (subscriber.catching_up && subscriber.out.empty() &&
      transport_.buffered(subscriber.connection) <= limits::sse_backlog_bytes_max / 4)
    read_on(subscriber);
}

void Live::flush(Subscriber& subscriber, base::Duration now) {
  if (subscriber.out.empty()) return;
  transport_.write(subscriber.connection, std::exchange(subscriber.out, {}));
  subscriber.flushed_at = now;
}

void Live::advance(base::Duration now) {
  now_ = now;
  for (auto& [connection, subscriber] : subscribers_) {
    if (now < subscriber.flushed_at + base::Duration(limits::sse_flush_period)) continue;
    flush(subscriber, now);
    if (now >= subscriber.flushed_at + base::Duration(limits::sse_keep_alive)) {
      transport_.write(subscriber.connection, ":\n\n");
      subscriber.flushed_at = now;
    }
    if (subscriber.catching_up && transport_.buffered(subscriber.connection) <= limits::sse_backlog_bytes_max / 4)
      read_on(subscriber);
  }
}

std::optional<base::Duration> Live::due() const {
  std::optional<base::Duration> due;
  for (const auto& [connection, subscriber] : subscribers_) {
    const bool soon = !subscriber.out.empty() || (subscriber.catching_up && !subscriber.reading);
    const base::Duration at = subscriber.flushed_at + (soon ? base::Duration(limits::sse_flush_period)
                                                            : base::Duration(limits::sse_keep_alive));
    due = due ? std::min(*due, at) : at;
  }
  return due;
}

void Live::close_all() {
  for (auto& [connection, subscriber] : subscribers_) {
    flush(subscriber, now_);
    transport_.close(subscriber.connection, 1001, "cerebro stops");
  }
  subscribers_.clear();
}

}  // namespace cordyna::cerebro

// Follows files by looking at them: the writer of task logs needs to know nobody.

#include "cerebro/log_streams.h"

#include <algorithm>

#include "base/limits.h"
#include "base/utf8.h"
#include "cerebro/problem.h"

namespace cordyna::cerebro {

namespace limits = base::limits;

namespace {

/// The writer may lag: an attempt's log is complete when so many looks after its end brought nothing.
constexpr int looks_after_end = 3;
constexpr std::size_t bytes_a_look = 64U << 10;

/// How much of the text ends on a whole UTF-8 character; all of it when its end is no UTF-8 at all.
std::size_t whole_characters(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0U) == 0x80U) continue;
    const std::size_t wanted = byte >= 0xf0U ? 4 : byte >= 0xe0U ? 3 : byte >= 0xc0U ? 2 : 1;
    return wanted > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

void LogStreams::follow(base::ConnectionId connection, AttemptName attempt, std::uint64_t after) {
  if (followers_.size() >= limits::sse_clients_max)
    return transport_.respond(connection,
                              response_of({503, "too_many_streams", "too many clients follow logs; close one", {}}));
  transport_.start_stream(connection, {200,
                                       {{"content-type", "text/event-stream; charset=utf-8"},
                                        {"cache-control", "no-store"},
                                        {"x-accel-buffering", "no"}},
                                       ""});
  Follower follower;
  follower.connection = connection;
  follower.attempt = std::move(attempt);
  follower.next = after;
  follower.looked_at = now_ - base::Duration(limits::sse_flush_period);
  follower.sent_at = now_;
  followers_[connection.value] = std::move(follower);
}

void LogStreams::advance(base::Duration now) {
  now_ = now;
  for (auto& [connection, follower] : followers_) {
    if (follower.reading || now < follower.looked_at + base::Duration(limits::sse_flush_period)) continue;
    if (transport_.buffered(follower.connection) > limits::writable_mark_bytes) continue;
    if (now >= follower.sent_at + base::Duration(limits::sse_keep_alive)) {
      transport_.write(follower.connection, ":\n\n");
      follower.sent_at = now;
    }
    follower.reading = true;
    follower.looked_at = now;
    readers_.run([this, id = connection, attempt = follower.attempt, next = follower.next,
                  over = is_over_(follower.attempt)]() -> Readers::Then {
      auto part = logs_.read(attempt, next, bytes_a_look);
      return [this, id, over, part = std::move(part)]() mutable { got(id, std::move(part), over); };
    });
  }
}

void LogStreams::got(std::uint64_t connection, base::Result<LogPart> part, bool was_over) {
  const auto found = followers_.find(connection);
  if (found == followers_.end()) return;
  Follower& follower = found->second;
  follower.reading = false;
  const bool something = part.ok() && !part->text.empty();
  if (something) {
    const std::size_t whole = was_over && part->text.size() < 4 ? part->text.size() : whole_characters(part->text);
    follower.next += whole;
    const std::string text = base::repaired_utf8(std::string_view(part->text).substr(0, whole));
    if (whole > 0)
      transport_.write(follower.connection, "id: " + std::to_string(follower.next) +
                                                "\nevent: log\ndata: " + model::Json(text).dump() + "\n\n");
    follower.sent_at = now_;
    follower.quiet_after_end = 0;
    if (part->text.size() == bytes_a_look) follower.looked_at = now_ - base::Duration(limits::sse_flush_period);
    return;
  }
  if (!was_over || ++follower.quiet_after_end < looks_after_end) return;
  transport_.write(follower.connection, "id: " + std::to_string(follower.next) + "\nevent: end\ndata: {}\n\n");
  transport_.close(follower.connection, 1000, "the attempt is over");
  followers_.erase(found);
}

std::optional<base::Duration> LogStreams::due() const {
  std::optional<base::Duration> due;
  for (const auto& [connection, follower] : followers_) {
    if (follower.reading) continue;
    const base::Duration at = follower.looked_at + base::Duration(limits::sse_flush_period);
    due = due ? std::min(*due, at) : at;
  }
  return due;
}

void LogStreams::close_all() {
  for (auto& [connection, follower] : followers_) transport_.close(follower.connection, 1001, "cerebro stops");
  followers_.clear();
}

}  // namespace cordyna::cerebro

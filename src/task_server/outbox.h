#pragma once
// Outbox: what a task-server still has to tell cerebro. Updates are numbered when they are first sent and kept until
// cerebro's cumulative acknowledgement, over as many connections as that takes; log text is sent once and may be
// dropped. A final update leaves only after the log of its attempt, so that whoever sees an attempt end can read all of
// its log.
//
// Used by Session alone. Bounded: one final, one queued, one started and one unacknowledged progress update an attempt;
// log text by limits::log_bytes_max an attempt and limits::log_unsent_bytes_max in all.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutant.h"
#include "model/session.h"

namespace cordyna::task_server {

bool is_final(model::UpdateState state);

class Outbox {
 public:
  /// An update to be delivered; progress replaces an older progress of the same attempt that was not sent yet.
  void add(model::Update update);

  /// Text an attempt printed. Beyond limits::log_bytes_max of the attempt it is cut, with a mark.
  void add_log(const std::string& token, std::string_view text);

  /// Moves at most about `bytes_max` of what waits into `items`: log first, then updates that were lost with the former
  /// connection, then new ones.
  void take(std::size_t bytes_max, std::vector<model::Item>& items);

  /// The connection is gone: everything not acknowledged is sent again.
  void on_disconnected() {
    if (base::mutant("outbox_forgets"))
      numbered_.erase(numbered_.begin(), numbered_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
  }

  /// cerebro keeps all updates up to `n`. Returns the tokens whose final update was among them.
  std::vector<std::string> acknowledge(std::uint64_t n);

  bool has_unsent() const { return !log_.empty() || sent_ < numbered_.size() || !fresh_.empty(); }
  bool empty() const { return log_.empty() && numbered_.empty() && fresh_.empty(); }

 private:
  struct Text {
    std::string token;
    std::string text;
  };
  struct Stream {             // of one attempt
    std::uint64_t taken = 0;  // bytes accepted
    std::uint64_t sent = 0;   // bytes sent: the offset of the next text
    std::size_t unsent = 0;
    bool cut = false;
    bool progress_in_flight = false;
    std::optional<model::Update> progress;  // waits until the one before is acknowledged
    bool finished = false;                  // its final update was added
  };

  void queue_text(const std::string& token, std::string_view text);
  void drop_oldest_log();
  void take_log(std::size_t bytes_max, std::size_t& bytes, std::vector<model::Item>& items);
  void number_fresh();

  std::deque<model::Update> numbered_;  // sent at least once, in order of n
  std::size_t sent_ = 0;                // how many of them went out on this connection
  std::deque<model::Update> fresh_;     // not numbered yet
  std::deque<Text> log_;
  std::size_t log_bytes_ = 0;
  std::map<std::string, Stream, std::less<>> streams_;
  std::uint64_t last_n_ = 0;
};

}  // namespace cordyna::task_server

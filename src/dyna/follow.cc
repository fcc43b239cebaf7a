#include "dyna/follow.h"

#include <utility>

#include "dyna/absence.h"

namespace cordyna::dyna {
namespace {

/// One connection after another. `last_id_` is where the next one goes on.
class Follower {
 public:
  Follower(Context& context, const FollowOptions& options, const std::function<bool(const Json&)>& on_event)
      : context_(context), options_(options), on_event_(on_event), absence_(context) {}

  base::Result<void> follow() {
    while (true) {
      const auto head = context_.api.stream(request(), [&](const StreamEvent& event) { return on_frame(event); });
      if (stopped_) return {};
      if (std::exchange(dropped_, false)) continue;
      if (head && head->status != 200 && head->status != 503) return refusal(context_, *head);
      if (!head && !connected_ && head.error().code == "not_reachable") return connection_error(context_, head.error());
      connected_ = true;  // an orderly end is a connection too: from here on we wait for cerebro
      if (!absence_.wait(!head)) return connection_error(context_, {"not_reachable", "it is away for five minutes"});
    }
  }

 private:
  base::HttpRequest request() const {
    Question question{.path = "/events", .query = options_.query};
    if (last_id_.empty()) question.query.emplace_back("after", options_.after);
    question.headers.emplace_back("accept", "text/event-stream");
    if (!last_id_.empty()) question.headers.emplace_back("last-event-id", last_id_);
    return request_of(context_, question);
  }

  bool on_frame(const StreamEvent& frame) {
    connected_ = true;
    absence_.end();
    if (frame.kind == "resync") {  // we were too slow and cerebro dropped events: they are read again from the log
      if (last_id_.empty() && options_.after.empty()) last_id_ = frame.id;
      dropped_ = true;
      return false;
    }
    if (!frame.id.empty()) last_id_ = frame.id;
    const Json event = parsed(frame.data);
    if (!event.is_object()) return true;  // a comment or a heartbeat
    stopped_ = !on_event_(event);
    return !stopped_;
  }

  Context& context_;
  const FollowOptions& options_;
  const std::function<bool(const Json&)>& on_event_;
  Absence absence_;
  std::string last_id_;
  bool connected_ = false;
  bool stopped_ = false;
  bool dropped_ = false;
};

}  // namespace

base::Result<void> follow(Context& context, const FollowOptions& options,
                          const std::function<bool(const Json& event)>& on_event) {
  return Follower(context, options, on_event).follow();
}

}  // namespace cordyna::dyna

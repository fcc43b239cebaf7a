#pragma once
// The one thing dyna knows of the network: a request that is answered, and a stream of server-sent events. main.cc
// binds it to the HTTP client of net/, the tests bind it to a list of expected requests.

#include <functional>
#include <string>

#include "base/result.h"
#include "base/transport.h"

namespace cordyna::dyna {

/// One server-sent event: "id: ID", "event: KIND", "data: DATA".
struct StreamEvent {
  std::string id;
  std::string kind;
  std::string data;
};

using OnStreamEvent = std::function<bool(const StreamEvent&)>;

class Api {
 public:
  virtual ~Api() = default;

  /// Sends and waits for the whole answer, whatever its status. Errors: not_reachable (nobody listens there, so nothing
  /// was done), broken (the connection ended without an answer: it may have been done).
  virtual base::Result<base::HttpResponse> request(const base::HttpRequest& request) = 0;

  /// Calls `on_event` for every event until it answers false or the stream ends. The answer is the head (status 200),
  /// or the refusal with its body. Errors as above. Does not reconnect: that is follow()'s work.
  virtual base::Result<base::HttpResponse> stream(const base::HttpRequest& request, const OnStreamEvent& on_event) = 0;
};

}  // namespace cordyna::dyna

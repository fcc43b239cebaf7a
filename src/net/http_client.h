#pragma once
// HttpClient: the blocking HTTP/1.1 client of dyna. One connection at a time, kept for the next call to the same host;
// everything it waits for ends at a deadline or by stop(). It knows nothing of Network: a command that asks one
// question needs no event loop.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/transport.h"

namespace cordyna::net {

struct HttpCall {
  std::string method = "GET";
  std::string url{};                                           // http://host:port/path?query
  std::vector<std::pair<std::string, std::string>> headers{};  // host, content-length and connection are added
  std::string body{};
  base::Duration timeout = std::chrono::seconds(30);  // connect to whole answer; for a stream to its head
  /// A stream ends as `timeout` when not a byte came for so long; not given: it may be silent for ever.
  std::optional<base::Duration> silence_max = std::nullopt;
};

class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// The answer, whatever its status; header names in lower case. A GET or HEAD is repeated once when a kept connection
  /// proves to be dead; anything else never, since it might happen twice.
  /// Errors: bad_url; unreachable (not connected, or the connection broke); timeout; interrupted; bad_response.
  base::Result<base::HttpResponse> request(const HttpCall& call);

  /// Hands the body of a 2xx answer to `on_bytes` as it comes, in pieces of any size, until it ends or `on_bytes`
  /// returns false; the returned answer then has an empty body. Any other status is returned whole, as by request().
  /// Errors: those of request(); cut_off when the body ended early.
  base::Result<base::HttpResponse> stream(const HttpCall& call, const std::function<bool(std::string_view)>& on_bytes);

  /// From any thread or signal handler: the present call, and each later one, ends as `interrupted`.
  void stop();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace cordyna::net

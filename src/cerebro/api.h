#pragma once
// The seam between HTTP and the loop. Api turns requests into engine inputs and state into JSON documents; ApiHost is
// all it may ask of the loop, so that it is tested with a fake host and a fake transport, without sockets, log or
// threads. The Host header was checked, and /api/v1/connect was taken, before a request comes here.
//
// Everything here happens on the loop's thread, except the first half of search().

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/transport.h"
#include "cerebro/task_logs.h"
#include "engine/engine.h"
#include "log/event_log.h"
#include "model/validate.h"

namespace cordyna::cerebro {

/// Empty fields match everything; several must all match.
struct EventFilter {
  std::optional<base::RunId> run;
  std::string task;  // server/task
  std::string server;
};

class ApiHost {
 public:
  using Response = base::HttpResponse;
  /// Computes an answer from the state as it is in this pass.
  using Read = std::function<Response(const engine::State&)>;
  using Look = std::function<void(const engine::State&)>;
  using Answered = std::function<void(const engine::Answer&)>;
  using RecordFound = std::function<void(std::shared_ptr<const engine::RunRecord>)>;

  virtual ~ApiHost() = default;

  /// Decided in this pass after everything that was submitted before; `answered` is called once, when what was decided
  /// is durable. While the disk is full it is called with the refusal `disk_full` (507).
  virtual void submit(engine::Actor actor, engine::RequestBody body, Answered answered) = 0;

  /// Computes in this pass, after what was submitted before; responds when all that the state showed is durable.
  virtual void read(base::ConnectionId connection, Read compute) = 0;

  /// Sees the state in this pass, after what was submitted before. What it sees may not be durable yet: it answers by
  /// another of these ways. While the disk is full it is not called and the answer is 507.
  virtual void look(base::ConnectionId connection, Look see) = 0;

  /// `work` runs on a reader thread (it may take its time, and use what is thread-safe: the log, TaskLogs::read,
  /// parsing); what it returns then computes like a read. Responds 503 when too many searches wait.
  virtual void search(base::ConnectionId connection, std::function<Read(log::EventLog&)> work) = 0;

  /// An ended (or live) run as the log tells it, everything decided up to now included; null when there is none. When
  /// the log cannot be read there it responds itself, 500 with the log's error.
  virtual void run_record(base::ConnectionId connection, base::RunId run, RecordFound found) = 0;

  /// Answers with a stream of server-sent events from `after` + 1 on (not given: from now on) until somebody closes it.
  virtual void subscribe(base::ConnectionId connection, EventFilter filter, std::optional<base::Seq> after) = 0;
  /// Answers with a stream of an attempt's log from byte `after` on, closed when the attempt is over and all was sent.
  virtual void follow_log(base::ConnectionId connection, AttemptName attempt, std::uint64_t after) = 0;

  /// Wall time of this pass, for "started 41 s ago".
  virtual base::Time now() const = 0;

  virtual const TaskLogs& task_logs() const = 0;
  virtual const engine::Settings& settings() const = 0;
  virtual const model::CheckZone& check_zone() const = 0;

  /// Text for GET /metrics.
  virtual std::string metrics() = 0;
  /// Empty when ready to serve, else why not: for GET /readyz.
  virtual std::string not_ready() const = 0;
};

class Api {
 public:
  Api(ApiHost& host, base::Transport& transport) : host_(host), transport_(transport) {}
  void on_request(base::ConnectionId connection, base::HttpRequest request);

 private:
  ApiHost& host_;
  base::Transport& transport_;
};

}  // namespace cordyna::cerebro

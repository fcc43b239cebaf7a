#pragma once
// cerebro as one object over the seams to the world: what main.cc runs with the real ones, and tests and the simulator
// with false ones. Feed it with Transport events, call pass() whenever something arrived or next() has come.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/transport.h"
#include "cerebro/api.h"
#include "cerebro/live.h"
#include "cerebro/log_streams.h"
#include "cerebro/loop.h"
#include "cerebro/metrics.h"
#include "cerebro/readers.h"
#include "cerebro/sessions.h"
#include "cerebro/task_logs.h"

namespace cordyna::cerebro {

struct CerebroWorld {
  base::Transport& transport;
  base::Clock& clock;
  log::EventLog& log;
  Readers& readers;
  TaskLogs& task_logs;
  model::CheckZone check_zone;
  engine::Settings settings;
  /// HOST:PORT as clients write it in the Host header, besides localhost names.
  std::vector<std::string> hosts;
};

class Cerebro final : public base::TransportEvents, private ApiHost, private Outlet {
 public:
  /// `state` is what recover_state() made of the log.
  Cerebro(CerebroWorld world, engine::State state);
  ~Cerebro() override;

  void start();
  /// One pass; `poll_sockets` delivers to this object (TransportEvents) and says how much that was.
  void pass(const std::function<std::size_t()>& poll_sockets);
  /// How long to sleep at most before the next pass; none: until something arrives.
  std::optional<base::Duration> idle_time();

  /// Decides nothing more but the last event; passes go on until it is durable and everybody was told goodbye.
  void stop(const std::string& reason);
  bool stopped() const { return stopped_; }

  const engine::State& state() const { return loop_.state(); }
  Loop& loop() { return loop_; }
  const Loop& loop() const { return loop_; }

  void on_request(base::ConnectionId connection, base::HttpRequest request) override;
  void on_opened(base::ConnectionId connection) override;
  void on_message(base::ConnectionId connection, std::string bytes, bool binary) override;
  void on_writable(base::ConnectionId connection) override;
  void on_closed(base::ConnectionId connection, std::string reason) override;

 private:
  // ApiHost
  void submit(engine::Actor actor, engine::RequestBody body, Answered answered) override;
  void read(base::ConnectionId connection, Read compute) override;
  void look(base::ConnectionId connection, Look see) override;
  void search(base::ConnectionId connection, std::function<Read(log::EventLog&)> work) override;
  void run_record(base::ConnectionId connection, base::RunId run, RecordFound found) override;
  void subscribe(base::ConnectionId connection, EventFilter filter, std::optional<base::Seq> after) override;
  void follow_log(base::ConnectionId connection, AttemptName attempt, std::uint64_t after) override;
  base::Time now() const override { return loop_.now().wall; }
  const TaskLogs& task_logs() const override { return world_.task_logs; }
  const engine::Settings& settings() const override { return loop_.settings(); }
  const model::CheckZone& check_zone() const override { return world_.check_zone; }
  std::string metrics() override;
  std::string not_ready() const override;

  // Outlet
  void perform(engine::Effect effect) override;
  void publish(const Published& batch) override;

  void say_goodbye();
  bool known_host(std::string_view host) const;
  std::optional<AttemptName> attempt_of(const Session& session, const std::string& token) const;
  bool attempt_over(const AttemptName& attempt) const;

  CerebroWorld world_;
  Metrics metrics_;
  Loop loop_;
  Sessions sessions_;
  Live live_;
  LogStreams log_streams_;
  Api api_;
  std::uint64_t last_request_ = 0;
  std::map<engine::RequestId, Answered> answers_;
  std::string stop_reason_;
  bool stopping_ = false, stopped_ = false;
};

}  // namespace cordyna::cerebro

#pragma once
// The sessions of task-servers (interface: /api/v1/connect): what may be said and when, translation between items and
// the engine's inputs and effects, heartbeats, flow control. A violation ends that session alone, with 1002 and the
// reason.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/transport.h"
#include "cerebro/readers.h"
#include "cerebro/session.h"
#include "log/event_log.h"
#include "model/validate.h"

namespace cordyna::cerebro {

/// What sessions need of the world.
struct SessionsWorld {
  base::Transport& transport;
  Readers& readers;
  log::EventLog& log;
  TaskLogs& task_logs;
  model::CheckZone check_zone;
  /// What a server has declared, null when nothing.
  std::function<std::shared_ptr<const model::Declaration>(const std::string& server)> current;
  /// Takes an input for the engine; false when too many of that session wait.
  std::function<bool(model::SessionId, engine::Input)> input;
  /// The attempt a token stands for, when that instance has it; for logs sent after a reconnect.
  std::function<std::optional<AttemptName>(const Session&, const std::string& token)> attempt_of;
};

class Sessions {
 public:
  explicit Sessions(SessionsWorld world) : world_(std::move(world)) {}

  /// Accepts a WebSocket upgrade or answers why not. Host and Origin were checked.
  void on_upgrade(base::ConnectionId connection, const base::HttpRequest& request);
  bool has(base::ConnectionId connection) const { return sessions_.contains(connection.value); }
  void on_opened(base::ConnectionId connection, base::Duration awake);
  void on_message(base::ConnectionId connection, std::string_view bytes, bool binary, base::Duration awake);
  void on_closed(base::ConnectionId connection, const std::string& reason);

  // effects, in order
  void send(engine::SendItem effect);
  void send_run(engine::SendRun effect);
  void acknowledge(engine::Acknowledge effect);
  void close(const engine::CloseSession& effect);

  /// Sends what is due: queued items, acknowledgements, heartbeats; ends what is silent or too slow.
  void advance(base::Duration awake);
  /// When advance() has something to do, in awake time.
  std::optional<base::Duration> due() const { return due_; }
  std::size_t count() const { return sessions_.size(); }
  void close_all(std::uint16_t code, const std::string& reason);

 private:
  Session* find(model::SessionId id);
  void hear(Session& session, model::Item item);
  void greet(Session& session, model::Hello hello);
  void take_part(Session& session, model::Declare part);
  void read_declaration(Session& session);
  void declared(model::SessionId id, engine::SessionDeclared declared);
  void take_log(Session& session, model::Log log);
  void input(Session& session, engine::Input input);
  void violate(Session& session, const std::string& reason) { end(session, 1002, reason); }
  /// Closes the connection and tells the engine at once; nothing more is heard of it.
  void end(Session& session, std::uint16_t code, const std::string& reason);
  /// Wherever the session stands: what advance() finds in one list must be in the others.
  void forget(base::ConnectionId connection);
  void touch(Session& session) { touched_.insert(session.connection.value); }
  void flush(Session& session, base::Duration awake);
  void watch(Session& session, base::Duration awake);
  void inputs_too_large(model::SessionId id, const engine::SendRun& effect, const std::string& largest,
                        std::size_t size);

  SessionsWorld world_;
  std::unordered_map<std::uint64_t, Session> sessions_;
  std::unordered_map<std::uint64_t, wire::Encoding> upgrading_;
  std::set<std::uint64_t> touched_;  // connections with something to send
  std::set<std::uint64_t> acknowledging_;
  base::Duration watched_at_{};
  std::optional<base::Duration> due_;
  base::Duration awake_{};
};

/// The items of one run command: its inputs in one object, or before it in parts when they are large. `results` holds
/// the JSON of each input, in the order of `effect.inputs`.
std::vector<model::Item> run_items(const engine::SendRun& effect, const std::vector<std::string>& results);

}  // namespace cordyna::cerebro

#pragma once
// Session: the task-server's side of the line to cerebro as a pure state machine. It dials for ever, greets, declares,
// keeps what is not acknowledged, and knows which attempts this process holds. No thread, no socket, no clock: time
// comes with advance(), chance from a seed, the network is base::Transport. The runtime drives it, the simulator can
// too.
//
//   waiting -> dialling -> greeting -> (declaring ->) ready -> ... -> waiting again with a jittered delay -> ... ->
//   over
//
// One pass of its owner: advance(now), poll the transport (its events arrive here), take_arrivals(), report(), flush().

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "base/transport.h"
#include "model/session.h"
#include "task_server/outbox.h"

namespace cordyna::task_server {

/// A declaration as it goes over the wire: JSON with the keys of the YAML file, and the SHA-256 of exactly these bytes.
struct DeclarationText {
  std::string json;
  std::string hash;
};

struct SessionOptions {
  std::string url;  // ws://host:port/api/v1/connect
  std::string server;
  std::string team;
  std::string instance;
  std::uint32_t slots = 1;
  std::vector<std::string> capabilities;
  DeclarationText declaration;
  std::uint64_t seed = 0;  // of the reconnect jitter
};

/// The session is ready for commands; told again after every reconnect. Findings are warnings.
struct BecameReady {
  std::vector<model::Finding> findings;
  std::string hash;  // of the accepted declaration
  std::uint32_t slots = 1;
};
/// The declaration was refused. `first`: none was ever accepted, the session is over.
struct DeclarationRefused {
  std::vector<model::Finding> findings;
  std::string hash;  // of the refused one: a newer one may be waiting to be offered
  bool first = false;
};
/// Something its owner may want to read: connection lost, cerebro not reachable.
struct Note {
  std::string text;
};
using Arrival =
    std::variant<model::RunCommand, model::CancelCommand, model::CheckCommand, BecameReady, DeclarationRefused, Note>;

class Session final : public base::TransportEvents {
 public:
  Session(base::Transport& transport, SessionOptions options);

  /// The time is now `now`: dials when it is due, sends heartbeats, gives up a silent connection.
  void advance(base::Now now);
  /// When advance() has something to do next.
  base::Uptime next_deadline() const;

  /// What cerebro told since the last call, in order. A run names a token this process did not hold before, a cancel
  /// one that it holds.
  std::vector<Arrival> take_arrivals();

  /// A state of a held attempt, or the answer to a check; `n` and `at` are filled in here.
  void report(model::Update update);
  /// Text an attempt printed; kept in order with its updates.
  void log(const std::string& token, std::string_view text) { outbox_.add_log(token, text); }
  /// Sends everything that waits as one message, unless the last one is not written yet.
  void flush();

  /// Offers another declaration in place of the accepted one, which stays if this one is refused. Ignored while the
  /// verdict on a former offer is still to come.
  void redeclare(DeclarationText declaration, std::uint32_t slots);
  /// Tells cerebro that no new command is wanted (again after a reconnect). Commands already under way still arrive.
  void drain();
  /// Says goodbye as soon as nothing is held and everything is acknowledged; over() is then true.
  void leave() { leaving_ = true; }

  /// The attempt is held, or its end is not acknowledged yet.
  bool holds(const std::string& token) const { return attempts_.contains(token); }
  bool over() const { return phase_ == Phase::over; }
  /// Over, and the last words are written and the connection closed.
  bool closed() const { return over() && connection_ == base::ConnectionId{}; }
  bool ready() const { return phase_ == Phase::ready; }
  /// Nothing is held and nothing waits to be told or acknowledged.
  bool idle() const { return attempts_.empty() && outbox_.empty(); }

  void on_request(base::ConnectionId, base::HttpRequest) override {}
  void on_opened(base::ConnectionId connection) override;
  void on_message(base::ConnectionId connection, std::string bytes, bool binary) override;
  void on_writable(base::ConnectionId connection) override;
  void on_closed(base::ConnectionId connection, std::string reason) override;

 private:
  enum class Phase { waiting, dialling, greeting, declaring, ready, over };
  struct Attempt {
    std::string run_id;
    std::string task;
    std::uint32_t number = 0;
    model::UpdateState state = model::UpdateState::queued;
  };
  struct Inputs {  // parts that came before their run
    std::map<std::string, std::string> complete;
    std::map<std::string, std::string> partial;
  };

  void dial();
  void give_up(std::uint16_t code, const std::string& reason);
  void lost(const std::string& reason);
  base::Duration backoff();
  void send(std::vector<model::Item> items);
  void send_hello();
  void send_declaration();
  void become_ready(std::vector<model::Finding> findings);
  void promote_candidate();
  const DeclarationText& offered() const { return candidate_offered_ ? *candidate_ : options_.declaration; }

  void on_item(model::Welcome& welcome);
  void on_item(model::VerdictItem& verdict);
  void on_item(model::RunCommand& run);
  void on_item(model::CancelCommand& cancel);
  void on_item(model::CheckCommand& check);
  void on_item(model::Ack& ack);
  void on_item(model::InputPart& part);
  void on_item(model::Heartbeat&) {}
  template <class Other>
  void on_item(Other&);
  void on_refused(model::VerdictItem& verdict);
  bool expect_ready(std::string_view item);

  base::Transport& transport_;
  SessionOptions options_;
  std::optional<DeclarationText> candidate_;  // offered and not judged yet
  std::uint32_t candidate_slots_ = 0;
  bool candidate_offered_ = false;  // hello or declare of this connection was about it
  bool ever_accepted_ = false;

  Phase phase_ = Phase::waiting;
  base::ConnectionId connection_{};
  base::Now now_{};
  base::Uptime dial_at_{};
  base::Uptime last_heard_{};
  base::Uptime last_sent_{};
  std::uint32_t failures_ = 0;  // since the session was last ready
  std::uint64_t seed_ = 0;
  bool outage_told_ = false;

  std::map<std::string, Attempt, std::less<>> attempts_;
  std::set<std::string, std::less<>> checks_;
  std::map<std::string, Inputs, std::less<>> inputs_;
  std::size_t inputs_bytes_ = 0;
  Outbox outbox_;
  std::vector<Arrival> arrivals_;
  bool draining_ = false;
  bool leaving_ = false;
};

}  // namespace cordyna::task_server

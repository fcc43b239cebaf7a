#pragma once
// Runtime: the one loop of a task-server process. It owns the session, gives attempts to the workers while a slot is
// free and queues the others, brings reports back, and sees the process through SIGTERM: draining, a grace, cancel,
// goodbye.
//
// All of it happens on the thread that calls serve(); stop() may come from any thread or a signal handler.

#include <atomic>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/session.h"
#include "task_server/session.h"
#include "task_server/workers.h"
#include "task_server/world.h"

namespace cordyna::task_server {

struct Redeclaration {
  DeclarationText declaration;
  std::uint32_t slots = 1;
};

struct RuntimeOptions {
  SessionOptions session;
  base::Duration drain = std::chrono::seconds(30);
  std::function<void(std::string_view)> on_note = [](std::string_view) {};
  /// After every time the session became ready, with the warnings and the hash of what cerebro accepted.
  std::function<void(const BecameReady&)> on_ready = [](const BecameReady&) {};
  /// A later declaration was refused; the accepted one goes on.
  std::function<void(const DeclarationRefused&)> on_refused = [](const DeclarationRefused&) {};
  /// Asked every second for another declaration; empty: there never is one.
  std::function<std::optional<Redeclaration>()> redeclaration;
};

enum class ServeEnd {
  goodbye,    // everything was told and acknowledged
  refused,    // the first declaration, see findings
  abandoned,  // stopped, but cerebro did not take the last news, or work did not stop
};
struct Served {
  ServeEnd end = ServeEnd::goodbye;
  std::vector<model::Finding> findings;
};

class Runtime {
 public:
  Runtime(World& world, Mailbox& mailbox, Workers& workers, RuntimeOptions options);

  Served serve();

  /// For owners that sleep by themselves, as the simulator does: one pass of serve(); false when it was the last one.
  bool pass();
  /// How long to sleep at most before the next pass, if nothing arrives.
  base::Duration until_next() const;
  bool ready() const { return session_.ready(); }
  bool holds(const std::string& token) const { return session_.holds(token); }

  /// First: drain. Second: cancel what runs. Third: leave at once. Safe in a signal handler.
  void stop();

 private:
  void say_the_last_words();
  void take_arrivals();
  void take_reports();
  void on_arrival(model::RunCommand& run);
  void on_arrival(model::CancelCommand& cancel);
  void on_arrival(model::CheckCommand& check) { workers_.check(std::move(check)); }
  void on_arrival(BecameReady& ready);
  void on_arrival(DeclarationRefused& refused);
  void on_arrival(Note& note) { options_.on_note(note.text); }
  void on_final(model::Update& update);
  void start_queued();
  void start(model::RunCommand run);
  void follow_stop();
  void cancel_everything();
  bool gone() const;
  void look_for_redeclaration();

  World& world_;
  Mailbox& mailbox_;
  Workers& workers_;
  RuntimeOptions options_;
  Session session_;
  base::Now now_{};
  std::uint32_t slots_ = 1;

  std::set<std::string, std::less<>> running_;
  std::deque<model::RunCommand> queued_;
  std::set<std::string, std::less<>> shut_down_;  // running ones that were stopped by the end of this process

  std::atomic<int> stops_{0};
  int stops_seen_ = 0;
  bool cancelled_ = false;  // everything was asked to stop
  base::Uptime drain_until_ = base::Uptime::max();
  base::Uptime leave_at_ = base::Uptime::max();  // the last news are given up
  base::Uptime look_at_{};
  Served served_;
};

}  // namespace cordyna::task_server

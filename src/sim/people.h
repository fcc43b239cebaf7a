#pragma once
// Everybody who talks to cerebro over HTTP: people and programs that use every verb of the API with good and bad
// arguments, keep what they were promised in the ledger, and ask again when an answer did not come and asking twice is
// safe. One of them follows the live events and checks that none is missing, none comes twice, and none is out of
// order.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "model/declaration.h"
#include "sim/chance.h"
#include "sim/company.h"
#include "sim/ledger.h"
#include "sim/network.h"

namespace cordyna::sim {

class People {
 public:
  People(Timeline& timeline, Host& host, Chance chance, Company& company, Ledger& ledger);

  /// One verb, drawn.
  void do_something();
  /// One request as it is written, until it is answered; "{run}" in the target is the last run that was made.
  struct Line {
    std::string verb, method, target, body;
  };
  void say(const Line& line);
  /// Follows /events from the beginning, over every break, until the simulation ends.
  void follow_events();
  base::Seq followed_up_to() const { return followed_; }
  /// Every paused task goes on.
  void resume_all();
  /// Requests that must be answered for sure and are not yet: they are asked again until then.
  std::size_t open() const { return open_; }

  static const std::vector<std::string>& verbs();

 private:
  struct Ask {
    std::string verb, method, target, body = {}, key = {}, content_type = "application/json";
    bool until_answered = false;  // safe to repeat: it has a key, or an id
    std::function<void(const base::HttpResponse&)> answered = [](const base::HttpResponse&) {};
  };
  void send(std::shared_ptr<Ask> ask);
  void ask(Ask one) { send(std::make_shared<Ask>(std::move(one))); }

  void start_run();
  void ask_for_run(Ask one);
  void emit_event();
  void control_run();
  void control_task();
  void control_server();
  void backfill();
  void check_declaration();
  void look_around();
  void talk_nonsense();
  void read_stream(const std::string& bytes);
  std::string some_task();
  std::string some_run();

  Timeline& timeline_;
  Host& host_;
  Chance chance_;
  Company& company_;
  Ledger& ledger_;
  std::deque<std::string> runs_;  // ids seen lately
  std::deque<std::string> paused_;
  std::uint64_t keys_ = 0, events_ = 0;
  std::size_t open_ = 0;
  std::string stream_;  // bytes of the event stream behind its last whole frame
  base::Seq followed_ = 0;
  std::uint64_t stream_life_ = 0;
};

}  // namespace cordyna::sim

#pragma once
// A task-server that nobody would want: it speaks the protocol by hand and breaks every rule of it now and then. It
// sends what nobody asked for, twice, too late, in the wrong order, of others' attempts, too large, and bytes that mean
// nothing. polite() makes it do its work at last.

#include <string>
#include <vector>

#include "sim/chance.h"
#include "sim/company.h"
#include "sim/network.h"

namespace cordyna::sim {

class Rogue final : private base::TransportEvents {
 public:
  Rogue(Timeline& timeline, Host& host, Chance chance, const Company::Server& server);

  void start();
  /// From now on it does what it is told.
  void polite();

 private:
  struct Held {
    std::string token;
    bool check = false;
  };
  void on_request(ConnectionId, base::HttpRequest) override {}
  void on_opened(ConnectionId connection) override;
  void on_message(ConnectionId connection, std::string bytes, bool binary) override;
  void on_writable(ConnectionId) override {}
  void on_closed(ConnectionId connection, std::string reason) override;

  void dial();
  void beat(std::uint64_t life);
  void say(model::Item item);
  void update(const std::string& token, model::UpdateState state, bool with_message = true);
  void work(const Held& held);
  void misbehave();

  Timeline& timeline_;
  Host& host_;
  Chance chance_;
  const Company::Server& server_;
  ConnectionId connection_{};
  std::uint64_t lives_ = 0, updates_ = 0;
  std::vector<Held> held_;
  std::vector<std::string> old_;  // tokens it has ever seen
  bool polite_ = false, ready_ = false;
};

}  // namespace cordyna::sim

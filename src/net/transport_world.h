#pragma once
// TransportWorld: a server and a client Transport that can reach each other, whatever lies between them, and the
// fixture of the tests that both the real and the simulated transport have to pass (transport_conformance.h). Tests
// only.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "net/loopback.h"

namespace cordyna::net {

class TransportWorld {
 public:
  virtual ~TransportWorld() = default;
  virtual base::Transport& server() = 0;
  virtual base::Transport& client() = 0;
  virtual std::string url() const = 0;                                        // ws://host:port of the server
  virtual std::string url_of_nobody() const = 0;                              // where nobody listens
  virtual void step() = 0;                                                    // lets something happen and delivers it
  virtual void break_client(base::ConnectionId connection) = 0;               // its process is killed
  virtual base::HttpResponse exchange(const base::HttpRequest& request) = 0;  // drives until it is answered

  bool until(const std::function<bool()>& done) {
    const auto end = patience();
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      step();
    }
    return true;
  }

  Recorder at_server;
  Recorder at_client;
};

class TransportConformance : public testing::TestWithParam<std::unique_ptr<TransportWorld> (*)()> {
 protected:
  void SetUp() override { world = GetParam()(); }

  /// Dials and lets the server accept; afterwards both are open.
  void open(const std::string& subprotocol = "cordyna.v1.proto") {
    world->at_server.request = [this, subprotocol](base::ConnectionId id, const base::HttpRequest&) {
      world->server().accept_websocket(id, subprotocol);
    };
    dialled = world->client().dial(world->url() + "/api/v1/connect", subprotocol);
    ASSERT_TRUE(world->until([&] { return world->at_client.count("opened") && world->at_server.count("opened"); }));
    accepted = world->at_server.at("opened").connection;
  }
  bool until_closed() {
    return world->until([&] { return world->at_client.count("closed") > 0 && world->at_server.count("closed") > 0; });
  }
  /// Some more steps bring nothing.
  void expect_nothing_else() {
    const auto before = world->at_server.told.size() + world->at_client.told.size();
    for (int i = 0; i < 20; ++i) world->step();
    EXPECT_EQ(world->at_server.told.size() + world->at_client.told.size(), before);
  }

  std::unique_ptr<TransportWorld> world;
  base::ConnectionId dialled;
  base::ConnectionId accepted;
};

}  // namespace cordyna::net

// Runs the Transport contract on real sockets: two Networks of one thread on the loopback.

#include "net/transport_conformance.h"

#include <atomic>
#include <thread>

#include "net/http_client.h"

namespace cordyna::net {
namespace {

class RealWorld final : public TransportWorld {
 public:
  RealWorld() : client_(std::make_unique<Network>()), port_(*server_.listen("127.0.0.1", 0)) {
    Network nobody;
    port_of_nobody_ = *nobody.listen("127.0.0.1", 0);
  }

  base::Transport& server() override { return server_; }
  base::Transport& client() override { return *client_; }
  std::string url() const override { return "ws://127.0.0.1:" + std::to_string(port_); }
  std::string url_of_nobody() const override { return "ws://127.0.0.1:" + std::to_string(port_of_nobody_); }

  void step() override {
    const std::size_t delivered = server_.poll(at_server) + (client_ ? client_->poll(at_client) : 0);
    if (delivered == 0) server_.wait(std::chrono::milliseconds(1));
  }

  void break_client(base::ConnectionId) override { client_.reset(); }

  base::HttpResponse exchange(const base::HttpRequest& request) override {
    base::Result<base::HttpResponse> answer = base::Error{"untold", "no answer"};
    std::thread caller([&] {
      HttpClient client;
      answer = client.request({.method = request.method,
                               .url = "http://127.0.0.1:" + std::to_string(port_) + request.target,
                               .headers = request.headers,
                               .body = request.body});
      done_ = true;
      server_.wake();
    });
    EXPECT_TRUE(until([&] { return done_.load(); }));
    caller.join();
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? *answer : base::HttpResponse{};
  }

 private:
  Network server_;
  std::unique_ptr<Network> client_;
  std::uint16_t port_ = 0;
  std::uint16_t port_of_nobody_ = 0;
  std::atomic<bool> done_ = false;
};

std::unique_ptr<TransportWorld> make_real_world() {
  return std::make_unique<RealWorld>();
}

INSTANTIATE_TEST_SUITE_P(Real, TransportConformance, testing::Values(&make_real_world));

}  // namespace
}  // namespace cordyna::net

#include "processes/raw_session.h"

#include <gtest/gtest.h>

namespace cordyna::processes {

using Steady = std::chrono::steady_clock;

RawSession::RawSession(const Cerebro& cerebro, wire::Encoding encoding) : encoding_(encoding) {
  connection_ = network_.dial("ws://127.0.0.1:" + std::to_string(cerebro.port()) + "/api/v1/connect",
                              std::string(wire::subprotocol(encoding)));
  pump([this] { return open_ || closed_; });
  EXPECT_TRUE(open_) << closed_.value_or("no answer");
}

void RawSession::say(std::vector<model::Item> items) {
  say_bytes(wire::encode(items, encoding_), encoding_ == wire::Encoding::proto);
}

void RawSession::say_bytes(std::string bytes, bool binary) {
  network_.send(connection_, std::move(bytes), binary);
  pump([this] { return network_.buffered(connection_) == 0 || closed_; });
}

model::VerdictItem RawSession::declare(const std::string& server, const std::string& json,
                                       const std::string& instance) {
  model::Hello hello;
  hello.server = server;
  hello.team = "tests";
  hello.instance = instance;
  hello.slots = 4;
  say({hello});
  const auto welcome = hear<model::Welcome>();
  EXPECT_TRUE(welcome && welcome->need_declaration) << closed_.value_or("");
  say({model::Declare{0, true, json}});
  const auto verdict = hear<model::VerdictItem>();
  EXPECT_TRUE(verdict) << closed_.value_or("no verdict");
  say({model::Ready{}});
  return verdict.value_or(model::VerdictItem{model::Verdict::refused, {}});
}

bool RawSession::acknowledged(std::uint64_t n) {
  while (const auto ack = hear<model::Ack>())
    if (ack->n >= n) return true;
  return false;
}

std::string RawSession::closed() {
  pump([this] { return closed_.has_value(); });
  return closed_.value_or("");
}

std::optional<model::Item> RawSession::next() {
  pump([this] { return !heard_.empty() || closed_; });
  if (heard_.empty()) return std::nullopt;
  model::Item item = std::move(heard_.front());
  heard_.pop_front();
  return item;
}

void RawSession::pump(const std::function<bool()>& done) {
  const auto deadline = Steady::now() + patience;
  while (!done() && Steady::now() < deadline) {
    if (network_.poll(*this) > 0 || done()) continue;  // a write that is done is no event
    network_.wait(std::chrono::duration_cast<base::Duration>(deadline - Steady::now()));
  }
}

void RawSession::on_message(base::ConnectionId, std::string bytes, bool) {
  auto items = wire::decode(bytes, encoding_);
  ASSERT_TRUE(items.ok()) << items.error().message;
  for (model::Item& item : *items) heard_.push_back(std::move(item));
}

void RawSession::on_closed(base::ConnectionId, std::string reason) {
  closed_ = std::move(reason);
}

}  // namespace cordyna::processes

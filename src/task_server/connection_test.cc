// The library over real sockets: a TaskServer as a team writes it, against a small cerebro made of net's server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "cordyna/cordyna.h"
#include "net/network.h"
#include "task_server/world.h"
#include "wire/session_codec.h"

namespace cordyna::task_server {
namespace {

using namespace std::chrono_literals;
using model::Item;
using model::Update;
using model::UpdateState;
using testing::ElementsAre;

/// Welcomes, accepts (or refuses), acknowledges, and keeps what it heard. The network lives on a thread of its own.
class SmallCerebro final : public base::TransportEvents {
 public:
  explicit SmallCerebro(bool refuse = false) : refuse_(refuse) {
    auto port = network_.listen("127.0.0.1", 0);
    base::check(port.ok());
    port_ = *port;
    thread_ = std::thread([this] { work(); });
  }
  ~SmallCerebro() override {
    ask([this] { ending_ = true; });
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  void send(std::vector<Item> items) {
    ask([this, items = std::move(items)] {
      network_.send(session_, wire::encode(items, wire::Encoding::proto), true);
    });
  }
  void drop() {
    ask([this] { network_.close(session_, 1001, "restart"); });
  }
  void acknowledge_nothing() {
    ask([this] { acknowledges_ = false; });
  }

  /// Waits until `heard` holds for everything that was heard; fails after 20 s.
  void wait_until(const std::function<bool()>& heard) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, 20s, heard));
  }
  Update wait_for(const std::string& token, UpdateState state) {
    Update found;
    wait_until([&] {
      for (const Update& update : updates)
        if (update.token == token && update.state == state) {
          found = update;
          return true;
        }
      return false;
    });
    return found;
  }

  // guarded by mutex_, or read after the task-server's end
  std::vector<Update> updates;
  std::vector<model::Hello> hellos;
  std::string declaration;
  std::string log;
  int ready = 0;
  int goodbyes = 0;

 private:
  void ask(std::function<void()> request) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(request));
    }
    network_.wake();
  }

  void work() {
    while (!ending_) {
      while (network_.poll(*this) > 0) continue;
      std::deque<std::function<void()>> requests;
      {
        const std::lock_guard lock(mutex_);
        requests.swap(requests_);
      }
      for (const auto& request : requests) request();
      if (!ending_) network_.wait(1s);
    }
  }

  void on_request(base::ConnectionId connection, base::HttpRequest request) override {
    EXPECT_EQ(request.target, "/api/v1/connect");
    network_.accept_websocket(connection, std::string(wire::subprotocol(wire::Encoding::proto)));
  }
  void on_opened(base::ConnectionId connection) override { session_ = connection; }
  void on_writable(base::ConnectionId) override {}
  void on_closed(base::ConnectionId, std::string) override {}
  void on_message(base::ConnectionId, std::string bytes, bool) override {
    auto items = wire::decode(bytes, wire::Encoding::proto);
    ASSERT_TRUE(items.ok()) << items.error().message;
    const std::lock_guard lock(mutex_);
    for (Item& item : *items) std::visit([this](auto& known) { on_item(known); }, item);
    changed_.notify_all();
  }

  void answer(Item item) { network_.send(session_, wire::encode({std::move(item)}, wire::Encoding::proto), true); }
  void on_item(model::Hello& hello) {
    answer(model::Welcome{"test", hello.declaration_hash != known_hash_});
    offered_hash_ = hello.declaration_hash;
    hellos.push_back(std::move(hello));
  }
  void on_item(model::Declare& declare) {
    declaration += declare.json;
    if (!declare.last) return;
    if (!refuse_) known_hash_ = offered_hash_;
    answer(refuse_ ? model::VerdictItem{model::Verdict::refused, {{"tasks.a", "cycle", "a needs itself", "break it"}}}
                   : model::VerdictItem{});
  }
  void on_item(model::Ready&) { ++ready; }
  void on_item(Update& update) {
    if (acknowledges_) answer(model::Ack{update.n});
    updates.push_back(std::move(update));
  }
  void on_item(model::Log& text) { log += text.text; }
  void on_item(model::Goodbye&) { ++goodbyes; }
  template <class Other>
  void on_item(Other&) {}

  net::Network network_;
  std::uint16_t port_ = 0;
  base::ConnectionId session_{};
  std::string known_hash_;
  std::string offered_hash_;
  bool refuse_ = false;
  bool acknowledges_ = true;
  bool ending_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> requests_;
  std::thread thread_;
};

model::RunCommand run(const std::string& token, const std::string& task) {
  model::RunCommand run;
  run.run_id = "run-1";
  run.task = "server-b/" + task;
  run.attempt = 1;
  run.token = token;
  run.env = "production";
  run.params = R"({"region":"north"})";
  run.inputs = R"({"server-a/clean_orders":{"rows":40}})";
  run.scheduled_at = "2026-11-24T02:00:00Z";
  run.created_at = "2026-11-24T02:00:01Z";
  return run;
}

/// A task-server on a thread of its own, stopped and joined at the end.
class Serving {
 public:
  explicit Serving(TaskServer& server) : server_(server), thread_([this] { code_ = server_.serve(); }) {}
  ~Serving() { stop(); }
  int stop() {
    if (thread_.joinable()) {
      server_.stop();
      thread_.join();
    }
    return code_;
  }
  int wait() {
    thread_.join();
    return code_;
  }

 private:
  TaskServer& server_;
  int code_ = -1;
  std::thread thread_;
};

TaskServerOptions options(const SmallCerebro& cerebro) {
  return {.name = "server-b", .team = "insights", .slots = 2, .url = cerebro.url(), .handle_signals = false};
}

TEST(TaskServer, connects_declares_runs_reports_and_says_goodbye) {
  SmallCerebro cerebro;
  TaskServer server{{.name = "server-b",
                     .team = "insights",
                     .description = "Reports on sales",
                     .url = cerebro.url(),
                     .handle_signals = false}};
  server.task("report")
      .description("Daily sales report")
      .upstream("server-a/clean_orders")
      .upstream("crm/customers", cordyna::within(24h))
      .every(60s)
      .run([](cordyna::TaskContext& task) {
        task.progress(0.5, "half of the regions");
        task.log("counting " + task.params()["region"].as_string().value_or("?"));
        task.result({{"rows", task.input("server-a/clean_orders")["rows"].as_int().value_or(0) + 2}});
      });
  Serving serving(server);
  cerebro.wait_until([&] { return cerebro.ready == 1; });
  cerebro.send({run("t1", "report")});
  EXPECT_EQ(cerebro.wait_for("t1", UpdateState::completed).result, R"({"rows":42})");
  EXPECT_EQ(serving.stop(), 0);

  cerebro.wait_until([&] { return cerebro.goodbyes == 1; });
  std::vector<UpdateState> states;
  for (const Update& update : cerebro.updates) states.push_back(update.state);
  EXPECT_THAT(states, ElementsAre(UpdateState::started, UpdateState::progress, UpdateState::completed));
  EXPECT_EQ(cerebro.updates[1].progress_permille, 500U);
  EXPECT_EQ(cerebro.log, "counting north\n");
  EXPECT_EQ(nlohmann::json::parse(cerebro.declaration), nlohmann::json::parse(R"({
    "server": "server-b", "team": "insights", "description": "Reports on sales", "slots": 1,
    "tasks": {"report": {"description": "Daily sales report", "when": [{"every": "1m"}],
      "upstream": ["server-a/clean_orders", {"task": "crm/customers", "within": "1d"}]}}})"));
}

TEST(TaskServer, an_attempt_ends_in_error_with_what_its_handler_throws_or_returns) {
  SmallCerebro cerebro;
  TaskServer server(options(cerebro));
  server.task("throws").run([](TaskContext&) { throw std::runtime_error("the source is empty"); });
  server.task("returns").run([](TaskContext&) {
    return Error{.message = "no", .hint = "ask sales", .fatal = true, .detail = {{"file", "a.csv"}}};
  });
  server.task("skips").run([](TaskContext& task) { task.skip("nothing new"); });
  Serving serving(server);
  cerebro.wait_until([&] { return cerebro.ready == 1; });
  cerebro.send({run("t1", "throws"), run("t2", "returns"), run("t3", "skips"), run("t4", "unheard_of")});

  const Update thrown = cerebro.wait_for("t1", UpdateState::error);
  EXPECT_EQ(thrown.error.code, "task_failed");
  EXPECT_EQ(thrown.error.message, "the source is empty");
  const Update returned = cerebro.wait_for("t2", UpdateState::error);
  EXPECT_EQ(returned.error.message, "no");
  EXPECT_EQ(returned.error.hint, "ask sales");
  EXPECT_EQ(returned.error.detail, R"({"file":"a.csv"})");
  EXPECT_TRUE(returned.error.fatal);
  EXPECT_EQ(cerebro.wait_for("t3", UpdateState::skipped).reason, "nothing new");
  EXPECT_NE(cerebro.wait_for("t4", UpdateState::error).error.message.find("unheard_of"), std::string::npos);
}

TEST(TaskServer, a_result_of_the_limit_is_kept_and_a_larger_one_is_an_error) {
  SmallCerebro cerebro;
  TaskServer server(options(cerebro));
  const std::size_t fits = base::limits::result_bytes_max - 2;  // and two quotes
  server.task("fits").run([&](TaskContext& task) { task.result(std::string(fits, 'x')); });
  server.task("exceeds").run([&](TaskContext& task) { task.result(std::string(fits + 1, 'x')); });
  Serving serving(server);
  cerebro.wait_until([&] { return cerebro.ready == 1; });
  cerebro.send({run("t1", "fits"), run("t2", "exceeds")});
  EXPECT_EQ(cerebro.wait_for("t1", UpdateState::completed).result.size(), base::limits::result_bytes_max);
  EXPECT_EQ(cerebro.wait_for("t2", UpdateState::error).error.code, "result_too_large");
}

TEST(TaskServer, a_handler_that_never_looked_at_its_stop_token_ended_by_itself) {
  SmallCerebro cerebro;
  TaskServer server(options(cerebro));
  std::promise<void> go_on;
  server.task("stubborn").run([&](TaskContext& task) {
    go_on.get_future().wait();
    task.result(42);
  });
  Serving serving(server);
  cerebro.wait_until([&] { return cerebro.ready == 1; });
  cerebro.send({run("t1", "stubborn")});
  cerebro.wait_for("t1", UpdateState::started);
  cerebro.send({model::CancelCommand{"t1", "complete_timeout"}, run("t2", "unknown")});
  cerebro.wait_for("t2", UpdateState::error);  // what came before it was heard
  go_on.set_value();
  EXPECT_EQ(cerebro.wait_for("t1", UpdateState::completed).result, "42");
}

TEST(TaskServer, a_full_server_queues_and_a_cancel_stops_what_runs_and_what_waits) {
  SmallCerebro cerebro;
  TaskServer server(options(cerebro));
  server.task("waits").run([](TaskContext& task) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, task.stop_token(), [] { return false; });
  });
  Serving serving(server);
  cerebro.wait_until([&] { return cerebro.ready == 1; });
  cerebro.send({run("t1", "waits"), run("t2", "waits"), run("t3", "waits"), run("t4", "waits")});
  cerebro.wait_for("t2", UpdateState::started);
  cerebro.wait_for("t4", UpdateState::queued);
  cerebro.send({model::CancelCommand{"t3", ""}, model::CancelCommand{"t1", ""}});
  cerebro.wait_for("t3", UpdateState::cancelled);
  cerebro.wait_for("t1", UpdateState::cancelled);
  cerebro.wait_for("t4", UpdateState::started);
  cerebro.send({model::CancelCommand{"t2", ""}, model::CancelCommand{"t4", ""}});
  cerebro.wait_for("t4", UpdateState::cancelled);
  cerebro.wait_for("t2", UpdateState::cancelled);
  EXPECT_EQ(serving.stop(), 0);
}

TEST(TaskServer, a_check_is_answered_though_every_slot_is_taken) {
  SmallCerebro cerebro;
  TaskServer server{{.name = "server-b", .team = "t", .slots = 1, .url = cerebro.url(), .handle_signals = false}};
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future();
  server.task("waits").run([&](TaskContext&) { may_go_on.wait(); });
  server.task("there").check([](TaskContext&) { return true; }).run([](TaskContext&) {});
  server.task("broken").check([](TaskContext&) -> bool { throw std::runtime_error("no disk"); });
  Serving serving(server);
  cerebro.wait_until([&] { return cerebro.ready == 1; });
  model::CheckCommand yes, no;
  yes.task = "server-b/there", yes.token = "c1";
  no.task = "server-b/broken", no.token = "c2";
  cerebro.send({run("t1", "waits"), yes, no});
  cerebro.wait_for("c1", UpdateState::check_yes);
  EXPECT_EQ(cerebro.wait_for("c2", UpdateState::check_no).reason, "no disk");
  go_on.set_value();
  cerebro.wait_for("t1", UpdateState::completed);
}

TEST(TaskServer, comes_back_after_a_lost_session_and_tells_again_what_was_not_acknowledged) {
  SmallCerebro cerebro;
  cerebro.acknowledge_nothing();
  TaskServer server(options(cerebro));
  server.task("quick").run([](TaskContext&) {});
  {
    Serving serving(server);
    cerebro.wait_until([&] { return cerebro.ready == 1; });
    cerebro.send({run("t1", "quick")});
    cerebro.wait_for("t1", UpdateState::completed);
    cerebro.drop();
    cerebro.wait_until([&] { return cerebro.ready == 2 && cerebro.updates.size() == 4; });
    server.stop();
    server.stop();
    server.stop();  // it would wait for the acknowledgement
    EXPECT_EQ(serving.wait(), 1);
  }
  ASSERT_EQ(cerebro.hellos.size(), 2U);
  EXPECT_EQ(cerebro.hellos[1].instance, cerebro.hellos[0].instance);
  ASSERT_EQ(cerebro.hellos[1].live.size(), 1U);
  EXPECT_EQ(cerebro.hellos[1].live[0].state, UpdateState::completed);
  EXPECT_EQ(cerebro.updates[0].n, cerebro.updates[2].n);
}

TEST(TaskServer, a_stop_drains_and_a_second_one_ends_what_runs_in_error) {
  SmallCerebro cerebro;
  TaskServer server(options(cerebro));
  server.task("waits").run([](TaskContext& task) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, task.stop_token(), [] { return false; });
  });
  Serving serving(server);
  cerebro.wait_until([&] { return cerebro.ready == 1; });
  cerebro.send({run("t1", "waits")});
  cerebro.wait_for("t1", UpdateState::started);
  server.stop();
  server.stop();
  EXPECT_NE(cerebro.wait_for("t1", UpdateState::error).error.message.find("shut down"), std::string::npos);
  EXPECT_EQ(serving.wait(), 0);
}

TEST(TaskServer, a_refused_declaration_ends_serve_with_4) {
  SmallCerebro cerebro(true);
  TaskServer server(options(cerebro));
  server.task("a").upstream("server-b/a").run([](TaskContext&) {});
  Serving serving(server);
  EXPECT_EQ(serving.wait(), 4);
}

TEST(TaskServer, an_address_that_is_none_ends_serve_with_2) {
  TaskServer server{{.name = "s", .team = "t", .url = "cerebro:7070"}};
  EXPECT_EQ(server.serve(), 2);
}

TEST(TaskServer, a_stop_without_cerebro_ends_serve_at_once) {
  std::string url;
  {
    const SmallCerebro gone;
    url = gone.url();
  }
  TaskServer server{{.name = "s", .team = "t", .url = url, .handle_signals = false}};
  server.stop();
  EXPECT_EQ(server.serve(), 0);
}

}  // namespace
}  // namespace cordyna::task_server

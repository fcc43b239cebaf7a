// kill -9 of cerebro at any moment, of a task-server at any moment, of both: 60 chained and parallel tasks over two
// servers, five kills, and a client that never stops asking. In the end the log, what the tasks did and what the client
// was told must agree: everything completed, nothing acknowledged is lost, no attempt had its effect twice, the order
// is unbroken. The moments are positions in the log, drawn from a seed (CORDYNA_SEED repeats one).

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <random>
#include <set>
#include <tuple>

#include "processes/harness.h"

namespace cordyna::processes {
namespace {

constexpr int layers = 10;
constexpr int layer_width = 6;
constexpr Seconds longest{150};  // the graces of an instance that never comes back are 10 and 30 s

struct Node {
  std::string server, name;
  std::vector<std::string> upstream;  // server/task
  std::string full() const { return server + "/" + name; }
};

/// Layers of tasks that alternate between the servers; each but the first layer needs one to three of the layer before.
std::vector<Node> random_graph(std::mt19937_64& chance) {
  std::vector<Node> nodes;
  for (int layer = 0; layer < layers; ++layer) {
    for (int i = 0; i < layer_width; ++i) {
      Node node{(layer + i) % 2 == 0 ? "alpha" : "beta", "t" + std::to_string(layer) + "-" + std::to_string(i), {}};
      std::set<std::string> needed;
      for (std::uint64_t more = layer == 0 ? 0 : 1 + chance() % 3; more > 0; --more)
        needed.insert(nodes[static_cast<std::size_t>((layer - 1) * layer_width) + chance() % layer_width].full());
      node.upstream.assign(needed.begin(), needed.end());
      nodes.push_back(node);
    }
  }
  return nodes;
}

/// The file of one server. What a task does can be counted: it appends who it is to one file, in one write.
std::string declaration(const std::string& server, const std::vector<Node>& nodes, const std::string& effects) {
  const std::string act = "echo $CORDYNA_RUN_ID $CORDYNA_TASK $CORDYNA_ATTEMPT >> " + effects;
  std::string text = "server: " + server +
                     "\nteam: tests\nslots: 4\ndefaults:\n  timeouts: {ack: 60s}\n"
                     "  retries: {max: 9, backoff: 1s, factor: 1, jitter: 0}\ntasks:\n";
  for (const Node& node : nodes) {
    if (node.server != server) continue;
    text += "  " + node.name + ":\n    shell: \"" + act + "; sleep 0.2\"\n";
    if (!node.upstream.empty()) {
      std::string list;
      for (const std::string& one : node.upstream) list += (list.empty() ? "" : ", ") + one;
      text += "    upstream: [" + list + "]\n    when: manual\n";
    }
  }
  text += "  loose:\n    shell: \"" + act + "\"\n";
  text += "  on-ping:\n    shell: \"" + act + "\"\n    when: {event: {type: ping." + server + "}}\n";
  return text;
}

/// Somebody outside who asks for runs and posts events all the time, repeats what was not answered, and keeps what was.
/// He goes on when the run of his event is over, or after two seconds: cerebro is not to drown in requests.
class Outsider {
 public:
  explicit Outsider(const Cerebro& cerebro) : url_(cerebro.url()), thread_([this] { ask(); }) {}
  ~Outsider() { stop(); }

  void cerebro_is_up() {
    const std::lock_guard lock(mutex_);
    ++ups_;
    up_.notify_all();
  }
  void stop() {
    if (!thread_.joinable()) return;
    leaves_ = true;
    cerebro_is_up();
    thread_.join();
  }

  std::vector<std::string> runs;    // acknowledged by 201, one a key
  std::vector<std::string> events;  // ids acknowledged by 202
  std::vector<std::string> wrong;   // answers that should not be

 private:
  void ask();
  /// Posts until it is answered; gives up when it shall stop.
  Answer answered(const std::string& path, const std::string& body, const Headers& headers);
  void wait_for_effect(const Answer& taken);

  std::string url_;
  std::uint64_t seq_ = 0;  // seen so far
  std::mutex mutex_;
  std::condition_variable up_;
  int ups_ = 0;
  std::atomic<bool> leaves_ = false;
  std::thread thread_;
};

Answer Outsider::answered(const std::string& path, const std::string& body, const Headers& headers) {
  while (true) {
    std::unique_lock lock(mutex_);
    const int ups = ups_;
    lock.unlock();
    Answer answer = post_to(url_ + path, body, headers);
    if (answer.status != 0 || leaves_) return answer;
    lock.lock();
    up_.wait_for(lock, patience, [&] { return ups_ != ups || leaves_; });
  }
}

void Outsider::wait_for_effect(const Answer& taken) {
  if (taken.status != 202 || taken.body["events"][0]["runs"].empty()) return;
  const Json& run = taken.body["events"][0]["runs"][0];
  const auto is_end = [&](const Json& event) {
    seq_ = event["seq"].get<std::uint64_t>();
    return leaves_ || (event["kind"] == "run.completed" && event["run"] == run);
  };
  (void)event_of(url_, is_end, seq_, Seconds(2));
}

void Outsider::ask() {
  for (int i = 0; !leaves_; ++i) {
    const std::string id = std::to_string(i);
    const std::string server = i % 2 == 0 ? "alpha" : "beta";
    const Answer run = answered("/api/v1/runs", Json{{"select", {server + "/loose"}}}.dump(),
                                {{"content-type", "application/json"}, {"idempotency-key", "key-" + id}});
    if (run.status == 201) runs.push_back(run.body.value("run_id", ""));
    const Json event{{"specversion", "1.0"}, {"id", id}, {"source", "/outsider"}, {"type", "ping." + server}};
    const Answer taken = answered("/api/v1/events", event.dump(), {{"content-type", "application/cloudevents+json"}});
    if (taken.status == 202) events.push_back(id);
    wait_for_effect(taken);
    for (const Answer* answer : {&run, &taken})
      if (answer->status != 201 && answer->status != 202 && !(leaves_ && answer->status == 0))
        wrong.push_back(std::to_string(answer->status) + " " + answer->text + answer->failure);
  }
}

struct Kill {
  bool cerebro = false;
  std::string server;  // or none
};

/// The whole world of this test.
struct Theatre {
  explicit Theatre(std::uint64_t seed) : chance(seed), nodes(random_graph(chance)), cerebro(folder.path("data")) {
    for (const std::string server : {"alpha", "beta"}) {
      folder.file(server + ".yaml", declaration(server, nodes, folder.path("effects")));
      servers[server] = serve(cerebro, folder.path(server + ".yaml"));
    }
  }

  /// Waits for the moment, kills, starts again what was killed.
  void act(const Kill& kill, Outsider& outsider);

  std::mt19937_64 chance;
  std::vector<Node> nodes;
  Folder folder;
  Cerebro cerebro;
  std::map<std::string, std::unique_ptr<Process>> servers;
};

void Theatre::act(const Kill& kill, Outsider& outsider) {
  SCOPED_TRACE("kill of " + std::string(kill.cerebro ? "cerebro " : "") + kill.server);
  const std::uint64_t seq = cerebro.last_seq() + 5 + chance() % 60;
  ASSERT_TRUE(cerebro.event([seq](const Json& event) { return event["seq"].get<std::uint64_t>() >= seq; }, seq - 2))
      << "the log stands still before " << seq;
  ASSERT_FALSE(cerebro.process().is_gone()) << "cerebro ended by itself: " << cerebro.process().wait().err;
  if (kill.cerebro) cerebro.process().signal(SIGKILL);
  if (!kill.server.empty()) {
    EXPECT_EQ(servers[kill.server]->kill().signal, SIGKILL);
  }
  if (kill.cerebro) {
    EXPECT_EQ(cerebro.kill().signal, SIGKILL);
    ASSERT_NO_FATAL_FAILURE(cerebro.start());
    outsider.cerebro_is_up();
  }
  if (!kill.server.empty()) servers[kill.server] = serve(cerebro, folder.path(kill.server + ".yaml"));
}

void expect_order(const std::vector<Json>& events, const std::string& run, const std::vector<Node>& nodes) {
  std::map<std::string, std::uint64_t> completed;
  std::map<std::string, std::uint64_t> commanded;  // first command
  std::set<std::tuple<std::string, std::string, int>> attempts;
  std::uint64_t expected = 1;
  for (const Json& event : events) {
    const auto seq = event["seq"].get<std::uint64_t>();
    ASSERT_EQ(seq, expected++) << "a gap in the log";
    const std::string kind = event["kind"];
    if (kind != "command.run" && kind != "task.completed") continue;
    const std::string task = event["task"];
    const bool is_first = kind == "task.completed" ||
                          attempts.emplace(event["run"].get<std::string>(), task, event["attempt"].get<int>()).second;
    EXPECT_TRUE(is_first) << "invoked twice: " << event.dump();
    if (event["run"] != run) continue;
    const bool is_new = (kind == "command.run" ? commanded : completed).emplace(task, seq).second;
    EXPECT_TRUE(is_new || kind == "command.run") << "completed twice: " << event.dump();
  }
  for (const Node& node : nodes) {
    ASSERT_TRUE(completed.contains(node.full())) << node.full() << " never completed";
    ASSERT_LT(commanded[node.full()], completed[node.full()]);
    for (const std::string& upstream : node.upstream)
      EXPECT_LT(completed[upstream], commanded[node.full()]) << upstream << " -> " << node.full();
  }
}

/// No attempt acted twice, and each attempt that cerebro calls completed did act.
void expect_effects(const std::string& text, const Json& run) {
  std::map<std::string, int> effects;
  for (const std::string& line : lines_of(text)) ++effects[line];
  for (const auto& [line, count] : effects) EXPECT_EQ(count, 1) << line;
  for (const Json& one : run["task_runs"]) {
    const std::string line =
        run.value("run_id", "") + " " + one.value("task", "") + " " + std::to_string(one.value("attempt", 0));
    EXPECT_EQ(effects[line], 1) << "no effect of " << line;
  }
}

void expect_nothing_lost(const Cerebro& cerebro, const Outsider& outsider, const std::vector<Json>& events) {
  std::map<std::string, std::string> state;
  std::map<std::string, int> runs_of_event;
  int loose = 0;
  for (std::string cursor;;) {
    const Answer page = cerebro.get("/api/v1/runs?limit=1000" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(page.status, 200) << page.text;
    for (const Json& run : page.body["runs"]) {
      state[run["run_id"]] = run["state"];
      EXPECT_EQ(run["state"], "completed") << run.dump();
      if (run["trigger"]["kind"] == "event") ++runs_of_event[run["trigger"]["event"]["id"]];
      const std::string target = run["targets"][0];
      if (target.ends_with("/loose")) ++loose;
    }
    if (!page.body["next"].is_string()) break;
    cursor = page.body["next"];
  }
  EXPECT_EQ(outsider.wrong, std::vector<std::string>());
  for (const std::string& run : outsider.runs) EXPECT_TRUE(state.contains(run)) << "lost: acknowledged run " << run;
  EXPECT_EQ(std::set(outsider.runs.begin(), outsider.runs.end()).size(), outsider.runs.size());
  EXPECT_EQ(static_cast<std::size_t>(loose), outsider.runs.size()) << "one key, one run";
  for (const std::string& id : outsider.events) EXPECT_EQ(runs_of_event[id], 1) << "event " << id;
  std::set<std::string> taken;
  for (const Json& event : events) {
    if (event["kind"] != "event.received") continue;
    EXPECT_TRUE(taken.insert(event["data"]["id"].get<std::string>()).second) << event.dump();
  }
  EXPECT_EQ(taken.size(), outsider.events.size());
}

/// Every run that is there ends.
void wait_for_all(const Cerebro& cerebro) {
  const Answer live = cerebro.get("/api/v1/runs?limit=1000&state=running");
  ASSERT_EQ(live.status, 200) << live.text << live.failure;
  for (const Json& run : live.body["runs"]) (void)cerebro.ended(run["run_id"], longest);
}

TEST(Kill, of_cerebro_and_of_servers_at_any_moment_loses_nothing_and_repeats_nothing) {
  const char* given = std::getenv("CORDYNA_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : static_cast<std::uint64_t>(getpid());
  SCOPED_TRACE("CORDYNA_SEED=" + std::to_string(seed));
  Theatre theatre(seed);
  Outsider outsider(theatre.cerebro);
  const std::string run = theatre.cerebro.start_run({{"select", {"alpha/t*", "beta/t*"}}, {"followers", false}});

  std::vector<Kill> kills{{true, ""}, {false, "alpha"}, {true, ""}, {true, "beta"}, {true, ""}};
  std::shuffle(kills.begin(), kills.end(), theatre.chance);
  for (const Kill& kill : kills) {
    theatre.act(kill, outsider);
    if (HasFatalFailure()) return;
  }
  outsider.stop();
  const Json document = theatre.cerebro.ended(run, longest);
  wait_for_all(theatre.cerebro);

  ASSERT_EQ(document["state"], "completed") << document.dump(1);
  EXPECT_EQ(document["task_runs"].size(), static_cast<std::size_t>(layers * layer_width));
  const std::vector<Json> events = theatre.cerebro.events();
  const auto starts =
      std::count_if(events.begin(), events.end(), [](const Json& e) { return e["kind"] == "cerebro.started"; });
  EXPECT_EQ(starts, 1 + std::count_if(kills.begin(), kills.end(), [](const Kill& kill) { return kill.cerebro; }));
  EXPECT_GE(outsider.runs.size(), kills.size()) << "the outsider hardly got a word in";
  expect_order(events, run, theatre.nodes);
  expect_effects(read_file(theatre.folder.path("effects")), document);
  expect_nothing_lost(theatre.cerebro, outsider, events);

  for (auto& [name, server] : theatre.servers) server->signal(SIGTERM);
  for (auto& [name, server] : theatre.servers) EXPECT_EQ(server->wait().code, 0) << name;
  EXPECT_EQ(theatre.cerebro.stop().code, 0);
  const Exit verified = processes::run({program("cerebro"), "verify", "--data", theatre.folder.path("data")});
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_NE(verified.out.find("intact"), std::string::npos) << verified.out;
}

}  // namespace
}  // namespace cordyna::processes

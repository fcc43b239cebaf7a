// A task-server of a team that has only the installed package. It declares what the library can declare; with "serve"
// it serves, without it only shows that it could, since the test has no network.

#include <cordyna/cordyna.h>

#include <cstdio>
#include <cstring>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  cordyna::TaskServer server{{.name = "server-b", .team = "insights", .description = "Reports on sales"}};
  server.task("report")
      .description("Daily sales report")
      .upstream("server-a/clean_orders")
      .upstream("crm/customers", cordyna::within(24h))
      .every(60s)
      .run([](cordyna::TaskContext& task) {
        task.progress(0.5, "half of the regions");
        task.result({{"rows", 42}});
      });
  server.task("audit")
      .upstream("report", cordyna::finished())
      .cron("0 2 * * *", "Europe/Berlin")
      .event("shop.order.*")
      .timeouts({.start = 1min, .complete = 1h})
      .retries({.max = 3, .backoff = 10s})
      .tag("daily")
      .label("tier", "gold")
      .params({{"properties", {{"day", {{"type", "string"}}}}}})
      .check([](cordyna::TaskContext& task) { return task.params()["day"].as_string() == "monday"; })
      .run([](cordyna::TaskContext& task) -> cordyna::Outcome {
        if (task.stop_requested()) return cordyna::Error{.message = "stopped", .hint = "start it again"};
        return {};
      });
  if (argc > 1 && std::strcmp(argv[1], "serve") == 0) return server.serve();

  cordyna::TaskServer nowhere{{.name = "server-b", .team = "insights", .url = "http://127.0.0.1:9"}};
  nowhere.task("report").run([](cordyna::TaskContext&) {});
  nowhere.stop();
  const int code = nowhere.serve();
  std::printf("outside: serve() returned %d\n", code);
  return code;
}

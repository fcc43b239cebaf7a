// The smallest task-server of an outside project. Its address of cerebro is none: serve() must say so (2) instead of
// dialling, which proves that the installed headers and archives fit together without needing a cerebro.

#include <cordyna/cordyna.h>

int main() {
  cordyna::TaskServer server{{.name = "outside", .team = "elsewhere", .url = "no address"}};
  server.task("report").description("Never runs").run([](cordyna::TaskContext&) {});
  return server.serve() == 2 ? 0 : 1;
}

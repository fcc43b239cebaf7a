// dyna doctor and dyna version: is everything well, and what is to be done if not.

#include <fmt/format.h>

#include <charconv>

#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/clock_text.h"
#include "dyna/http_date.h"
#include "dyna/release.h"
#include "dyna/table.h"

namespace cordyna::dyna::acts {
namespace {

constexpr base::Duration clock_difference_max = std::chrono::seconds(5);
constexpr std::uint64_t disk_free_min = std::uint64_t(1) << 30;  // bytes

struct Check {
  std::string name;
  bool ok = true;
  std::string message;
  std::string remedy = {};
};

Check reachable(Context& context, base::Result<base::HttpResponse>& health) {
  health = ask_plain(context, {.path = "//healthz"});
  if (!health)
    return {"cerebro", false, "not reachable at " + context.url,
            "start it with `dyna up`, or set --url or $CORDYNA_URL"};
  const auto ready = ask_plain(context, {.path = "//readyz"});
  if (!ready) return {"cerebro", false, "reachable at " + context.url + ", but not ready", "wait, or read its own log"};
  return {"cerebro", true, "ready at " + context.url};
}

base::Result<std::string> cerebro_version(Context& context) {
  const auto answer = ask(context, {.path = "//openapi.json"});
  if (!answer) return answer.error();
  return plain(text_at(at(answer->document, "info"), "version"));
}

Check versions(Context& context) {
  const auto cerebro = cerebro_version(context);
  if (!cerebro || cerebro->empty())
    return {"versions", false, fmt::format("dyna {}, cerebro does not say", release),
            "install the same version of both"};
  const bool equal = *cerebro == release;
  return {"versions", equal, fmt::format("dyna {}, cerebro {}", release, *cerebro),
          equal ? "" : "install the same version of both"};
}

Check clocks(Context& context, const base::HttpResponse& health) {
  for (const auto& [name, value] : health.headers) {
    if (name != "date" && name != "Date") continue;
    const auto theirs = parse_http_date(value);
    if (!theirs) break;
    // The header has whole seconds: a difference below one is none.
    const base::Duration difference = context.world.now() - *theirs;
    const base::Duration size = difference < base::Duration(0) ? -difference : difference;
    if (size < std::chrono::seconds(2)) return {"clock", true, "equal to cerebro's"};
    return {"clock", size <= clock_difference_max,
            fmt::format("{} {} cerebro's", duration_text(size), difference > base::Duration(0) ? "ahead of" : "behind"),
            size <= clock_difference_max ? "" : "let both machines follow a time server"};
  }
  return {"clock", true, "cerebro does not say its time"};
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

Check servers_alive(Context& context) {
  const auto all = ask_all(context, {.path = "/servers"}, "servers");
  if (!all) return {"servers", false, first_line(all.error().message), "try again"};
  std::string lost;
  for (const Json& server : list_at(*all, "servers"))
    if (text_at(server, "state") == "lost")
      lost += fmt::format("{}{} (team {})", lost.empty() ? "" : ", ", plain(text_at(server, "server")),
                          plain(text_at(server, "team")));
  const std::size_t count = list_at(*all, "servers").size();
  if (lost.empty()) return {"servers", true, counted(count, "server") + ", none lost"};
  return {"servers", false, "lost: " + lost, "ask the team to start it, or dyna forget SERVER"};
}

Check tasks_resolved(Context& context) {
  const auto all = ask_all(context, {.path = "/tasks"}, "tasks");
  if (!all) return {"tasks", false, first_line(all.error().message), "try again"};
  std::string unresolved;
  for (const Json& task : list_at(*all, "tasks"))
    if (flag_at(task, "unresolved")) unresolved += (unresolved.empty() ? "" : ", ") + plain(text_at(task, "task"));
  const std::size_t count = list_at(*all, "tasks").size();
  if (unresolved.empty()) return {"tasks", true, counted(count, "task") + ", none unresolved"};
  return {"tasks", false, "needed but declared by nobody: " + unresolved,
          "start the server that has it, or correct the name in the upstream entry"};
}

/// The value of a metric whose name ends with `name`, in the Prometheus text format.
std::optional<std::uint64_t> metric(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t space = line.rfind(' ');
    if (line.starts_with('#') || space == std::string_view::npos) continue;
    if (!line.substr(0, std::min(space, line.find('{'))).ends_with(name)) continue;
    double value = 0;
    const auto [end, error] = std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
    if (error == std::errc() && value >= 0 && value < 1e18) return static_cast<std::uint64_t>(value);
  }
  return std::nullopt;
}

Check disk(Context& context) {
  std::optional<std::uint64_t> free;
  std::string_view where = "for cerebro";
  if (const auto metrics = ask_plain(context, {.path = "//metrics"})) free = metric(metrics->body, "disk_free_bytes");
  const bool local = context.url.find("//127.") != std::string::npos ||
                     context.url.find("//localhost") != std::string::npos ||
                     context.url.find("//[::1]") != std::string::npos;
  if (!free && local) {
    free = context.world.disk_free();
    where = "here";
  }
  if (!free) return {"disk", true, "cerebro does not say what is free"};
  const bool enough = *free >= disk_free_min;
  return {"disk", enough, fmt::format("{}.{} GiB free {}", *free >> 30, (*free % disk_free_min) * 10 >> 30, where),
          enough ? "" : "make room: cerebro stops accepting work when its disk is full"};
}

void print(Context& context, const std::vector<Check>& checks) {
  if (context.json()) {
    Json list = Json::array();
    for (const Check& check : checks)
      list.push_back({{"check", check.name}, {"ok", check.ok}, {"message", check.message}, {"remedy", check.remedy}});
    context.out() << dumped(Json{{"checks", list}}) << '\n';
    return;
  }
  Table table;
  const Ink ink = context.ink();
  for (const Check& check : checks) {
    const std::string text = check.remedy.empty() ? check.message : check.message + "; " + check.remedy;
    table.rows.push_back(
        {check.ok ? (ink.glyphs ? "✔ ok" : "ok") : ink.bad(ink.glyphs ? "✖ problem" : "problem"), check.name, text});
  }
  context.out() << table.text(ink);
}

}  // namespace

Act doctor(Context& context) {
  base::Result<base::HttpResponse> health = base::HttpResponse{};
  std::vector<Check> checks = {reachable(context, health)};
  if (health) {
    checks.push_back(versions(context));
    checks.push_back(clocks(context, *health));
    checks.push_back(servers_alive(context));
    checks.push_back(tasks_resolved(context));
    checks.push_back(disk(context));
  }
  print(context, checks);
  if (!health) return exit_code::not_reachable;
  for (const Check& check : checks)
    if (!check.ok) return exit_code::failed;
  return exit_code::done;
}

Act version(Context& context) {
  const auto cerebro = cerebro_version(context);
  if (context.json()) {
    context.out() << dumped(
                         Json{{"dyna", release}, {"cerebro", cerebro ? Json(*cerebro) : Json()}, {"url", context.url}})
                  << '\n';
    return exit_code::done;
  }
  context.out() << "dyna " << release << '\n';
  if (cerebro)
    context.out() << "cerebro " << (cerebro->empty() ? "of unknown version" : *cerebro) << " at " << context.url
                  << '\n';
  else
    context.out() << "cerebro is not reachable at " << context.url << '\n';
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts

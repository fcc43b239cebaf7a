#include "dyna/names.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "dyna/ask.h"
#include "dyna/nearest.h"

namespace cordyna::dyna {
namespace {

constexpr int prefix_pages_max = 50;
constexpr const char* prefix_page_size = "1000";
constexpr std::size_t shown_max = 5;

std::string lines(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < shown_max; ++i) text += "\n  " + plain(names[i]);
  if (names.size() > shown_max) text += fmt::format("\n  and {} more", names.size() - shown_max);
  return text;
}

base::Result<std::string> last_run(Context& context) {
  const auto answer = ask(context, {.path = "/runs", .query = {{"limit", "1"}}});
  if (!answer) return answer.error();
  const Json& runs = list_at(answer->document, "runs");
  if (runs.empty()) return base::Error{"refused", "there is no run yet\n  start one: dyna run SELECTOR"};
  return text_at(runs.front(), "run_id");
}

/// All runs of cerebro whose id begins so, the newest first.
base::Result<std::vector<std::string>> runs_beginning(Context& context, const std::string& prefix) {
  std::vector<std::string> found;
  std::string cursor;
  for (int page = 0; page < prefix_pages_max; ++page) {
    const auto answer = ask(context, {.path = "/runs", .query = {{"limit", prefix_page_size}, {"cursor", cursor}}});
    if (!answer) return answer.error();
    for (const Json& run : list_at(answer->document, "runs"))
      if (std::string id = text_at(run, "run_id"); id.starts_with(prefix)) found.push_back(std::move(id));
    cursor = text_at(answer->document, "next");
    if (cursor.empty()) break;
  }
  return found;
}

/// All declared tasks; `all` also gets the bare names.
base::Result<std::vector<std::string>> tasks_named(Context& context, const std::string& name,
                                                   std::vector<std::string>& all) {
  const auto tasks = ask_all(context, {.path = "/tasks"}, "tasks");
  if (!tasks) return tasks.error();
  std::vector<std::string> found;
  for (const Json& task : list_at(*tasks, "tasks")) {
    std::string whole = text_at(task, "task");
    const std::string bare = whole.substr(whole.find('/') + 1);
    all.push_back(bare);
    if (bare == name) found.push_back(std::move(whole));
  }
  return found;
}

base::Error ambiguous_task(const std::string& name, const std::vector<std::string>& found) {
  return {"usage",
          fmt::format("{} servers have a task \"{}\": write one of{}", found.size(), plain(name), lines(found))};
}

}  // namespace

base::Result<std::string> resolved_run(Context& context, const std::string& given) {
  if (given == "last") return last_run(context);
  if (base::RunId::parse(given)) return given;
  if (given.empty() || given.find_first_not_of("0123456789abcdef-") != std::string::npos || given.size() >= 36)
    return base::Error{"usage",
                       fmt::format("\"{}\" is no run id: write an id, a unique beginning of one, or last\n  see: "
                                   "dyna runs",
                                   plain(given))};
  const auto found = runs_beginning(context, given);
  if (!found) return found.error();
  if (found->empty()) return base::Error{"refused", fmt::format("no run begins with {}\n  see: dyna runs", given)};
  if (found->size() > 1)
    return base::Error{"usage",
                       fmt::format("{} runs begin with {}: write more of it{}", found->size(), given, lines(*found))};
  return found->front();
}

base::Result<std::string> resolved_task(Context& context, const std::string& given) {
  if (given.find('/') != std::string::npos) return given;
  std::vector<std::string> all;
  const auto found = tasks_named(context, given, all);
  if (!found) return found.error();
  if (found->empty())
    return base::Error{"refused", fmt::format("no server has a task \"{}\"{}\n  see: dyna tasks", plain(given),
                                              plain(did_you_mean(given, all)))};
  if (found->size() > 1) return ambiguous_task(given, *found);
  return found->front();
}

std::string task_in(const std::string& selector) {
  if (selector.find_first_of(":*?[") != std::string::npos) return {};
  const std::size_t first = selector.starts_with('+') ? 1 : 0;
  const std::size_t end = selector.size() > first && selector.ends_with('+') ? selector.size() - 1 : selector.size();
  return selector.substr(first, end - first);
}

base::Result<std::string> resolved_selector(Context& context, const std::string& given) {
  const std::string name = task_in(given);
  if (name.empty() || name.find('/') != std::string::npos) return given;
  std::vector<std::string> all;
  const auto found = tasks_named(context, name, all);
  if (!found) return found.error();
  if (found->size() > 1) return ambiguous_task(name, *found);
  if (found->empty()) return given;
  const std::string before = given.starts_with('+') ? "+" : "";
  return before + found->front() + given.substr(before.size() + name.size());
}

}  // namespace cordyna::dyna

#include "dyna/verbs.h"

#include "dyna/acts.h"

namespace cordyna::dyna {
namespace {

constexpr PositionalRow a_run{"RUN", Count::one, Completes::runs};
constexpr PositionalRow a_task{"TASK", Count::one, Completes::tasks};
constexpr PositionalRow a_server{"SERVER", Count::one, Completes::servers};
constexpr PositionalRow selectors{"SELECTOR", Count::some, Completes::tasks};
constexpr OptionRow reason{"--reason", "TEXT", "why; kept beside who"};
constexpr OptionRow wait{"--wait", "", "follow it: a line a task on stderr, exit 1 when it does not complete"};
constexpr OptionRow of_run{"--run", "RUN", "only what belongs to this run", {}, false, Completes::runs};

/// What makes something happen here or in cerebro.
std::vector<Verb> starting_verbs() {
  return {
      {"up",
       "start cerebro and a task-server for every file, for development",
       {{"FILE", Count::any, Completes::files}},
       {{"--listen", "HOST:PORT", "where cerebro listens (127.0.0.1:7070)"},
        {"--data", "DIR", "where cerebro keeps its log (./.cordyna)"}},
       acts::up,
       false,
       false,
       {"dyna up", "dyna up shop.yaml crm.yaml --listen 127.0.0.1:7071"}},
      {"serve",
       "run a task-server from a YAML file",
       {{"FILE", Count::one, Completes::files}},
       {{"--drain", "DURATION", "how long running tasks get after SIGTERM (30s)"},
        {"--json", "", "findings and states as JSON lines"}},
       acts::serve,
       false,
       false,
       {"dyna serve shop.yaml"}},
      {"run",
       "run tasks now, with what they need; prints the run id",
       {selectors},
       {{"--param", "K=V", "a param: text where the task's schema says string, else JSON", {}, true},
        {"--only", "", "exactly these tasks: nothing upstream, nothing downstream"},
        {"--no-followers", "", "start nothing downstream"},
        {"--force", "", "run again what failed before, ask no check whether the work is there"},
        wait,
        {"--env", "NAME", "an environment other than production"},
        reason},
       acts::run,
       false,
       false,
       {"dyna run shop/extract_orders", "dyna run +report --wait", "dyna run tag:nightly --param day=2026-11-23"}},
      {"backfill",
       "one run for every scheduled instant of a past interval; prints the run ids",
       {selectors},
       {{"--from", "TIME", "the first instant (RFC 3339 or a date, UTC)"},
        {"--to", "TIME", "the end, not included"},
        {"--every", "DURATION", "instants of this distance instead of its own schedule"},
        {"--max-parallel", "N", "how many at a time (1)"},
        reason},
       acts::backfill,
       false,
       false,
       {"dyna backfill shop/extract_orders --from 2026-11-01 --to 2026-11-08 --max-parallel 2"}},
      {"emit",
       "post a CloudEvent",
       {{"TYPE"}},
       {{"--subject", "TEXT", "what it is about"},
        {"--id", "ID", "its id; the same id of one source has one effect (random)"},
        {"--source", "URI", "where it comes from (/dyna/USER@HOST)"},
        {"--data", "JSON", "its data"}},
       acts::emit,
       false,
       false,
       {"dyna emit shop.order.paid --subject orders/17 --data '{\"total\": 12}'"}},
  };
}

/// What steers what is there.
std::vector<Verb> steering_verbs() {
  return {
      {"cancel",
       "cancel a run",
       {a_run},
       {reason},
       acts::cancel,
       false,
       false,
       {"dyna cancel last --reason 'wrong day'"}},
      {"retry",
       "run again what failed in a run; prints the new run id",
       {a_run},
       {{"--accept-fresh", "", "let a fresh earlier completion stand in for a failed upstream"}, wait, reason},
       acts::retry,
       false,
       false,
       {"dyna retry last --wait"}},
      {"adopt",
       "take a completion that was reported too late; prints the new run id",
       {a_run, a_task},
       {wait, reason},
       acts::adopt,
       false,
       false,
       {"dyna adopt last shop/extract_orders"}},
      {"pause",
       "stop the schedule of a task",
       {a_task},
       {reason},
       acts::pause,
       false,
       false,
       {"dyna pause shop/extract_orders"}},
      {"resume",
       "let a paused task go on",
       {a_task},
       {reason},
       acts::resume,
       false,
       false,
       {"dyna resume shop/extract_orders"}},
      {"forget",
       "forget a server that will not come back",
       {a_server},
       {reason},
       acts::forget,
       false,
       false,
       {"dyna forget old-shop --reason 'replaced by shop'"}},
      {"transfer",
       "give a server to another team",
       {a_server},
       {{"--to", "TEAM", "the new owner"}, reason},
       acts::transfer,
       false,
       false,
       {"dyna transfer shop --to sales-data"}},
  };
}

/// What reads runs and what happened.
std::vector<Verb> following_verbs() {
  return {
      {"runs",
       "list runs, the newest first",
       {},
       {{"--state", "STATE", "running, completed, failed or cancelled"},
        {"--task", "TASK", "only runs with this task", {}, false, Completes::tasks},
        {"--limit", "N", "how many (20)"}},
       acts::runs,
       true,
       false,
       {"dyna runs --state failed"}},
      {"show",
       "one run as a tree: states, durations, errors",
       {a_run},
       {},
       acts::show,
       true,
       false,
       {"dyna show last", "dyna show 0192f3"}},
      {"watch",
       "one run, or all that happens, live",
       {{"RUN", Count::optional, Completes::runs}},
       {},
       acts::watch,
       true,
       false,
       {"dyna watch", "dyna watch last"}},
      {"why",
       "why a task is (not) running, who owns what it waits for, when that is expected",
       {a_task},
       {of_run},
       acts::why,
       true,
       false,
       {"dyna why shop/report", "dyna why report --run last"}},
      {"events",
       "the ordered log: when, who to whom, what",
       {},
       {{"--follow", "", "go on with what happens from now on", "-f"},
        of_run,
        {"--task", "TASK", "only events of this task", {}, false, Completes::tasks},
        {"--server", "SERVER", "only events of this server", {}, false, Completes::servers},
        {"--since", "DURATION", "only of the last 10m, 2h, ..."},
        {"--after", "SEQ", "only later ones than this position"}},
       acts::events,
       true,
       false,
       {"dyna events -f", "dyna events --since 10m --task shop/report"}},
      {"logs",
       "what a task printed",
       {a_run, a_task},
       {{"--attempt", "N", "of this attempt (the last one)"}, {"--follow", "", "until it ends", "-f"}},
       acts::logs,
       true,
       false,
       {"dyna logs last shop/extract_orders -f"}},
  };
}

/// What reads the rest, and what serves dyna itself.
std::vector<Verb> describing_verbs() {
  return {
      {"tasks",
       "what is declared, by whom, how it went last, when it is next",
       {},
       {},
       acts::tasks,
       true,
       false,
       {"dyna tasks"}},
      {"servers",
       "the task-servers, their instances and findings",
       {},
       {},
       acts::servers,
       true,
       false,
       {"dyna servers"}},
      {"graph",
       "the graph of all tasks, or of those selected",
       {{"SELECTOR", Count::any, Completes::tasks}},
       {{"--dot", "", "for Graphviz"}, {"--mermaid", "", "for Markdown"}},
       acts::graph,
       true,
       false,
       {"dyna graph +report --mermaid"}},
      {"doctor", "is everything well, and if not, what to do", {}, {}, acts::doctor, true, false, {"dyna doctor"}},
      {"version", "versions of dyna and of cerebro", {}, {}, acts::version, true, false, {"dyna version"}},
      {"completion",
       "the completion script for a shell",
       {{"SHELL", Count::one, Completes::shells}},
       {},
       acts::completion,
       false,
       false,
       {"source <(dyna completion bash)"}},
      {"check",
       "would cerebro accept these files? (does not exist yet)",
       {{"FILE", Count::some, Completes::files}},
       {},
       acts::check_later,
       false,
       true,
       {}},
      {"__complete", "candidates for the shell", {{"KIND"}}, {}, acts::complete, false, true, {}},
  };
}

}  // namespace

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = [] {
    std::vector<Verb> table = starting_verbs();
    for (auto* group : {steering_verbs, following_verbs, describing_verbs})
      for (const Verb& verb : group()) table.push_back(verb);
    return table;
  }();
  return all;
}

const Verb* find_verb(std::string_view name) {
  if (name == "do") name = "run";  // "dyna do report"
  for (const Verb& verb : verbs())
    if (verb.name == name) return &verb;
  return nullptr;
}

std::vector<OptionRow> options_of(const Verb& verb) {
  std::vector<OptionRow> options = verb.options;
  if (verb.reads) options.push_back({"--json", "", "what the API answers, as JSON, on stdout"});
  options.push_back({"--url", "URL", "where cerebro is ($CORDYNA_URL, else http://127.0.0.1:7070)"});
  options.push_back({"--help", "", "this text", "-h"});
  return options;
}

}  // namespace cordyna::dyna

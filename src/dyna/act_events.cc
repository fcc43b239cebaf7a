// dyna events: the ordered log, once or from now on.

#include <algorithm>

#include "dyna/acts.h"
#include "dyna/event_text.h"
#include "dyna/follow.h"
#include "dyna/names.h"

namespace cordyna::dyna::acts {
namespace {

constexpr const char* page_size = "1000";

using Query = std::vector<std::pair<std::string, std::string>>;

base::Result<Query> filters(Context& context) {
  Query query;
  if (const auto given = context.arguments.text("--run")) {
    auto run = resolved_run(context, *given);
    if (!run) return run.error();
    query.emplace_back("run", *run);
  }
  if (const auto given = context.arguments.text("--task")) {
    auto task = resolved_task(context, *given);
    if (!task) return task.error();
    query.emplace_back("task", *task);
  }
  if (const auto given = context.arguments.text("--server")) query.emplace_back("server", *given);
  return query;
}

struct Beginning {
  std::string after;  // a position; "": not said
  std::string since;  // an instant in RFC 3339; "": not said
};

/// Behind --after, at --since, or at the start of a --run.
base::Result<Beginning> beginning(Context& context) {
  const auto after = context.arguments.text("--after"), since = context.arguments.text("--since");
  if (after && since) return base::Error{"usage", "--after and --since exclude each other: give one of them"};
  if (after) {
    if (!whole_number(*after))
      return base::Error{"usage", "--after " + plain(*after) + ": write the position of an event, a whole number"};
    return Beginning{*after, ""};
  }
  if (since) {
    const auto ago = base::parse_duration(*since);
    if (!ago) return base::Error{"usage", "--since: " + plain(ago.error().message)};
    return Beginning{"", base::format_time(context.world.now() - *ago)};
  }
  return Beginning{context.arguments.has("--run") ? "0" : "", ""};
}

/// A stream begins at a position: the one before the first event since that instant, or "" (now) when there is none.
base::Result<std::string> position(Context& context, const Beginning& beginning) {
  if (beginning.since.empty()) return beginning.after;
  const auto answer = ask(context, {.path = "/events", .query = {{"since", beginning.since}, {"limit", "1"}}});
  if (!answer) return answer.error();
  const Json& events = list_at(answer->document, "events");
  if (events.empty()) return std::string();
  return std::to_string(std::max<std::int64_t>(number_at(events.front(), "seq"), 1) - 1);
}

void print(Context& context, const Json& event) {
  context.out() << (context.json() ? dumped(event) : event_line(context.world, context.ink(), event)) << '\n';
}

Act all_at_once(Context& context, const Query& filters, Beginning from) {
  if (from.after.empty() && from.since.empty()) from.after = "0";
  bool any = false;
  while (true) {
    Question question{.path = "/events", .query = filters};
    question.query.emplace_back("after", from.after);
    question.query.emplace_back("since", from.since);
    question.query.emplace_back("limit", page_size);
    const auto answer = ask(context, question);
    if (!answer) return answer.error();
    for (const Json& event : list_at(answer->document, "events")) print(context, event);
    any = any || !list_at(answer->document, "events").empty();
    const std::string next = text_at(answer->document, "next");
    if (next.empty() || next == from.after) {
      if (!any) context.err() << "no event like that; see which names there are: dyna tasks, dyna servers, dyna runs\n";
      return exit_code::done;
    }
    from = {next, ""};
  }
}

}  // namespace

Act events(Context& context) {
  const auto from = beginning(context);
  if (!from) return from.error();
  const auto query = filters(context);
  if (!query) return query.error();
  if (!context.arguments.has("--follow")) return all_at_once(context, *query, *from);
  const auto after = position(context, *from);
  if (!after) return after.error();
  const auto followed = follow(context, {.query = *query, .after = *after}, [&](const Json& event) {
    print(context, event);
    context.out().flush();
    return true;
  });
  if (!followed) return followed.error();
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts

// dyna emit and dyna backfill: events and past instants that cerebro turns into runs.

#include <fmt/format.h>

#include <limits>

#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/names.h"

namespace cordyna::dyna::acts {
namespace {

/// Run ids of an answer, whether it lists ids or runs.
std::vector<std::string> run_ids(const Json& document) {
  std::vector<std::string> ids;
  for (const Json& run : list_at(document, "runs"))
    ids.push_back(plain(run.is_object() ? text_at(run, "run_id") : text_of(run)));
  return ids;
}

base::Result<std::string> instant(Context& context, const char* option) {
  const auto text = context.arguments.text(option);
  if (!text)
    return base::Error{"usage", fmt::format("dyna backfill needs {} TIME\n  see: dyna backfill --help", option)};
  const auto time = base::parse_time(*text);
  if (!time) return base::Error{"usage", fmt::format("{}: {}", option, plain(time.error().message))};
  return base::format_time(*time);
}

base::Result<Json> cloud_event(Context& context) {
  const Arguments& given = context.arguments;
  Json event{{"specversion", "1.0"},
             {"type", given.text_or("TYPE", "")},
             {"source", given.text_or("--source", "/dyna/" + context.world.actor)},
             {"id", given.has("--id") ? given.text_or("--id", "") : context.world.random()}};
  if (const auto subject = given.text("--subject")) event["subject"] = *subject;
  if (const auto text = given.text("--data")) {
    Json data = parsed(*text);
    if (data.is_discarded())
      return base::Error{"usage", fmt::format("--data {}: this is no JSON; a text is written '\"so\"'", plain(*text))};
    event["datacontenttype"] = "application/json";
    event["data"] = std::move(data);
  }
  return event;
}

}  // namespace

Act emit(Context& context) {
  auto event = cloud_event(context);
  if (!event) return event.error();
  const auto answer = ask(context, {.method = "POST",
                                    .path = "/events",
                                    .body = std::move(*event),
                                    .headers = {{"content-type", "application/cloudevents+json"}},
                                    .repeatable = true});  // the same id has one effect
  if (!answer) return answer.error();
  for (const Json& received : list_at(answer->document, "events")) {
    context.out() << plain(text_at(received, "id"));
    if (flag_at(received, "duplicate")) context.out() << "  duplicate, was received before";
    for (const std::string& id : run_ids(received)) context.out() << "  started run " << id;
    if (run_ids(received).empty() && !flag_at(received, "duplicate")) {
      const std::string matched = text_of(at(received, "matched"));
      const bool none = matched.empty() || matched == "0" || matched == "[]" || matched == "false";
      context.out() << (none ? "  no task waits for such an event"
                             : "  started no run now; see why: dyna events --since 1m");
    }
    context.out() << '\n';
  }
  return exit_code::done;
}

Act backfill(Context& context) {
  const auto from = instant(context, "--from");
  if (!from) return from.error();
  const auto to = instant(context, "--to");
  if (!to) return to.error();
  const auto every = context.arguments.text("--every");
  if (every) {
    if (const auto duration = base::parse_duration(*every); !duration)
      return base::Error{"usage", "--every: " + plain(duration.error().message)};
  }
  const std::string at_once = context.arguments.text_or("--max-parallel", "1");
  const auto max_parallel = whole_number(at_once);
  if (!max_parallel || *max_parallel == 0 || *max_parallel > std::numeric_limits<std::uint32_t>::max())
    return base::Error{"usage", fmt::format("--max-parallel {}: write a whole number from 1", plain(at_once))};
  std::vector<std::string> selectors;
  for (const std::string& given : context.arguments.list("SELECTOR")) {
    auto selector = resolved_selector(context, given);
    if (!selector) return selector.error();
    selectors.push_back(std::move(*selector));
  }
  Json body{{"select", selectors},
            {"from", *from},
            {"to", *to},
            {"every", every ? Json(*every) : Json()},
            {"max_parallel", *max_parallel}};
  if (const auto reason = context.arguments.text("--reason")) body["reason"] = *reason;
  const auto answer = ask(context, {.method = "POST", .path = "/backfills", .body = std::move(body)});
  if (!answer) return answer.error();
  for (const std::string& id : run_ids(answer->document)) context.out() << id << '\n';
  return exit_code::done;
}

}  // namespace cordyna::dyna::acts

// Events over HTTP: the log as a list or a stream, CloudEvents in, and backfills.
#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "cerebro/api_routes.h"
#include "cerebro/event_document.h"
#include "cerebro/history.h"
#include "cerebro/log_keys.h"
#include "wire/cloud_event.h"

namespace cordyna::cerebro {

namespace limits = base::limits;
using engine::State;
using model::Json;

namespace {

struct WantedEvents {
  EventFilter filter;
  base::Seq after = 0;
  std::optional<base::Time> since;
  std::size_t limit = limits::page_default;

  bool all() const { return !filter.run && filter.task.empty() && filter.server.empty(); }
};

/// What one search read: more than is answered, because names are only known in the loop.
struct FoundEvents {
  std::vector<LoggedEvent> events;
  base::Seq scanned = 0;  // everything up to here was looked at
  std::optional<Problem> problem;
};

bool wants(const EventFilter& filter, const model::Event& event, const State& state) {
  std::vector<log::Key> keys;
  add_keys(event, state, keys);
  const auto has = [&keys](log::KeyKind kind, const std::string& id) {
    return std::find(keys.begin(), keys.end(), log::Key{kind, id}) != keys.end();
  };
  return (!filter.run || has(log::KeyKind::run, run_key(*filter.run))) &&
         (filter.task.empty() || has(log::KeyKind::task, filter.task)) &&
         (filter.server.empty() || has(log::KeyKind::server, filter.server));
}

base::Result<log::Found> next_batches(log::EventLog& log, const WantedEvents& wanted, base::Seq after) {
  constexpr std::size_t batches_a_read = 64;
  if (wanted.filter.run)
    return log.find_forward({log::KeyKind::run, run_key(*wanted.filter.run)}, after, batches_a_read);
  if (!wanted.filter.task.empty())
    return log.find_forward({log::KeyKind::task, wanted.filter.task}, after, batches_a_read);
  if (!wanted.filter.server.empty())
    return log.find_forward({log::KeyKind::server, wanted.filter.server}, after, batches_a_read);
  return log.batches_after(after, batches_a_read);
}

Problem log_problem(const base::Error& error) {
  return {500, error.code, error.message, {}};
}

/// Events behind `after`, in order. With a filter a batch holds many others: at most events_scanned_max are read at a
/// time.
FoundEvents find_events(log::EventLog& log, const WantedEvents& wanted) {
  FoundEvents found;
  base::Seq after = wanted.after;
  if (wanted.since) {
    const auto first = log.first_seq_since(*wanted.since);
    if (!first.ok()) return {{}, after, log_problem(first.error())};
    after = std::max(after, *first ? **first - 1 : log.identity().last_seq);
  }
  found.scanned = after;
  const std::size_t enough = wanted.all() ? wanted.limit : limits::events_scanned_max;
  while (found.events.size() < enough) {
    const auto batches = next_batches(log, wanted, found.scanned);
    if (!batches.ok()) return {{}, after, log_problem(batches.error())};
    for (const log::StoredBatch& batch : batches->batches) {
      auto events = events_of(batch);
      if (!events.ok()) return {{}, after, log_problem(events.error())};
      for (LoggedEvent& one : *events)
        if (one.seq > found.scanned) found.events.push_back(std::move(one));
      found.scanned = std::max(found.scanned, batch.first_seq + batch.count - 1);
      if (found.events.size() >= enough) break;
    }
    if (!batches->next && found.events.size() < enough) break;
    if (batches->batches.empty()) break;
  }
  return found;
}

base::HttpResponse event_page(const State& state, const WantedEvents& wanted, const FoundEvents& found) {
  if (found.problem) return response_of(*found.problem);
  Json list = Json::array();
  base::Seq next = found.scanned;
  for (const LoggedEvent& one : found.events) {
    if (!wanted.all() && !wants(wanted.filter, one.event, state)) continue;
    list.push_back(event_document(one.event, one.seq, one.at, state));
    if (list.size() < wanted.limit) continue;
    next = one.seq;
    break;
  }
  return json_response(200, {{"events", std::move(list)}, {"next", next}});
}

std::variant<WantedEvents, Problem> wanted_of(const Call& call) {
  WantedEvents wanted;
  const auto limit = page_limit(call);
  if (const auto* problem = std::get_if<Problem>(&limit)) return *problem;
  wanted.limit = std::get<std::uint64_t>(limit);
  const auto after = query_number(call, "after", 0, 0, std::uint64_t(1) << 62U);
  if (const auto* problem = std::get_if<Problem>(&after)) return *problem;
  wanted.after = std::get<std::uint64_t>(after);
  wanted.filter.task = call.text("task");
  wanted.filter.server = call.text("server");
  if (const std::string run = call.text("run"); !run.empty()) {
    const auto read = run_id(run);
    if (const auto* problem = std::get_if<Problem>(&read)) return *problem;
    wanted.filter.run = std::get<base::RunId>(read);
  }
  if (const std::string since = call.text("since"); !since.empty()) {
    const auto time = base::parse_time(since);
    if (!time.ok()) return Problem{400, "bad_query", "since: " + time.error().message, {}};
    wanted.since = *time;
  }
  return wanted;
}

void subscribe(const Call& call, const WantedEvents& wanted) {
  std::optional<base::Seq> after;
  if (!call.text("after").empty()) after = wanted.after;
  if (const std::string_view last = call.request.header("last-event-id"); !last.empty()) {
    base::Seq seq = 0;
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), seq);
    if (error != std::errc() || end != last.data() + last.size())
      return call.caller.refuse(
          {400, "bad_query", "Last-Event-ID is not the position of an event; leave it out to begin now", {}});
    after = seq;
  }
  if (wanted.since)
    return call.caller.refuse({422, "invalid", "a stream has no since; begin with after or Last-Event-ID", {}});
  call.caller.host->subscribe(call.caller.connection, wanted.filter, after);
}

base::Time time_field(Fields& body, const char* key) {
  const std::string text = body.text(key, limits::word_name_max);
  if (text.empty()) {
    if (!body.has(key)) body.refuse(key, "missing", std::string(key) + " is not said", "write an RFC 3339 time");
    return {};
  }
  const auto time = base::parse_time(text);
  if (time.ok()) return *time;
  body.refuse(key, time.error().code, time.error().message, "write for example 2026-11-24T00:00:00Z");
  return {};
}

}  // namespace

void serve_event_list(Call& call) {
  const auto read = wanted_of(call);
  if (const auto* problem = std::get_if<Problem>(&read)) return call.caller.refuse(*problem);
  const auto& wanted = std::get<WantedEvents>(read);
  if (call.wants_stream()) return subscribe(call, wanted);
  call.caller.host->search(call.caller.connection, [wanted](log::EventLog& log) -> ApiHost::Read {
    auto found = std::make_shared<FoundEvents>(find_events(log, wanted));
    return [wanted, found](const State& state) { return event_page(state, wanted, *found); };
  });
}

void serve_events_receive(Call& call) {
  wire::ReadCloudEvents read = wire::read_cloud_events(call.request);
  if (!read.findings.empty()) {
    const model::Finding& first = read.findings.front();
    const std::string code = read.status == 422 ? "invalid" : first.rule;
    return call.caller.refuse({read.status, code, first.message + ": " + first.fix, std::move(read.findings)});
  }
  submit(call.caller, call.actor(true), engine::EventsRequest{std::move(read.events)}, 202);
}

void serve_backfill(Call& call) {
  Fields& body = call.body;
  engine::BackfillRequest backfill;
  backfill.select = body.texts("select", limits::run_targets_max);
  backfill.from = time_field(body, "from");
  backfill.to = time_field(body, "to");
  backfill.max_parallel = static_cast<std::uint32_t>(body.number("max_parallel", 1, limits::backfill_runs_max));
  backfill.reason = body.text("reason", limits::text_bytes_max);
  const bool automated = body.flag("automated", false);
  if (const std::string every = body.text("every", limits::word_name_max); !every.empty()) {
    const auto period = base::parse_duration(every);
    if (period.ok() && *period >= std::chrono::seconds(1))
      backfill.every = *period;
    else
      body.refuse("every", "bad_duration", period.ok() ? "every is shorter than 1 s" : period.error().message,
                  "write for example 1d");
  }
  if (!body.ok()) return call.caller.refuse(body.problem());
  submit(call.caller, call.actor(automated), std::move(backfill), 201);
}

}  // namespace cordyna::cerebro

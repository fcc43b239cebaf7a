// Views of runs as JSON: the reader's half.
#include "cerebro/run_document.h"

#include "engine/history.h"

namespace cordyna::cerebro {

using model::Json;

namespace {

std::string_view word(model::TriggerKind kind) {
  constexpr std::string_view words[] = {"manual", "schedule", "event", "join", "retry", "adopt", "backfill"};
  return words[static_cast<std::size_t>(kind)];
}

Json reason_document(const engine::Why& why) {
  Json waits = Json::array();
  for (const engine::AwaitedTask& one : why.waits_for)
    waits.push_back({{"task", one.task},
                     {"state", one.state},
                     {"team", text_or_null(one.team)},
                     {"expected_at", time_or_null(one.expected_at)}});
  return {{"code", why.code}, {"message", why.message}, {"waits_for", std::move(waits)}};
}

/// A task-server's detail is JSON when it looks like it; else it is kept as a text.
Json detail_document(const std::string& detail) {
  if (detail.empty()) return nullptr;
  Json parsed = Json::parse(detail, nullptr, false);
  return parsed.is_discarded() ? Json(detail) : parsed;
}

Json error_document(const model::Failure& failure) {
  return {{"code", failure.code},
          {"message", failure.message},
          {"origin", failure.origin == model::Origin::cerebro ? "cerebro" : "server"},
          {"hint", text_or_null(failure.hint)},
          {"detail", detail_document(failure.detail)}};
}

Json taken_document(const model::Taken& taken) {
  if (taken.seq == 0) return nullptr;
  return {{"run", taken.run.text()}, {"attempt", taken.attempt}, {"seq", taken.seq}};
}

Json upstream_document(const std::vector<UpstreamView>& upstream) {
  Json list = Json::array();
  for (const UpstreamView& one : upstream)
    list.push_back(
        {{"task", one.task}, {"state", text_or_null(one.state)}, {"how", one.how}, {"by", taken_document(one.by)}});
  return list;
}

Json result_document(const model::Payload& payload, const ReadPayload& read) {
  if (payload.empty()) return nullptr;
  const auto text = read(payload);
  Json parsed = text ? Json::parse(*text, nullptr, false) : Json();
  return parsed.is_discarded() ? Json() : parsed;
}

}  // namespace

Json time_or_null(const std::optional<base::Time>& time) {
  return time ? Json(base::format_time(*time)) : Json();
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json trigger_document(const model::TriggerCause& trigger, const std::string& task) {
  Json event;
  if (!trigger.event_id.empty())
    event = {{"source", trigger.event_source}, {"id", trigger.event_id}, {"type", trigger.event_type}};
  return {{"kind", word(trigger.kind)},     {"task", text_or_null(task)},
          {"by", text_or_null(trigger.by)}, {"reason", text_or_null(trigger.reason)},
          {"event", std::move(event)},      {"of", trigger.of.none() ? Json() : Json(trigger.of.text())}};
}

Json run_document(const RunHead& head) {
  return {{"run_id", head.run.text()},
          {"state", model::word(head.state)},
          {"cancel_requested", head.cancel_requested},
          {"env", head.env == engine::production ? Json() : Json(head.env)},
          {"trigger", trigger_document(head.trigger, head.trigger_task)},
          {"created_at", base::format_time(head.created_at)},
          {"scheduled_at", time_or_null(head.scheduled_at)},
          {"ended_at", time_or_null(head.ended_at)},
          {"targets", head.targets}};
}

Json task_run_document(const TaskRunView& view, const ReadPayload& read) {
  Json json{{"task", view.task},
            {"state", model::word(view.state)},
            {"attempt", view.attempt},
            {"reason", view.reason ? reason_document(*view.reason) : Json()},
            {"error", view.failure ? error_document(*view.failure) : Json()},
            {"root_cause", nullptr},
            {"invoked_at", time_or_null(view.invoked_at)},
            {"queued_at", time_or_null(view.queued_at)},
            {"started_at", time_or_null(view.started_at)},
            {"ended_at", time_or_null(view.ended_at)},
            {"progress", nullptr},
            {"instance", text_or_null(view.instance)},
            {"result", result_document(view.result, read)},
            {"shared_from", nullptr},
            {"cancel_requested", view.cancel_requested},
            {"upstream", upstream_document(view.upstream)}};
  if (view.state == model::TaskState::skipped)
    json["reason"] = {{"code", model::word(view.skip)}, {"message", view.skip_text}, {"waits_for", Json::array()}};
  if (!view.root.run.none())
    json["root_cause"] = {{"run", view.root.run.text()},
                          {"task", view.root_task},
                          {"team", text_or_null(view.root_team)},
                          {"code", view.root.code}};
  if (view.progress_permille)
    json["progress"] = {{"fraction", *view.progress_permille / 1000.0}, {"message", view.progress_message}};
  if (view.shared_from)
    json["shared_from"] = {{"run", view.shared_from->first.text()}, {"task", view.shared_from->second}};
  return json;
}

std::string run_text(const RunView& view, const ReadPayload& read) {
  constexpr auto replace = Json::error_handler_t::replace;
  Json head = run_document(view.head);
  Json params = Json::parse(view.params, nullptr, false);
  head["params"] = params.is_discarded() ? Json::object() : std::move(params);
  head["force"] = view.force;
  head["person"] = view.person;
  head["after"] = view.after.none() ? Json() : Json(view.after.text());
  // The task-runs are written one by one: a tree of 100,000 of them would be several times the text.
  std::string text = head.dump(-1, ' ', false, replace);
  text.pop_back();
  text += ",\"task_runs\":[";
  for (std::size_t i = 0; i < view.tasks.size(); ++i) {
    if (i > 0) text += ',';
    text += task_run_document(view.tasks[i], read).dump(-1, ' ', false, replace);
  }
  return text + "]}";
}

}  // namespace cordyna::cerebro

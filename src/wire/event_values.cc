// The small values that several kinds of event are made of, each once in both directions.

#include "wire/event_values.h"

namespace cordyna::wire {

void write(const model::Payload& from, pb::Payload* to) {
  to->set_json(from.json);
  if (from.blob) {
    to->mutable_blob()->set_high(from.blob->high);
    to->mutable_blob()->set_low(from.blob->low);
  }
  to->set_size(from.size);
}

void write(const model::Finding& from, pb::Finding* to) {
  to->set_path(from.path);
  to->set_rule(from.rule);
  to->set_message(from.message);
  to->set_fix(from.fix);
  to->set_severity(static_cast<std::uint32_t>(from.severity));
  to->set_line(from.line);
  to->set_column(from.column);
}

void write(const model::Taken& from, pb::Taken* to) {
  to->set_run_high(from.run.high);
  to->set_run_low(from.run.low);
  to->set_attempt(from.attempt);
  to->set_seq(from.seq);
}

void write(const model::Standing& from, pb::Standing* to) {
  to->set_kind(static_cast<std::uint32_t>(from.kind));
  to->set_at(from.at.time_since_epoch().count());
  to->set_event(from.event);
}

void write(const model::Failure& from, pb::Failure* to) {
  to->set_code(from.code);
  to->set_message(from.message);
  to->set_hint(from.hint);
  to->set_detail(from.detail);
  to->set_origin(static_cast<std::uint32_t>(from.origin));
}

void write(const model::RootCause& from, pb::RootCause* to) {
  to->set_run_high(from.run.high);
  to->set_run_low(from.run.low);
  to->set_task(from.task.value);
  to->set_code(from.code);
}

void write(const model::TriggerCause& from, pb::TriggerCause* to) {
  to->set_kind(static_cast<std::uint32_t>(from.kind));
  if (from.task) to->set_task(from.task->value);
  to->set_by(from.by);
  to->set_reason(from.reason);
  to->set_event_source(from.event_source);
  to->set_event_id(from.event_id);
  to->set_event_type(from.event_type);
  if (!from.of.none()) {
    to->mutable_of()->set_high(from.of.high);
    to->mutable_of()->set_low(from.of.low);
  }
}

void write(const model::TaskRunRef& from, pb::TaskRunRef* to) {
  to->set_run_high(from.run.high);
  to->set_run_low(from.run.low);
  to->set_position(from.position);
}

model::Payload ValueReader::payload(const pb::Payload& from) {
  model::Payload to;
  to.json = from.json();
  if (from.has_blob()) to.blob = base::Hash128{from.blob().high(), from.blob().low()};
  to.size = from.size();
  if (!to.blob && to.size != to.json.size()) fail("a payload whose size is not that of its text");
  return to;
}

model::Finding ValueReader::finding(const pb::Finding& from) {
  return {from.path(),
          from.rule(),
          from.message(),
          from.fix(),
          word(from.severity(), model::Severity::warning, "severity"),
          from.line(),
          from.column()};
}

model::Taken ValueReader::taken(const pb::Taken& from) {
  return {base::RunId{from.run_high(), from.run_low()}, from.attempt(), from.seq()};
}

model::Standing ValueReader::standing(const pb::Standing& from) {
  model::Standing to;
  to.kind = word(from.kind(), model::Standing::Kind::event, "standing");
  to.at = base::Time(base::Duration(from.at()));
  to.event = from.event();
  return to;
}

model::Failure ValueReader::failure(const pb::Failure& from) {
  return {from.code(), from.message(), from.hint(), from.detail(),
          word(from.origin(), model::Origin::server, "origin")};
}

model::RootCause ValueReader::root(const pb::RootCause& from) {
  return {base::RunId{from.run_high(), from.run_low()}, model::TaskIndex{from.task()}, from.code()};
}

model::TriggerCause ValueReader::trigger(const pb::TriggerCause& from) {
  model::TriggerCause to;
  to.kind = word(from.kind(), model::TriggerKind::backfill, "trigger");
  if (from.has_task()) to.task = model::TaskIndex{from.task()};
  to.by = from.by();
  to.reason = from.reason();
  to.event_source = from.event_source();
  to.event_id = from.event_id();
  to.event_type = from.event_type();
  if (from.has_of()) to.of = base::RunId{from.of().high(), from.of().low()};
  return to;
}

model::TaskRunRef ValueReader::ref(const pb::TaskRunRef& from) {
  return {base::RunId{from.run_high(), from.run_low()}, from.position()};
}

}  // namespace cordyna::wire

#pragma once
// What a snapshot consists of: the fields of every struct of the state, each named once and in the order of the file.
// `a` is a FieldWriter or a FieldReader. Left out is what engine::rebuild_indexes() makes again.
//
// The order is the format. A new field goes to the end of its struct and needs a new snapshot format (snapshot.cc),
// with the reader of the old one kept: after retention a snapshot is all that is left of the time before.

#include "cerebro/declaration_fields.h"
#include "engine/rebuild.h"

namespace cordyna::cerebro {

template <class A>
void fields(A& a, Of<A, model::TaskRunRef>& v) {
  a(v.run, v.position);
}
template <class A>
void fields(A& a, Of<A, model::Payload>& v) {
  a(v.json, v.blob, v.size);
}
template <class A>
void fields(A& a, Of<A, model::Taken>& v) {
  a(v.run, v.attempt, v.seq);
}
template <class A>
void fields(A& a, Of<A, model::Standing>& v) {
  a.word(v.kind, model::Standing::Kind::event);
  a(v.at, v.event);
}
template <class A>
void fields(A& a, Of<A, model::TriggerCause>& v) {
  a.word(v.kind, model::TriggerKind::backfill);
  a(v.task, v.by, v.reason, v.event_source, v.event_id, v.event_type, v.of);
}
template <class A>
void fields(A& a, Of<A, model::RootCause>& v) {
  a(v.run, v.task, v.code);
}
template <class A>
void fields(A& a, Of<A, model::Failure>& v) {
  a(v.code, v.message, v.hint, v.detail);
  a.word(v.origin, model::Origin::server);
}
template <class A>
void fields(A& a, Of<A, model::Finding>& v) {
  a(v.path, v.rule, v.message, v.fix);
  a.word(v.severity, model::Severity::warning);
  a(v.line, v.column);
}

template <class A>
void fields(A& a, Of<A, engine::Scope>& v) {
  a(v.env, v.params);
}
template <class A>
void fields(A& a, Of<A, engine::Reach>& v) {
  a(v.until, v.event, v.invoked, v.instant);
}
template <class A>
void fields(A& a, Of<A, engine::Completion::Upstream>& v) {
  a(v.task, v.seq, v.at);
}
template <class A>
void fields(A& a, Of<A, engine::Completion>& v) {
  a(v.taken, v.at, v.reach, v.standing, v.params, v.result, v.upstream);
}
template <class A>
void fields(A& a, Of<A, engine::History::LastRun>& v) {
  a(v.at);
  a.word(v.state, model::TaskState::cancelled);
  a(v.root, v.reach, v.created, v.ended, v.attempt, v.ended_at, v.ran);
}
template <class A>
void fields(A& a, Of<A, engine::SeqByTask>& v) {
  a(v.ascending);
}
template <class A>
void fields(A& a, Of<A, engine::History>& v) {
  a(v.last, v.newest, v.joining_seq, v.finished, v.finished_at, v.finished_joining_seq, v.last_run, v.last_taken,
    v.consumed, v.live);
}
template <class A>
void fields(A& a, Of<A, engine::Pause>& v) {
  a(v.by, v.reason, v.at);
}
template <class A>
void fields(A& a, Of<A, engine::Timer>& v) {
  a(v.trigger, v.next, v.previous, v.before_previous);
}
template <class A>
void fields(A& a, Of<A, engine::TaskDetail>& v) {
  a(v.histories, v.paused, v.timers, v.newest_due, v.newest_event, v.newest_event_at, v.waiting, v.awaiting);
}
template <class A>
void fields(A& a, Of<A, engine::Task>& v) {
  a(v.name, v.server, v.definition, v.upstream, v.order, v.declared_seq, v.history, v.rare);
}

template <class A>
void fields(A& a, Of<A, engine::Revision>& v) {
  a(v.block, v.text);
}
template <class A>
void fields(A& a, Of<A, engine::Server>& v) {
  a(v.name, v.team, v.block, v.revision, v.text, v.older, v.current_seen);
  a.word(v.state, model::ServerState::gone);
  a(v.state_since, v.instances, v.findings);
}
template <class A>
void fields(A& a, Of<A, engine::Instance>& v) {
  a(v.name, v.server, v.session, v.hash, v.block, v.slots, v.capabilities, v.ready, v.draining, v.over, v.claimed,
    v.since);
}

template <class A>
void fields(A& a, Of<A, model::PlannedEdge>& v) {
  a.word(v.how, model::How::awaited);
  a(v.upstream, v.task, v.finished, v.taken);
}
template <class A>
void fields(A& a, Of<A, model::PlannedTask>& v) {
  a(v.task);
  a.word(v.role, model::Role::follower);
  a(v.any, v.check, v.shared_from);
  a.word(v.state, model::TaskState::cancelled);
  a(v.completion, v.first_edge, v.edge_count);
}
/// Edges are kept once, in the run, where later pins are filled in; results were taken when the run was created.
template <class A>
void fields(A& a, Of<A, model::RunPlan>& v) {
  a(v.tasks);
}
template <class A>
void fields(A& a, Of<A, model::RunCreated>& v) {
  a(v.run, v.trigger, v.standing, v.env, v.params, v.selected, v.person, v.force, v.quiet, v.after, v.key, v.key_body,
    v.plan);
}
template <class A>
void fields(A& a, Of<A, engine::Detail>& v) {
  a(v.failure, v.root, v.result, v.observed, v.retry_at, v.progress_permille, v.progress_message, v.skip_text,
    v.followers, v.deadline_left);
  a.word(v.deadline_kind, engine::DeadlineKind::claim);
  a(v.completion);
}
template <class A>
void fields(A& a, Of<A, engine::TaskRun>& v) {
  a.word(v.state, model::TaskState::cancelled);
  a.word(v.skip, model::SkipReason::nothing_to_do);
  a.word(v.need, engine::Need::asked);
  a(v.cancel_requested, v.view, v.ready, v.ack_expired, v.fenced_start, v.waiting, v.attempt, v.retries, v.free_retries,
    v.instance, v.token, v.invoked_seq, v.ended_seq, v.shared_from, v.pending_since, v.invoked_at, v.queued_at,
    v.started_at, v.ended_at, v.ready_since, v.definition);
}
template <class A>
void fields(A& a, Of<A, engine::Run>& v) {
  a(v.id, v.created, v.created_at, v.head);
  a.word(v.state, model::RunState::cancelled);
  a(v.cancel_requested, v.held, v.open, v.bad, v.tasks, v.edges, v.scope, v.asks, v.details, v.outside_results,
    v.taken_at, v.then);
}

template <class A>
void fields(A& a, Of<A, engine::RecentRun>& v) {
  a(v.id);
  a.word(v.state, model::RunState::cancelled);
  a(v.env, v.trigger, v.standing, v.created_at, v.ended_at, v.selected);
}
template <class A>
void fields(A& a, Of<A, engine::Fenced>& v) {
  a(v.at, v.task, v.attempt, v.instance, v.env, v.params, v.standing, v.heard, v.late);
}
template <class A>
void fields(A& a, Of<A, engine::SeenEvent>& v) {
  a(v.content, v.seq, v.at, v.matched, v.runs);
}
template <class A>
void fields(A& a, Of<A, engine::SeenKey>& v) {
  a(v.body, v.run, v.at);
}
template <class A>
void fields(A& a, Of<A, engine::ArmedDeadline>& v) {
  a(v.after);
  a.word(v.deadline.kind, engine::DeadlineKind::older);
  a(v.deadline.at, v.deadline.task_run, v.deadline.instance, v.second);
}
/// The deadlines and the name of the cluster are the caller's.
template <class A>
void fields(A& a, Of<A, engine::State>& v) {
  a.dimensions(v);
  a(v.salt, v.epoch, v.seq, v.now.wall, v.now.uptime, v.started_at, v.epoch_began, v.regressed, v.graph_revision,
    v.order_last);
  a.each(v.scopes);
  a.each(v.servers);
  a.each(v.instances);
  a.each(v.tasks);
  a(v.runs, v.retries, v.recent, v.fenced, v.seen_events, v.seen_order, v.seen_keys, v.seen_keys_order);
}

}  // namespace cordyna::cerebro

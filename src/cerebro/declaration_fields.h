#pragma once
// What a snapshot keeps of declarations: the first part of snapshot_fields.h, whose rules hold here too.

#include "cerebro/field_reader.h"
#include "cerebro/field_writer.h"

namespace cordyna::cerebro {

template <class A, class T>
using Of = typename A::template Of<T>;

template <class A>
void fields(A& a, Of<A, model::Upstream>& v) {
  a(v.task, v.text, v.within);
  a.word(v.require, model::Require::finished);
}
template <class A>
void fields(A& a, Of<A, model::CronTrigger>& v) {
  a(v.cron, v.timezone, v.and_upstream);
}
template <class A>
void fields(A& a, Of<A, model::EveryTrigger>& v) {
  a(v.every);
}
template <class A>
void fields(A& a, Of<A, model::EventTrigger>& v) {
  a(v.type, v.subject, v.params_from_data, v.coalesce);
}
template <class A>
void fields(A& a, Of<A, model::UpstreamTrigger>& v) {
  a(v.any);
}
template <class A>
void fields(A&, Of<A, model::ManualTrigger>&) {}
template <class A>
void fields(A& a, Of<A, model::Policy>& v) {
  a(v.timeouts.ack, v.timeouts.start, v.timeouts.complete, v.timeouts.pending);
  a(v.retries.max, v.retries.backoff, v.retries.factor_permille, v.retries.jitter_permille, v.retries.cap);
  a(v.concurrency, v.limits);
  a.word(v.overlap, model::Overlap::parallel);
  a.word(v.catchup, model::Catchup::none);
  a(v.priority, v.wait_for_server, v.idempotent, v.check);
}
template <class A>
void fields(A& a, Of<A, model::TaskDeclaration>& v) {
  a(v.name, v.description, v.upstream, v.when, v.policy, v.params, v.tags, v.labels, v.command, v.practices);
}
template <class A>
void fields(A& a, Of<A, model::Contact>& v) {
  a(v.kind, v.to, v.purpose);
}
template <class A>
void fields(A& a, Of<A, model::Declaration>& v) {
  a(v.server, v.team, v.domain, v.description, v.version, v.revision, v.contacts, v.slots, v.tasks, v.hash);
}

}  // namespace cordyna::cerebro

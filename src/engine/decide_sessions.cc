// Sessions of task-servers: who joins, what they declare, what they still have after a break, and who is lost.
#include <algorithm>

#include "base/limits.h"
#include "base/mutant.h"
#include "engine/decide.h"
#include "engine/sending.h"
#include "engine/task_runs.h"
#include "engine/triggers.h"

namespace cordyna::engine {

using model::ServerState;
using model::TaskState;

std::optional<InstanceIndex> instance_of(const State& state, SessionId session) {
  const auto found = state.instance_by_session.find(session.value);
  return found == state.instance_by_session.end() ? std::nullopt : std::optional(found->second);
}

void refresh_server_state(Step& step, ServerIndex index, bool goodbye) {
  const State& state = step.state();
  const Server& server = state.server(index);
  bool ready = false, draining = false, connected = false;
  for (const InstanceIndex one : server.instances) {
    const Instance& instance = state.instance(one);
    if (instance.session.value == 0) continue;
    connected = true;
    ready = ready || (instance.ready && !instance.draining);
    draining = draining || instance.draining;
  }
  ServerState now = server.state;
  if (ready)
    now = ServerState::ready;
  else if (draining)
    now = ServerState::draining;
  else if (!connected && server.state != ServerState::unknown && server.state != ServerState::gone)
    now = goodbye ? ServerState::gone : ServerState::lost;
  if (now != server.state) step.emit(model::ServerStateChanged{index, now}, step.state().seq);
}

namespace {

void send(Step& step, SessionId session, model::Item item) {
  step.effect(SendItem{session, std::move(item)});
  step.hurry();
}

void refuse_session(Step& step, SessionId session, const model::Hello& hello, model::Finding finding) {
  const std::string reason = finding.message;
  model::VerdictItem verdict{model::Verdict::refused, {std::move(finding)}};
  step.emit(model::ServerRefused{hello.server, hello.team, hello.instance, verdict.findings});
  send(step, session, std::move(verdict));
  step.effect(CloseSession{session, reason});
}

/// Does this log know all that the instance remembers? If not, an old log was restored.
std::optional<std::string> token_from_future(const State& state, const model::Hello& hello) {
  for (const model::LiveAttempt& attempt : hello.live)
    if (read_token(state, attempt.token).from_future) return attempt.token;
  return std::nullopt;
}

bool current_is_around(const State& state, const Server& server, base::Time now) {
  for (const InstanceIndex one : server.instances) {
    const Instance& instance = state.instance(one);
    if (instance.session.value != 0 && server.block && instance.hash == server.block->hash) return true;
  }
  return server.current_seen != base::Time{} && now - server.current_seen <= base::limits::older_revision_grace;
}

const Revision* older_revision(const Server& server, const std::string& hash) {
  for (const Revision& one : server.older)
    if (one.block->hash == hash) return &one;
  return nullptr;
}

/// The names of the first hundred.
std::vector<std::string> names_of(const model::Declaration* declaration, const std::vector<std::uint32_t>& positions) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < positions.size() && i < 100; ++i) names.push_back(declaration->tasks[positions[i]].name);
  return names;
}

void declare(Consequences& consequences, const model::Succession& next, std::vector<base::Hash128> text,
             model::Findings warnings) {
  Step& step = consequences.step();
  model::ServerDeclared event;
  event.server = next.declaration->server;
  event.team = next.declaration->team;
  event.hash = next.declaration->hash;
  event.text = std::move(text);
  event.added = names_of(next.declaration.get(), next.change->added);
  event.changed = names_of(next.declaration.get(), next.change->changed);
  event.removed = names_of(next.change->before.get(), next.change->removed);
  event.task_count = static_cast<std::uint32_t>(next.declaration->tasks.size());
  event.warnings = std::move(warnings);
  event.declaration = next.declaration;
  event.change = next.change;
  const Seq seq = step.emit(std::move(event));
  settle_declaration(consequences, step.state().server_by_name.at(next.declaration->server), *next.change, seq);
}

/// A declaration that was current before comes again, unless others have declared since what does not go with it: a
/// cycle. Then it stays an older one, and an event says why. Cost: its size and that of the current one.
bool declare_again(Consequences& consequences, const Revision& revision, const std::string& instance) {
  Step& step = consequences.step();
  const auto next = model::succeed(current_declaration(step.state(), revision.block->server), revision.block);
  model::Findings findings = check_declaration(step.state(), next, consequences.settings());
  if (model::has_errors(findings)) {
    step.emit(model::ServerRefused{revision.block->server, revision.block->team, instance, std::move(findings)});
    return false;
  }
  declare(consequences, next, revision.text, std::move(findings));
  return true;
}

/// The hello names a declaration this log knows: nothing has to be sent.
void welcome_known(Consequences& consequences, SessionId session, const Revision& revision, bool is_older) {
  Step& step = consequences.step();
  send(step, session, model::Welcome{step.state().cluster, false});
  model::VerdictItem verdict;
  if (is_older) {
    const Server& server = step.state().server(step.state().server_by_name.at(revision.block->server));
    const std::string instance = step.state().instance(*instance_of(step.state(), session)).name;
    if (current_is_around(step.state(), server, step.now().wall) ||
        !declare_again(consequences, Revision(revision), instance))
      verdict.verdict = model::Verdict::older;
  }
  send(step, session, std::move(verdict));
}

}  // namespace

void restore_revision(Consequences& consequences, InstanceIndex index) {
  const State& state = consequences.step().state();
  const Instance& instance = state.instance(index);
  const std::string name = instance.name;
  declare_again(consequences, Revision(*older_revision(state.server(instance.server), instance.hash)), name);
}

void settle_declaration(Consequences& consequences, ServerIndex server, const model::DeclarationChange& change,
                        Seq cause) {
  Step& step = consequences.step();
  const std::string prefix = step.state().server(server).name + '/';
  const auto now = step.state().server(server).block;
  for (const auto* positions : {&change.added, &change.changed})
    for (const std::uint32_t position : *positions)
      if (const model::TaskDeclaration& task = now->tasks[position]; has_own_trigger(task))
        set_timers(consequences, *step.state().find_task(prefix + task.name), cause);
  // Pending task-runs of what is gone end; invoked ones go on.
  for (const std::uint32_t position : change.removed) {
    const TaskIndex index = *step.state().find_task(prefix + change.before->tasks[position].name);
    std::vector<TaskRunRef> live;
    const Task& task = step.state().task(index);
    if (task.history) live = task.history->live;
    for (const auto& [scope, history] : task.detail().histories)
      live.insert(live.end(), history->live.begin(), history->live.end());
    for (const TaskRunRef at : live) {
      if (task_run(step.state(), at).state != TaskState::pending || base::mutant("removed_task_waits")) continue;
      model::Failure failure;
      failure.code = "task_removed";
      failure.message = task.name + " is no longer declared";
      step.emit(model::TaskFailed{at, index, task_run(step.state(), at).attempt, failure}, cause);
      consequences.ended(at);
    }
  }
}

void decide_opened(Consequences& consequences, const SessionOpened& input) {
  Step& step = consequences.step();
  const State& state = step.state();
  const model::Hello& hello = input.hello;
  const auto found = state.server_by_name.find(hello.server);
  const Server* known = found == state.server_by_name.end() ? nullptr : &state.server(found->second);
  if (known != nullptr && known->block && known->team != hello.team)
    return refuse_session(
        step, input.session, hello,
        {"team", "server_taken",
         "server \"" + hello.server + "\" belongs to team \"" + known->team + "\", not to \"" + hello.team + "\"",
         "choose another server name, or: dyna transfer " + hello.server + " --to " + hello.team});
  // A second session of one instance replaces the first: the first one's socket is dead and nobody has noticed yet.
  const auto before = state.instance_by_name.find(hello.server + '#' + hello.instance);
  if (before != state.instance_by_name.end() && state.instance(before->second).session.value != 0) {
    const SessionId old = state.instance(before->second).session;
    step.emit(model::InstanceLeft{before->second, "replaced by a newer session", true});
    step.effect(CloseSession{old, "the instance has opened a newer session"});
  }
  model::InstanceJoined joined;
  joined.instance = hello.instance;
  joined.server = hello.server;
  joined.team = hello.team;
  joined.hash = hello.declaration_hash;
  joined.session = input.session;
  joined.slots = std::clamp(hello.slots, 1U, base::limits::slots_max);
  joined.capabilities = hello.capabilities;
  for (const model::LiveAttempt& attempt : hello.live) joined.live.push_back(attempt.token);
  const auto regressed = token_from_future(state, hello);
  step.emit(std::move(joined));
  const InstanceIndex instance = *instance_of(state, input.session);
  if (regressed && !state.regressed) step.emit(model::LogRegressed{instance, *regressed}, state.seq);

  const Server& server = state.server(state.instance(instance).server);
  if (server.block && !hello.declaration_hash.empty()) {
    if (server.block->hash == hello.declaration_hash)
      return welcome_known(consequences, input.session, {server.block, server.text}, false);
    if (const Revision* older = older_revision(server, hello.declaration_hash))
      return welcome_known(consequences, input.session, *older, true);
  }
  send(step, input.session, model::Welcome{state.cluster, true});
}

void decide_declared(Consequences& consequences, const SessionDeclared& input) {
  Step& step = consequences.step();
  const State& state = step.state();
  const auto index = instance_of(state, input.session);
  if (!index) return;
  const std::string server_name = state.server(state.instance(*index).server).name;
  model::Findings findings = input.findings;
  model::Succession next{input.declaration, input.change};
  if (input.declaration != nullptr && !model::has_errors(findings)) {
    if (input.declaration->server != server_name)
      findings.push_back({"server", "wrong_server", "the session is of server \"" + server_name + "\"",
                          "declare the same server as in hello"});
    else if (const auto current = current_declaration(state, server_name);
             !next.change || next.change->before != current)
      next = model::succeed(current, input.declaration);
    if (!model::has_errors(findings))
      for (model::Finding& finding : check_declaration(state, next, consequences.settings()))
        findings.push_back(std::move(finding));
  }
  if (input.declaration == nullptr || model::has_errors(findings)) {
    const std::string team =
        input.declaration ? input.declaration->team : state.server(state.instance(*index).server).team;
    step.emit(model::ServerRefused{server_name, team, state.instance(*index).name, findings});
    return send(step, input.session, model::VerdictItem{model::Verdict::refused, std::move(findings)});
  }
  model::VerdictItem verdict{findings.empty() ? model::Verdict::accepted : model::Verdict::warnings, findings};
  const Server& server = state.server(state.instance(*index).server);
  const bool older = server.block && server.block->hash != input.declaration->hash &&
                     older_revision(server, input.declaration->hash) != nullptr &&
                     current_is_around(state, server, step.now().wall);
  step.emit(model::InstanceDeclared{*index, input.declaration->hash});
  if (older)
    verdict.verdict = model::Verdict::older;
  else if (!server.block || server.block->hash != input.declaration->hash)
    declare(consequences, next, step.blobs(std::move(*input.json)), std::move(findings));
  send(step, input.session, std::move(verdict));
}

namespace {

/// Level-triggered, once a connection: what the instance has is compared with what it should have.
void reconcile(Consequences& consequences, InstanceIndex index, const std::set<std::string>& claimed) {
  Step& step = consequences.step();
  const State& state = step.state();
  const Instance& instance = state.instance(index);
  for (const std::string& token : claimed) {
    const TokenRead read = read_token(state, token);
    const auto attempt = state.attempts.find(read.seq);
    const bool known =
        read.seq != 0 && attempt != state.attempts.end() && task_run(state, attempt->second).instance == index;
    if (!known) step.effect(SendItem{instance.session, model::CancelCommand{token, "attempt_over"}});
  }
  const std::vector<TaskRunRef> attempts(instance.attempts.begin(), instance.attempts.end());
  for (const TaskRunRef at : attempts) {
    const TaskRun& one = task_run(state, at);
    const bool has_it = claimed.contains(token_text(state, one.token));
    if (has_it) {
      if (one.cancel_requested) send_cancel(step, index, one.token, one.ack_expired ? "ack_timeout" : "run_cancelled");
    } else if (one.state == TaskState::invoked) {
      send_run(step, at);
    } else {
      fail_attempt(consequences, at,
                   {"instance_lost",
                    "instance " + instance.name + " no longer has the attempt: its outcome is unknown",
                    {},
                    {},
                    model::Origin::cerebro},
                   false, false, step.state().seq);
    }
  }
}

void decide_session_item(Consequences& consequences, InstanceIndex index, const model::Ready&) {
  Step& step = consequences.step();
  const Instance& instance = step.state().instance(index);
  if (!instance.block || instance.ready) return;
  const std::set<std::string> claimed = instance.claimed;
  step.emit(model::InstanceReady{index});
  refresh_server_state(step, instance.server, false);
  step.hurry();
  reconcile(consequences, index, claimed);
}

void decide_session_item(Consequences& consequences, InstanceIndex index, const model::Draining&) {
  Step& step = consequences.step();
  step.emit(model::InstanceDraining{index});
  refresh_server_state(step, step.state().instance(index).server, false);
}

void decide_session_item(Consequences& consequences, InstanceIndex index, const model::Goodbye&) {
  end_instance(consequences, index, "goodbye");
}

void decide_session_item(Consequences& consequences, InstanceIndex index, const model::Update& update) {
  decide_update(consequences, index, update);
}

template <class Other>
void decide_session_item(Consequences&, InstanceIndex, const Other&) {}

}  // namespace

void decide_item(Consequences& consequences, const SessionItem& input) {
  const auto index = instance_of(consequences.step().state(), input.session);
  if (!index) return;
  std::visit([&](const auto& item) { decide_session_item(consequences, *index, item); }, input.item);
}

void decide_closed(Consequences& consequences, const SessionClosed& input) {
  Step& step = consequences.step();
  const auto index = instance_of(step.state(), input.session);
  if (!index) return;
  const ServerIndex server = step.state().instance(*index).server;
  step.emit(model::InstanceLeft{*index, input.reason, true});
  refresh_server_state(step, server, false);
}

void end_instance(Consequences& consequences, InstanceIndex index, const std::string& reason) {
  Step& step = consequences.step();
  const ServerIndex server = step.state().instance(index).server;
  const std::string name = step.state().instance(index).name;
  const std::set<TaskRunRef> attempts = step.state().instance(index).attempts;
  const Seq seq = step.emit(model::InstanceLeft{index, reason, false});
  refresh_server_state(step, server, reason == "goodbye");
  if (base::mutant("lost_instance_keeps_its_work")) return;
  for (const TaskRunRef at : attempts)
    fail_attempt(consequences, at,
                 {"instance_lost",
                  "instance " + name + " is gone (" + reason + "): the outcome is unknown",
                  {},
                  {},
                  model::Origin::cerebro},
                 false, false, seq);
}

}  // namespace cordyna::engine

// The wiring: who hears what arrives, and where effects go.

#include "cerebro/cerebro.h"

#include <algorithm>

#include "cerebro/problem.h"
#include "engine/graph.h"
#include "engine/sending.h"

namespace cordyna::cerebro {
namespace {

std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

base::HttpResponse disk_full() {
  return response_of(
      {507,
       "disk_full",
       "the disk of cerebro is full and what was decided last is not written yet; free space, it goes on by "
       "itself within 5 s",
       {}});
}

std::string_view kind_of(const engine::Input& input) {
  static constexpr std::string_view kinds[] = {"session_opened", "declaration", "update",
                                               "session_closed", "request",     "tick"};
  return kinds[input.index()];
}

}  // namespace

Cerebro::Cerebro(CerebroWorld world, engine::State state)
    : world_(std::move(world)),
      loop_(world_.log, world_.clock, *this, std::move(state), world_.settings),
      sessions_({world_.transport, world_.readers, world_.log, world_.task_logs, world_.check_zone,
                 [this](const std::string& server) { return engine::current_declaration(loop_.state(), server); },
                 [this](model::SessionId session, engine::Input input) {
                   metrics_.count_input(kind_of(input));
                   return loop_.session_input(session, std::move(input));
                 },
                 [this](const Session& session, const std::string& token) { return attempt_of(session, token); }}),
      live_(world_.transport, world_.readers, world_.log, loop_.state()),
      log_streams_(world_.transport, world_.readers, world_.task_logs,
                   [this](const AttemptName& attempt) { return attempt_over(attempt); }),
      api_(*this, world_.transport) {
  loop_.commits().on_seal([this](const CommitFigures& figures) { metrics_.committed(figures); });
}

Cerebro::~Cerebro() = default;

void Cerebro::start() {
  loop_.start(world_.log.identity().epoch);
}

void Cerebro::pass(const std::function<std::size_t()>& poll_sockets) {
  const base::Duration began = world_.clock.steady();
  world_.log.poll();
  world_.readers.poll();
  loop_.pass(poll_sockets);
  if (stopping_ && !stopped_ && loop_.commits().settled()) say_goodbye();
  sessions_.advance(loop_.awake());
  live_.advance(loop_.awake());
  log_streams_.advance(loop_.awake());
  metrics_.passed(world_.clock.steady() - began);
}

std::optional<base::Duration> Cerebro::idle_time() {
  // Sessions and streams speak of awake time, which runs like steady time while nothing stops us.
  const base::Duration steady = world_.clock.steady();
  std::optional<base::Duration> others;
  for (const auto due : {sessions_.due(), live_.due(), log_streams_.due()}) {
    if (!due) continue;
    const base::Duration at = steady + std::max(base::Duration{}, *due - loop_.awake());
    others = others ? std::min(*others, at) : at;
  }
  const auto next = loop_.next(others);
  if (!next) return std::nullopt;
  return std::max(base::Duration{}, *next - steady);
}

void Cerebro::stop(const std::string& reason) {
  if (stopping_) return;
  stopping_ = true;
  stop_reason_ = reason;
  loop_.stop(reason);
}

void Cerebro::say_goodbye() {
  stopped_ = true;
  live_.close_all();
  log_streams_.close_all();
  sessions_.close_all(1001, stop_reason_);
}

// what arrives

bool Cerebro::known_host(std::string_view host) const {
  const std::string_view name = host_name(host);
  if (name == "localhost" || name == "127.0.0.1" || name == "[::1]") return true;
  return std::find(world_.hosts.begin(), world_.hosts.end(), host) != world_.hosts.end();
}

void Cerebro::on_request(base::ConnectionId connection, base::HttpRequest request) {
  if (!known_host(request.header("host")))
    return world_.transport.respond(
        connection, response_of({403,
                                 "forbidden_host",
                                 "Host " + std::string(request.header("host")) +
                                     " is not a name of this cerebro; call it by its address or as localhost",
                                 {}}));
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (stopping_) return world_.transport.respond(connection, response_of({503, "stopping", "cerebro stops", {}}));
  if (!request.upgrade && path == "/api/v1/connect")
    return world_.transport.respond(
        connection, response_of({426,
                                 "upgrade_required",
                                 "task-servers connect here: open a WebSocket with the subprotocol cordyna.v1.proto "
                                 "or cordyna.v1.json",
                                 {}}));
  if (!request.upgrade) return api_.on_request(connection, std::move(request));
  if (path != "/api/v1/connect")
    return world_.transport.respond(connection,
                                    response_of({404, "not_found", "task-servers connect at /api/v1/connect", {}}));
  const std::string_view origin = request.header("origin");
  const auto scheme = origin.find("://");
  if (!origin.empty() && (scheme == std::string_view::npos || !known_host(origin.substr(scheme + 3))))
    return world_.transport.respond(
        connection,
        response_of(
            {403, "forbidden_origin", "a page of " + std::string(origin) + " may not open a session here", {}}));
  sessions_.on_upgrade(connection, request);
}

void Cerebro::on_opened(base::ConnectionId connection) {
  sessions_.on_opened(connection, loop_.awake());
}

void Cerebro::on_message(base::ConnectionId connection, std::string bytes, bool binary) {
  sessions_.on_message(connection, bytes, binary, loop_.awake());
}

void Cerebro::on_writable(base::ConnectionId) {}  // queues are looked at in each pass

void Cerebro::on_closed(base::ConnectionId connection, std::string reason) {
  live_.on_closed(connection);
  log_streams_.on_closed(connection);
  sessions_.on_closed(connection, reason);
}

// what the API asks

void Cerebro::submit(engine::Actor actor, engine::RequestBody body, Answered answered) {
  metrics_.count_input("request");
  const engine::RequestId id{++last_request_};
  loop_.request([this, id, actor = std::move(actor), body = std::move(body),
                 answered = std::move(answered)](engine::Step& step) mutable {
    if (loop_.commits().disk_full())
      return answered({id, engine::Refusal{"disk_full", "the disk of cerebro is full; nothing was changed", {}}});
    answers_.emplace(id, std::move(answered));
    engine::decide(engine::Request{id, std::move(actor), std::move(body)}, step, loop_.settings());
  });
}

void Cerebro::read(base::ConnectionId connection, Read compute) {
  loop_.request([this, connection, compute = std::move(compute)](engine::Step&) {
    if (loop_.commits().disk_full()) return world_.transport.respond(connection, disk_full());
    loop_.commits().gather();
    loop_.commits().then([this, connection, response = compute(loop_.state())]() mutable {
      world_.transport.respond(connection, std::move(response));
    });
  });
}

void Cerebro::look(base::ConnectionId connection, Look see) {
  loop_.request([this, connection, see = std::move(see)](engine::Step&) {
    if (loop_.commits().disk_full()) return world_.transport.respond(connection, disk_full());
    see(loop_.state());
  });
}

void Cerebro::search(base::ConnectionId connection, std::function<Read(log::EventLog&)> work) {
  const bool taken = world_.readers.try_run([this, connection, work = std::move(work)]() -> Readers::Then {
    return [this, connection, compute = work(world_.log)]() mutable { read(connection, std::move(compute)); };
  });
  if (!taken)
    world_.transport.respond(connection,
                             response_of({503, "busy", "too many searches wait; ask again in a second", {}}));
}

void Cerebro::run_record(base::ConnectionId connection, base::RunId run, RecordFound found) {
  // What was decided about the run must be in the log before the log is asked.
  loop_.request([this, connection, run, found = std::move(found)](engine::Step&) mutable {
    loop_.commits().gather();
    loop_.commits().then([this, connection, run, found = std::move(found)]() mutable {
      world_.readers.run([this, connection, run, found = std::move(found)]() -> Readers::Then {
        auto record = read_run(world_.log, run);
        return [this, connection, found, record = std::move(record)] {
          if (record.ok()) return found(*record);
          world_.transport.respond(connection, response_of({500, record.error().code, record.error().message, {}}));
        };
      });
    });
  });
}

void Cerebro::subscribe(base::ConnectionId connection, EventFilter filter, std::optional<base::Seq> after) {
  live_.subscribe(connection, std::move(filter), after, loop_.commits().durable());
}

void Cerebro::follow_log(base::ConnectionId connection, AttemptName attempt, std::uint64_t after) {
  log_streams_.follow(connection, std::move(attempt), after);
}

std::string Cerebro::metrics() {
  return metrics_.text(loop_.state(),
                       {sessions_.count(), live_.count(), loop_.waiting_inputs(), 0, loop_.commits().disk_full()});
}

std::string Cerebro::not_ready() const {
  if (stopping_) return "cerebro stops";
  if (loop_.commits().disk_full()) return "the disk is full";
  if (loop_.state().regressed) return "the log is older than what task-servers remember; an operator must decide";
  return {};
}

// what is durable

void Cerebro::perform(engine::Effect effect) {
  if (auto* item = std::get_if<engine::SendItem>(&effect)) return sessions_.send(std::move(*item));
  if (auto* run = std::get_if<engine::SendRun>(&effect)) return sessions_.send_run(std::move(*run));
  if (auto* acknowledge = std::get_if<engine::Acknowledge>(&effect)) return sessions_.acknowledge(*acknowledge);
  if (const auto* close = std::get_if<engine::CloseSession>(&effect)) return sessions_.close(*close);
  const auto& answer = std::get<engine::Answer>(effect);
  auto waiting = answers_.extract(answer.request);
  if (!waiting.empty()) waiting.mapped()(answer);
}

void Cerebro::publish(const Published& batch) {
  for (const auto& event : batch.events) metrics_.count_event(model::kind(event.body));
  live_.publish(batch);
}

std::optional<AttemptName> Cerebro::attempt_of(const Session& session, const std::string& token) const {
  const engine::State& state = loop_.state();
  const auto found = state.attempts.find(engine::read_token(state, token).seq);
  if (found == state.attempts.end()) return std::nullopt;
  const engine::Run* run = state.run(found->second.run);
  if (run == nullptr) return std::nullopt;
  const engine::TaskRun& task_run = run->tasks[found->second.position];
  if (task_run.instance == model::no_instance || state.instance(task_run.instance).session != session.id())
    return std::nullopt;
  return AttemptName{run->id, state.task(run->planned(found->second.position).task).name, task_run.attempt};
}

bool Cerebro::attempt_over(const AttemptName& attempt) const {
  const engine::Run* run = loop_.state().run(attempt.run);
  if (run == nullptr) return true;
  for (std::uint32_t i = 0; i < run->tasks.size(); ++i) {
    if (loop_.state().task(run->planned(i).task).name != attempt.task) continue;
    return model::is_final(run->tasks[i].state) || run->tasks[i].attempt > attempt.attempt;
  }
  return true;
}

}  // namespace cordyna::cerebro

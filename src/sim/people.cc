#include "sim/people.h"

#include <charconv>
#include <utility>

namespace cordyna::sim {

using model::Json;
using std::chrono::seconds;

namespace {
constexpr base::Duration patience = seconds(20);

Json parsed(const std::string& text) {
  return Json::parse(text, nullptr, false);
}
}  // namespace

const std::vector<std::string>& People::verbs() {
  static const std::vector<std::string> all{"run",    "emit",     "cancel",   "retry", "adopt", "pause",   "resume",
                                            "forget", "transfer", "backfill", "check", "read",  "nonsense"};
  return all;
}

People::People(Timeline& timeline, Host& host, Chance chance, Company& company, Ledger& ledger)
    : timeline_(timeline), host_(host), chance_(chance), company_(company), ledger_(ledger) {
  host_.start(false, nullptr);
}

void People::do_something() {
  const std::uint64_t draw = chance_.below(100);
  if (draw < 40) return start_run();
  if (draw < 65) return emit_event();
  if (draw < 75) return control_run();
  if (draw < 82) return control_task();
  if (draw < 84) return control_server();
  if (draw < 86) return backfill();
  if (draw < 88) return check_declaration();
  if (draw < 98) return look_around();
  talk_nonsense();
}

/// Sends it, and again after a while when no answer comes and that is safe.
void People::send(std::shared_ptr<Ask> ask) {
  ++ledger_.verbs[ask->verb];
  if (ask->until_answered) ++open_;
  const auto over = std::make_shared<bool>(false);
  const auto failed = [this, ask, over] {
    if (std::exchange(*over, true)) return;
    if (!ask->until_answered) return;
    --open_;
    timeline_.after(seconds(1), [this, ask] { send(ask); });
  };
  base::HttpRequest request{ask->method, ask->target, {{"cordyna-actor", "sim"}}, ask->body, "", false};
  if (!ask->body.empty()) request.headers.emplace_back("content-type", ask->content_type);
  if (!ask->key.empty()) request.headers.emplace_back("idempotency-key", ask->key);
  host_.request("cerebro", std::move(request),
                {[this, ask, over, failed](const base::HttpResponse& response) {
                   if (*over) return;
                   ++ledger_.answers[ask->verb + ' ' + std::to_string(response.status)];
                   if (response.status >= 500) return failed();  // not now
                   *over = true;
                   if (ask->until_answered) --open_;
                   ask->answered(response);
                 },
                 nullptr, failed});
  timeline_.after(patience, failed);
}

std::string People::some_task() {
  return chance_.one_of(company_.tasks());
}

std::string People::some_run() {
  if (runs_.empty() || chance_.one_in(50)) return "00000000-0000-7000-8000-000000000000";
  return chance_.one_of(runs_);
}

void People::start_run() {
  Json body{{"select", Json::array()}};
  const std::string task = some_task();
  const std::string selector =
      chance_.one_of({std::string(), std::string("+")}) + task + (chance_.one_in(3) ? "+" : "");
  body["select"].push_back(selector);
  if (chance_.one_in(4)) body["select"].push_back(some_task());
  if (chance_.one_in(30)) body["select"].push_back("team:team0");
  if (chance_.one_in(30)) body["select"].push_back("tag:nightly");
  if (chance_.one_in(8)) body["only"] = true;
  if (chance_.one_in(5)) body["followers"] = false;
  if (chance_.one_in(10)) body["force"] = true;
  if (chance_.one_in(10)) body["env"] = "staging";
  if (chance_.one_in(4)) body["automated"] = true;
  if (chance_.one_in(8)) body["params"] = {{"day", chance_.one_of({"mon", "tue"})}};
  if (chance_.one_in(5)) body["reason"] = "because";
  Ask one{"run", "POST", "/api/v1/runs", body.dump(), "", "application/json", chance_.one_in(2)};
  if (one.until_answered) one.key = "key" + std::to_string(++keys_);
  // Asked twice at once now and then: one run all the same.
  if (!one.key.empty() && chance_.one_in(5)) ask_for_run(one);
  ask_for_run(std::move(one));
}

void People::ask_for_run(Ask one) {
  one.answered = [this, key = one.key](const base::HttpResponse& response) {
    if (response.status != 201) return;
    const std::string run = parsed(response.body).value("run_id", "");
    ledger_.runs.insert(run);
    if (!key.empty()) ledger_.keys[key].insert(run);
    runs_.push_back(run);
    if (runs_.size() > 30) runs_.pop_front();
  };
  ask(std::move(one));
}

void People::say(const Line& line) {
  Ask one{line.verb, line.method, "/api/v1" + line.target, line.body, "", "application/json", true};
  if (const std::size_t at = one.target.find("{run}"); at != std::string::npos)
    one.target.replace(at, 5, runs_.empty() ? some_run() : runs_.back());
  if (line.verb == "run") {
    one.key = "key" + std::to_string(++keys_);
    return ask_for_run(std::move(one));
  }
  if (line.verb == "emit") {
    one.content_type = "application/cloudevents+json";
    const Json event = Json::parse(line.body);
    one.answered = [this, source = event.value("source", ""),
                    id = event.value("id", "")](const base::HttpResponse& response) {
      if (response.status == 202) ledger_.events.insert({source, id});
    };
  }
  ask(std::move(one));
}

void People::emit_event() {
  Json event{{"specversion", "1.0"},
             {"type", chance_.one_of(Company::event_types())},
             {"source", "/sim"},
             {"id", "e" + std::to_string(++events_)}};
  if (chance_.one_in(3)) event["subject"] = "eu-1";
  if (chance_.one_in(3)) event["data"] = {{"day", "wed"}};
  Ask one{"emit", "POST", "/api/v1/events", event.dump(), "", "application/cloudevents+json", true};
  one.answered = [this, id = event["id"].get<std::string>()](const base::HttpResponse& response) {
    if (response.status == 202) ledger_.events.insert({"/sim", id});
  };
  if (chance_.one_in(5)) ask(one);
  ask(std::move(one));
}

void People::control_run() {
  const std::string run = some_run();
  const std::string verb = chance_.one_of({"cancel", "retry", "adopt"});
  std::string target = "/api/v1/runs/" + run + "/" + verb;
  if (verb == std::string("adopt")) {
    const bool any = ledger_.late.empty() || chance_.one_in(4);
    const auto late = any ? std::pair(run, some_task()) : ledger_.late.back();
    target = "/api/v1/runs/" + late.first + "/tasks/" + late.second + "/adopt";
  }
  Ask one{verb, "POST", target, Json{{"reason", "enough"}}.dump()};
  one.answered = [this](const base::HttpResponse& response) {
    if (response.status != 201) return;
    const std::string made = parsed(response.body).value("run_id", "");
    ledger_.runs.insert(made);
    runs_.push_back(made);
  };
  ask(std::move(one));
}

void People::control_task() {
  const bool pause = paused_.size() < 2 && chance_.one_in(2);
  if (!pause && paused_.empty()) return look_around();
  std::string task = some_task();
  if (pause) {
    paused_.push_back(task);
  } else {
    task = paused_.front();
    paused_.pop_front();
  }
  ask({pause ? "pause" : "resume", "POST", "/api/v1/tasks/" + task + (pause ? "/pause" : "/resume"),
       Json{{"reason", "maintenance"}}.dump()});
}

void People::resume_all() {
  paused_.clear();
  for (const std::string& task : company_.tasks()) {  // an order to pause may have overtaken the one to go on
    Ask one{"resume", "POST", "/api/v1/tasks/" + task + "/resume", "{}"};
    one.until_answered = true;
    ask(std::move(one));
  }
}

void People::control_server() {
  const Company::Server& server = chance_.one_of(company_.servers());
  if (chance_.one_in(2)) return ask({"forget", "POST", "/api/v1/servers/" + server.name + "/forget", "{}"});
  ask({"transfer", "POST", "/api/v1/servers/" + server.name + "/transfer", Json{{"to", server.team}}.dump()});
}

void People::backfill() {
  const Json body{{"select", {some_task()}},
                  {"from", "2026-01-01T00:00:00Z"},
                  {"to", "2026-01-02T00:00:00Z"},
                  {"every", chance_.one_of({"12h", "1d"})},
                  {"max_parallel", 1 + chance_.below(2)}};
  ask({"backfill", "POST", "/api/v1/backfills", body.dump()});
}

void People::check_declaration() {
  const Company::Server& server = chance_.one_of(company_.servers());
  ask({"check", "POST", "/api/v1/declarations:check",
       R"({"declarations":[)" + server.revisions.back().text.json + "]}"});
}

void People::look_around() {
  const std::string run = some_run(), task = some_task();
  const std::vector<std::string> places{"/runs?limit=5",
                                        "/runs/" + run,
                                        "/tasks",
                                        "/tasks/" + task,
                                        "/tasks/" + task + "/why",
                                        "/servers",
                                        "/graph",
                                        "/events?limit=20",
                                        "/events?task=" + task,
                                        "/runs/" + run + "/tasks/" + task + "/logs"};
  Ask one{"read", "GET", "/api/v1" + chance_.one_of(places), ""};
  if (chance_.one_in(10)) one.target = chance_.one_of({"/metrics", "/readyz", "/healthz", "/openapi.json"});
  ask(std::move(one));
}

void People::talk_nonsense() {
  const std::vector<std::string> bodies{"{", "[]", R"({"select":7})", R"({"select":["x/y"],"colour":1})", "\xff"};
  ask({"nonsense", "POST", chance_.one_of({"/api/v1/runs", "/api/v1/events", "/api/v1/nothing"}),
       chance_.one_of(bodies)});
}

void People::follow_events() {
  stream_.clear();
  const std::uint64_t life = ++stream_life_;
  const auto again = [this, life] {
    if (life != stream_life_) return;
    ++stream_life_;
    timeline_.after(seconds(2), [this] { follow_events(); });
  };
  base::HttpRequest request{
      "GET", "/api/v1/events?after=" + std::to_string(followed_), {{"accept", "text/event-stream"}}, "", "", false};
  if (followed_ > 0) request.headers.emplace_back("last-event-id", std::to_string(followed_));
  host_.request("cerebro", std::move(request),
                {[again](const base::HttpResponse& response) {
                   if (response.status != 200) again();
                 },
                 [this, life](const std::string& bytes) {
                   if (life == stream_life_) read_stream(bytes);
                 },
                 again});
  timeline_.after(std::chrono::minutes(4), again);  // a half-open line is noticed by nobody else
}

void People::read_stream(const std::string& bytes) {
  stream_ += bytes;
  for (std::size_t end = 0; (end = stream_.find("\n\n")) != std::string::npos; stream_.erase(0, end + 2)) {
    const std::string frame = stream_.substr(0, end);
    if (frame.find("event: resync") != std::string::npos) {
      ++stream_life_;
      timeline_.after(seconds(1), [this] { follow_events(); });
      return;
    }
    const std::size_t id = frame.find("id: ");
    if (id == std::string::npos) continue;
    base::Seq seq = 0;
    std::from_chars(frame.data() + id + 4, frame.data() + frame.size(), seq);
    if (seq != followed_ + 1)
      ledger_.complain("the event stream goes from " + std::to_string(followed_) + " to " + std::to_string(seq));
    followed_ = seq;
  }
}

}  // namespace cordyna::sim

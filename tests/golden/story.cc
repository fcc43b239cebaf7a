#include "golden/story.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "golden/lines.h"
#include "support/world.h"
#include "wire/declaration_yaml.h"

namespace cordyna::testing {
namespace {

using engine::SessionId;

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

class Teller {
 public:
  std::string tell(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
      if (!line.starts_with("-> ")) lines.push_back(line);
    for (std::size_t i = 0; i < lines.size();) {
      out_ += lines[i] + '\n';
      const std::string command = lines[i++];
      std::string body;
      for (; i < lines.size() && lines[i].starts_with("  "); ++i) {
        out_ += lines[i] + '\n';
        body += lines[i].substr(2) + '\n';
      }
      if (command.empty() || command.starts_with("#")) continue;
      act(words_of(command), body);
      report();
    }
    return out_;
  }
  const World& world() const { return world_; }

 private:
  void report() {
    for (const LoggedEvent& event : world_.take_events())
      if (const std::string line = lines_.line(event); !line.empty()) out_ += "-> " + line + '\n';
    for (const engine::Effect& effect : world_.take_effects()) {
      remember(effect);
      if (const std::string line = lines_.line(effect); !line.empty()) out_ += "-> " + line + '\n';
    }
  }

  void remember(const engine::Effect& effect) {
    if (const auto* send = std::get_if<engine::SendRun>(&effect))
      sent_[send->command.task] = {send->session, send->command.token, send->command.run_id, send->command.attempt};
    if (const auto* send = std::get_if<engine::SendItem>(&effect))
      if (const auto* check = std::get_if<model::CheckCommand>(&send->item))
        sent_[check->task] = {send->session, check->token, check->run_id, 0};
  }

  struct Sent {
    SessionId session;
    std::string token, run;
    std::uint32_t attempt = 0;
  };

  static bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  }
  static std::string value(const std::vector<std::string>& words, const std::string& key, std::string otherwise = {}) {
    for (const std::string& word : words)
      if (word.starts_with(key + '=')) return word.substr(key.size() + 1);
    return otherwise;
  }
  static std::string after(const std::vector<std::string>& words, const std::string& word) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
      if (words[i] == word) return words[i + 1];
    return {};
  }

  void act(const std::vector<std::string>& words, const std::string& body) {
    const std::string& verb = words[0];
    if (verb == "serve") return serve(words, body);
    if (verb == "run") return run(words);
    if (verb == "wait") return world_.advance(*base::parse_duration(words[1]));
    if (verb == "leave") return world_.decide(engine::SessionClosed{session(words[1]), "connection lost"});
    if (verb == "goodbye") return world_.decide(engine::SessionItem{session(words[1]), model::Goodbye{}});
    if (verb == "draining") return world_.decide(engine::SessionItem{session(words[1]), model::Draining{}});
    if (verb == "back") return back(words);
    if (verb == "restart") {
      EXPECT_EQ(world_.restart(words.size() > 1 ? *base::parse_duration(words[1]) : base::Duration(0)), "");
      return;
    }
    if (verb == "event") return event(words);
    if (verb.find('/') != std::string::npos) return update(words);
    request(words);
  }

  static std::string full(const std::string& name) { return name.find('#') == std::string::npos ? name + "#i1" : name; }
  SessionId session(const std::string& name) const { return sessions_.at(full(name)); }

  void serve(const std::vector<std::string>& words, const std::string& body) {
    const auto read = wire::read_declaration_yaml(body);
    for (const model::Finding& finding : read.findings)
      if (finding.severity == model::Severity::error) out_ += "-> unreadable: " + finding.message + '\n';
    if (read.declaration == nullptr) return;
    const bool named = words.size() > 1 && words[1].find('=') == std::string::npos && words[1] != "again";
    const std::string instance = named ? words[1] : "i1";
    const std::string name = read.declaration->server + '#' + instance;
    if (has(words, "again")) {
      world_.decide(engine::SessionDeclared{
          sessions_.at(name), read.declaration, read.findings, engine::whole_text(read.json), {}});
    } else {
      const auto slots = static_cast<std::uint32_t>(std::stoul(value(words, "slots", "4")));
      owner_[(sessions_[name] = world_.serve(read.declaration, read.json, instance, slots)).value] = name;
    }
    served_[name] = {read.declaration, read.json};
  }

  void back(const std::vector<std::string>& words) {
    const std::string name = full(words[1]);
    const auto& [declaration, json] = served_.at(name);
    std::vector<model::LiveAttempt> live;
    for (std::size_t i = 3; i < words.size(); ++i) {
      const Sent& sent = sent_.at(words[i]);
      live.push_back({sent.run, words[i], sent.attempt, sent.token, model::UpdateState::started});
    }
    owner_[(sessions_[name] = world_.serve(declaration, json, name.substr(name.find('#') + 1), 4, std::move(live)))
               .value] = name;
  }

  void run(const std::vector<std::string>& words) {
    engine::RunRequest body;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string& word = words[i];
      if (word == "only")
        body.only = true;
      else if (word == "no-followers")
        body.followers = false;
      else if (word == "force")
        body.force = true;
      else if (word.starts_with("env="))
        body.env = word.substr(4);
      else if (word.starts_with("params="))
        body.params = model::Json::parse(word.substr(7));
      else if (word.starts_with("key="))
        body.key = word.substr(4), body.key_body = words[1];
      else if (word != "automated")
        body.select.push_back(word);
    }
    world_.request(std::move(body), !has(words, "automated"));
  }

  void update(const std::vector<std::string>& words) {
    static const std::map<std::string, model::UpdateState> states{
        {"queued", model::UpdateState::queued},     {"started", model::UpdateState::started},
        {"progress", model::UpdateState::progress}, {"completed", model::UpdateState::completed},
        {"error", model::UpdateState::error},       {"cancelled", model::UpdateState::cancelled},
        {"skipped", model::UpdateState::skipped},   {"check_yes", model::UpdateState::check_yes},
        {"check_no", model::UpdateState::check_no}};
    const Sent& sent = sent_.at(words[0]);
    model::Update update;
    update.token = value(words, "token", sent.token);
    update.state = states.at(words[1]);
    update.progress_permille = 500;
    if (words.size() > 2 && words[2].find('=') == std::string::npos) {
      if (update.state == model::UpdateState::completed)
        update.result = words[2];
      else
        update.error.message = words[2];
    }
    update.error.fatal = has(words, "fatal");
    update.error.retry = has(words, "retry");
    const std::string from = value(words, "from");
    world_.update(from.empty() ? sessions_.at(owner_.at(sent.session.value)) : session(from), update);
  }

  void event(const std::vector<std::string>& words) {
    model::CloudEvent event;
    event.type = words[1];
    event.source = value(words, "source", "test");
    event.id = value(words, "id", "e" + std::to_string(++events_));
    event.subject = value(words, "subject");
    event.data = value(words, "data");
    event.depth = static_cast<std::uint32_t>(std::stoul(value(words, "depth", "0")));
    event.content = base::hash128(event.type + '|' + event.subject + '|' + event.data);
    world_.request(engine::EventsRequest{{event}});
  }

  void request(const std::vector<std::string>& words) {
    const std::string& verb = words[0];
    if (verb == "cancel")
      world_.request(engine::CancelRequest{lines_.run_id(words[1]), {}});
    else if (verb == "retry")
      world_.request(
          engine::RetryRequest{
              lines_.run_id(words[1]), has(words, "accept-fresh"), {}, world_.record(lines_.run_id(words[1]))},
          !has(words, "automated"));
    else if (verb == "adopt")
      world_.request(
          engine::AdoptRequest{lines_.run_id(words[1]), words[2], {}, world_.record(lines_.run_id(words[1]))});
    else if (verb == "pause")
      world_.request(engine::PauseRequest{words[1], true, {}});
    else if (verb == "resume")
      world_.request(engine::PauseRequest{words[1], false, {}});
    else if (verb == "forget")
      world_.request(engine::ForgetRequest{words[1], {}});
    else if (verb == "transfer")
      world_.request(engine::TransferRequest{words[1], words[3], {}});
    else if (verb == "backfill")
      backfill(words);
    else
      ADD_FAILURE() << "unknown verb " << verb;
  }

  void backfill(const std::vector<std::string>& words) {
    engine::BackfillRequest body;
    body.select = {words[1]};
    body.from = *base::parse_time(after(words, "from"));
    body.to = *base::parse_time(after(words, "to"));
    if (const std::string every = after(words, "every"); !every.empty()) body.every = *base::parse_duration(every);
    if (const std::string parallel = after(words, "parallel"); !parallel.empty())
      body.max_parallel = static_cast<std::uint32_t>(std::stoul(parallel));
    world_.request(std::move(body));
  }

  World world_;
  Lines lines_{world_};
  std::string out_;
  std::map<std::string, SessionId> sessions_;
  std::map<std::uint64_t, std::string> owner_;  // "server#instance" of every session there was
  std::map<std::string, std::pair<std::shared_ptr<const model::Declaration>, std::string>> served_;
  std::map<std::string, Sent> sent_;
  int events_ = 0;
};

}  // namespace

std::string tell(const std::string& text) {
  return Teller().tell(text);
}

std::vector<LoggedEvent> events_of_story(const std::string& text) {
  Teller teller;
  teller.tell(text);
  return teller.world().log();
}

}  // namespace cordyna::testing

#include "chaos/judge.h"

#include <map>
#include <set>

#include "cerebro/history.h"
#include "cerebro/text_parts.h"
#include "engine/canonical.h"
#include "engine/engine.h"
#include "engine/graph.h"
#include "log/sqlite_log.h"
#include "sim/auditor.h"
#include "wire/declaration_json.h"

namespace cordyna::chaos {
namespace {

class Reading {
 public:
  Reading(log::EventLog& log, sim::Ledger promised)
      : log_(log),
        ledger_(std::move(promised)),
        auditor_(
            [this](const std::string& hash) { return declarations_.contains(hash) ? declarations_.at(hash) : nullptr; },
            ledger_, {},
            {[this](model::TaskIndex task) { return state_.task(task).name; },
             [this](model::InstanceIndex one) {
               if (one == model::no_instance) return std::string();
               const engine::Instance& instance = state_.instance(one);
               return state_.server(instance.server).name + '#' + instance.name;
             },
             [this](model::ServerIndex server) { return state_.server(server).name; }}) {
    state_.cluster = log.identity().cluster;
  }

  void read() {
    const auto done = log_.read(1, [this](const log::StoredBatch& batch) { return take(batch); });
    if (!done.ok()) ledger_.complain("the log cannot be read: " + done.error().message);
    auditor_.close(auditor_.last());
    if (const std::string broken = engine::broken_invariant(state_); !broken.empty()) ledger_.complain(broken);
    if (auditor_.open_runs(auditor_.last()) > 0) ledger_.complain("a run has not ended");
  }

  void compare(const std::vector<std::string>& effects) {
    std::set<std::string> seen;
    for (const std::string& line : effects) {
      if (line.empty()) continue;
      if (!seen.insert(line).second) ledger_.complain("this attempt began twice: " + line);
      if (!commanded_.contains(line)) ledger_.complain("nobody has commanded this: " + line);
    }
    for (const std::string& line : completed_)
      if (!seen.contains(line)) ledger_.complain("this completed and never began: " + line);
  }

  Verdict verdict() const { return {ledger_.complaints, runs_}; }

 private:
  /// False when what follows cannot be understood without this.
  bool take(const log::StoredBatch& batch) {
    auto events = cerebro::events_of(batch);
    if (!events.ok()) ledger_.complain(events.error().message);
    if (!events.ok()) return false;
    for (cerebro::LoggedEvent& one : *events) {
      if (auto* declared = std::get_if<model::ServerDeclared>(&one.event.body); declared && !know(*declared))
        return false;
      engine::apply(state_, one.event, one.seq, batch.now);
      note(one.event.body);
    }
    auditor_.read(batch, batch.now.uptime.time_since_epoch());
    return true;
  }

  bool know(model::ServerDeclared& event) {
    const auto text = cerebro::text_of(event.text, [this](base::Hash128 id) { return log_.blob(id); });
    if (text.ok()) event.declaration = wire::read_declaration_json(*text).declaration;
    if (event.declaration == nullptr) {
      ledger_.complain("the declaration of " + event.server + " is lost");
      return false;
    }
    declarations_[event.hash] = event.declaration;
    engine::fit_declaration(state_, event);
    return true;
  }

  std::string line(model::TaskRunRef at, model::TaskIndex task, std::uint32_t attempt) const {
    return at.run.text() + ' ' + state_.task(task).name + ' ' + std::to_string(attempt);
  }

  void note(const model::EventBody& body) {
    if (const auto* e = std::get_if<model::CommandRun>(&body)) commanded_.insert(line(e->at, e->task, e->attempt));
    // What was handed over began under the name of the run that had it; its end is told under the one that goes on.
    if (const auto* e = std::get_if<model::TaskHandedOver>(&body)) handed_over_.insert(e->to);
    if (const auto* e = std::get_if<model::TaskCompleted>(&body); e != nullptr && !handed_over_.contains(e->at))
      completed_.insert(line(e->at, e->task, e->attempt));
    if (std::holds_alternative<model::RunCreated>(body)) ++runs_;
  }

  log::EventLog& log_;
  sim::Ledger ledger_;
  engine::State state_;
  std::map<std::string, std::shared_ptr<const model::Declaration>> declarations_;  // by hash
  sim::Auditor auditor_;
  std::set<std::string> commanded_, completed_;
  std::set<model::TaskRunRef> handed_over_;
  std::uint64_t runs_ = 0;
};

}  // namespace

Verdict judge(log::EventLog& log, sim::Ledger promised, const std::vector<std::string>& effects) {
  Reading reading(log, std::move(promised));
  reading.read();
  reading.compare(effects);
  return reading.verdict();
}

Verdict judge_folder(const std::string& data, sim::Ledger promised, const std::vector<std::string>& effects) {
  log::SqliteLogOptions options;
  options.folder = data;
  auto log = log::SqliteLog::open(std::move(options));
  if (!log.ok()) return {{"the log cannot be opened: " + log.error().message}, 0};
  return judge(**log, std::move(promised), effects);
}

}  // namespace cordyna::chaos

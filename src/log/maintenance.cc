// See maintenance.h. verify() stops at the first damage; recover() goes on past what costs no event and cuts at the
// rest.

#include "log/maintenance.h"

#include <fmt/format.h>

#include "log/backup.h"
#include "log/data_folder.h"
#include "log/files.h"
#include "log/opening.h"
#include "log/segment_check.h"

namespace cordyna::log {
namespace {

base::Result<std::unique_ptr<DataFolder>> open_existing(const std::string& folder) {
  if (segment_numbers_in(folder + "/segments").empty())
    return base::Error{"no_log", "there is no log in " + folder + ": name the folder given to cerebro as --data"};
  return DataFolder::open(folder);
}

/// Where the good part of the log ends, segment after segment.
struct LogEnd {
  std::optional<SegmentStart> start;  // of the last good segment
  Seq last_seq = 0;
  base::Hash128 chain;
};

/// Does this segment follow on the ones before? Its events may still be damaged further on.
base::Result<void> check_place(const SegmentCheck& check, std::uint64_t number, const LogEnd& end) {
  if (check.start->number != number)
    return base::Error{"log_corrupt", "segment " + check.path + ": it is a misnamed segment " +
                                          std::to_string(check.start->number) + "; give it back its name"};
  return end.start ? check_link(check.path, *check.start, *end.start, end.last_seq, end.chain) : base::Result<void>();
}

base::Error not_the_last(const SegmentCheck& check) {
  return {"log_corrupt", "segment " + check.path +
                             ": it is empty, but not the last; restore a backup, or run cerebro "
                             "recover --accept-data-loss"};
}

base::Result<VerifyReport> verify_locked(const DataFolder& folder) {
  VerifyReport report;
  LogEnd end;
  std::optional<SegmentCheck> unused;
  for (const std::uint64_t number : folder.segment_numbers()) {
    const SegmentCheck check = check_segment(folder.segment_path(number));
    if (check.unused()) {
      if (!unused) unused = check;
      continue;
    }
    if (unused) return not_the_last(*unused);
    if (check.start) {
      if (base::Result<void> done = check_place(check, number, end); !done) return done.error();
    }
    if (check.events_damage) return *check.events_damage;
    if (check.side_damage) return *check.side_damage;
    if (!end.start) report.first_seq = check.start->first_seq;
    end = {check.start, check.last_seq, check.chain};
    ++report.segments;
    report.batches += check.batches;
    report.blobs += check.blobs;
  }
  const std::uint64_t last_segment = end.start ? end.start->number : 0;
  if (base::Result<void> done = check_acknowledged(folder, last_segment, end.last_seq, end.chain); !done)
    return done.error();
  if (end.start) {
    report.cluster = end.start->cluster;
    report.epoch = end.start->epoch;
  }
  report.last_seq = end.last_seq;
  return report;
}

/// Moves the files of a segment into removed/NNNN; the folder is made by the first move.
class Removal {
 public:
  explicit Removal(const DataFolder& folder) : folder_(folder) {}

  base::Result<void> move(std::uint64_t number) {
    if (path_.empty()) {
      if (base::Result<void> done = make_folder(folder_.removed()); !done) return done;
      const std::size_t next = names_in(folder_.removed()).size() + 1;
      path_ = fmt::format("{}/{:04}", folder_.removed(), next);
      if (base::Result<void> done = make_folder(path_); !done) return done;
    }
    const std::string name = segment_name(number);
    // The file itself goes last: as long as it is there, the others are found with it.
    for (const std::string& part : {name + "-wal", name + "-journal", name}) {
      const std::string from = folder_.segments() + "/" + part;
      if (!file_exists(from)) continue;
      if (base::Result<void> done = move_file(from, path_ + "/" + part); !done) return done;
    }
    return {};
  }
  const std::string& path() const { return path_; }

 private:
  const DataFolder& folder_;
  std::string path_;
};

/// What recover() would do, found out before anything is done.
struct Plan {
  struct Step {
    std::uint64_t number = 0;
    SegmentCheck check;
    enum class Action { keep, rebuild, remove, discard } action = Action::keep;
  };
  std::vector<Step> steps;
  LogEnd end;
  std::string cluster;
  std::uint64_t epoch_max = 0;
  std::optional<base::Error> damage;
  bool cuts = false;
};

base::Result<Plan> plan_recovery(const DataFolder& folder) {
  Plan plan;
  for (const std::uint64_t number : folder.segment_numbers()) {
    Plan::Step step{number, check_segment(folder.segment_path(number)), Plan::Step::Action::keep};
    const SegmentCheck& check = step.check;
    std::optional<base::Error> damage = check.events_damage;
    if (damage && damage->code == "newer_format") return *damage;
    const bool placed = check.start && check_place(check, number, plan.end).ok();
    if (check.start && !placed) damage = check_place(check, number, plan.end).error();
    if (check.start) {
      plan.epoch_max = std::max(plan.epoch_max, check.start->epoch);
      if (plan.cluster.empty()) plan.cluster = check.start->cluster;
    }
    const bool has_events = placed && check.last_seq >= check.start->first_seq;
    if (!has_events && !damage) {
      step.action = Plan::Step::Action::discard;  // empty: the new epoch takes its number
    } else if (plan.cuts || !has_events) {
      step.action = Plan::Step::Action::remove;
    } else if (damage || check.side_damage) {
      step.action = Plan::Step::Action::rebuild;
    }
    if (has_events && !plan.cuts) plan.end = {check.start, check.last_seq, check.chain};
    if (!plan.damage) plan.damage = damage ? damage : check.side_damage;
    plan.cuts = plan.cuts || damage.has_value();
    plan.steps.push_back(std::move(step));
  }
  const std::uint64_t last_segment = plan.end.start ? plan.end.start->number : 0;
  if (const base::Result<void> done = check_acknowledged(folder, last_segment, plan.end.last_seq, plan.end.chain);
      !done) {
    if (!plan.damage) plan.damage = done.error();
    plan.cuts = true;
  }
  return plan;
}

base::Result<void> begin_epoch(DataFolder& folder, const Plan& plan, std::uint64_t epoch) {
  SegmentStart start{1, plan.cluster.empty() ? random_cluster() : plan.cluster, epoch, plan.end.last_seq + 1,
                     plan.end.chain};
  if (plan.end.start) {
    start.number = plan.end.start->number + 1;
  } else {
    start.chain = chain_start(start.cluster);
  }
  const std::string path = folder.segment_path(start.number);
  if (base::Result<void> done = create_segment(path); !done) return done;
  base::Result<std::unique_ptr<SegmentWriter>> writer = SegmentWriter::open(path);
  if (!writer) return writer.error();
  if (base::Result<void> done = (*writer)->begin(start); !done) return done;
  (*writer)->database().keep_wal_on_close(false);
  return {};
}

base::Error confirmation_needed(const Plan& plan) {
  const std::string what =
      !plan.damage ? "the log is intact; recover would only begin a new epoch"
                   : fmt::format("{}. The good part ends at seq {}{}", plan.damage->message, plan.end.last_seq,
                                 plan.cuts ? ", everything behind it would be cut off" : ", no event would be lost");
  return {"confirmation_needed", what + ": say --accept-data-loss to do it"};
}

}  // namespace

base::Result<VerifyReport> verify(const std::string& folder) {
  base::Result<std::unique_ptr<DataFolder>> data = open_existing(folder);
  if (!data) return data.error();
  return verify_locked(**data);
}

base::Result<VerifyReport> backup(const std::string& folder, const std::string& target) {
  base::Result<std::unique_ptr<DataFolder>> data = open_existing(folder);
  if (!data) return data.error();
  base::Result<VerifyReport> report = verify_locked(**data);
  if (!report) return report;
  if (base::Result<void> done = make_backup_folder(target); !done) return done.error();
  for (const std::uint64_t number : (*data)->segment_numbers()) {
    const std::string path = (*data)->segment_path(number);
    if (is_being_written(path)) {  // what is in the write-ahead log belongs into the copy
      base::Result<std::unique_ptr<Database>> database = Database::open(path, OpenMode::write);
      if (!database) return database.error();
      if (base::Result<void> done = (*database)->execute("SELECT count(*) FROM batch"); !done) return done.error();
    }
    if (base::Result<void> done = copy_file(path, target + "/segments/" + segment_name(number)); !done)
      return done.error();
  }
  if (base::Result<void> done = copy_files((*data)->path() + "/snapshots", target + "/snapshots"); !done)
    return done.error();
  return report;
}

base::Result<RecoverReport> recover(const std::string& folder, RecoverOptions options) {
  base::Result<std::unique_ptr<DataFolder>> data = open_existing(folder);
  if (!data) return data.error();
  base::Result<Plan> plan = plan_recovery(**data);
  if (!plan) return plan.error();
  if (!options.accept_data_loss) return confirmation_needed(*plan);

  RecoverReport report;
  report.damage = plan->damage;
  report.last_seq = plan->end.last_seq;
  report.epoch = plan->epoch_max + 1;
  Removal removal(**data);
  // From the last to the first, so that a crash in between leaves a log that is damaged at its end and can be
  // recovered.
  for (auto step = plan->steps.rbegin(); step != plan->steps.rend(); ++step) {
    if (step->action == Plan::Step::Action::keep) continue;
    const std::string path = step->check.path;
    if (step->action == Plan::Step::Action::discard && !plan->damage) {
      for (const char* suffix : {"-wal", "-journal", ""}) remove_file(path + suffix);
      continue;
    }
    const std::string rebuilt = path + ".good";
    if (step->action == Plan::Step::Action::rebuild) {
      const base::Result<void> done = rebuild_segment(step->check, rebuilt, report.lost_blobs);
      if (!done) return done.error();
    }
    if (base::Result<void> done = removal.move(step->number); !done) return done.error();
    if (step->action != Plan::Step::Action::rebuild) continue;
    if (base::Result<void> done = move_file(rebuilt, path); !done) return done.error();
    if (!step->check.events_damage) report.rebuilt.push_back(path);
  }
  report.removed = removal.path();
  if (base::Result<void> done = begin_epoch(**data, *plan, report.epoch); !done) return done.error();
  (*data)->forget_acknowledged();
  return report;
}

}  // namespace cordyna::log

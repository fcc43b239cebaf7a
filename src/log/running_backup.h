#pragma once
// Backup of a log whose cerebro runs. Only the process that has the log open may copy it, so `cerebro backup` leaves a
// request in the data folder and waits for the answer; whoever may write there owns the log anyway.
//   backup.<pid>.request   the target folder; renamed into place, removed when it is answered
//   backup.<pid>.answer    "ok <seq>", or "<code> <message>"; removed by who asked
// Both sides wait for the folder (inotify), so an idle cerebro is not woken.

#include <memory>
#include <string>

#include "base/result.h"
#include "log/sqlite_log.h"

namespace cordyna::log {

/// Answers requests on a thread of its own, one at a time, for as long as it lives. Requests whose process has
/// gone before it began are dropped.
class RunningBackup {
 public:
  RunningBackup(SqliteLog& log, std::string folder);
  /// Breaks off a copy that is being made; who asked is told.
  ~RunningBackup();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Has the process that uses `folder` copy its log to `target`, and waits. Answers the last seq of the copy, or nullopt
/// when nobody uses the folder any more. Errors: those of SqliteLog::backup, io_error.
base::Result<std::optional<Seq>> request_backup(const std::string& folder, const std::string& target);

}  // namespace cordyna::log

// Words around log/maintenance.h and compact.h.

#include "cerebro/data_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "cerebro/compact.h"
#include "cerebro/zones.h"
#include "log/maintenance.h"
#include "log/running_backup.h"

namespace cordyna::cerebro {
namespace {

int fail(const base::Error& error) {
  fmt::print(stderr, "cerebro: {}\n", error.message);
  return exit_code_of(error);
}

void print(const log::VerifyReport& report) {
  fmt::print("cluster {}\nepoch {}\nevents {} to {}\n{} segments, {} batches, {} blobs\n", report.cluster, report.epoch,
             report.first_seq, report.last_seq, report.segments, report.batches, report.blobs);
}

int verify(const Config& config) {
  const auto report = log::verify(config.data);
  if (!report.ok()) return fail(report.error());
  print(*report);
  fmt::print("intact\n");
  return exit_code::done;
}

/// What tasks printed, as far as it is written. It is no part of the truth that verify judges, so a lack of it is told
/// and the backup stands.
void copy_task_logs(const Config& config) {
  const std::filesystem::path from = config.data + "/logs", to = config.backup_to + "/logs";
  std::error_code error;
  if (!std::filesystem::exists(from, error)) return;
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, error);
  if (error) fmt::print(stderr, "cerebro: the copy lacks some of what tasks printed: {}\n", error.message());
}

/// By ourselves when nobody uses the folder, else by the cerebro that does.
int backup(const Config& config) {
  for (;;) {
    const auto report = log::backup(config.data, config.backup_to);
    if (report.ok()) {
      print(*report);
      break;
    }
    if (report.error().code != "data_in_use") return fail(report.error());
    const auto copied = log::request_backup(config.data, config.backup_to);
    if (!copied.ok()) return fail(copied.error());
    if (!*copied) continue;  // it has stopped meanwhile
    const auto copy = log::verify(config.backup_to);
    if (!copy.ok()) return fail(copy.error());
    print(*copy);
    break;
  }
  copy_task_logs(config);
  fmt::print("intact, copied to {}\n", config.backup_to);
  return exit_code::done;
}

int recover(const Config& config) {
  const auto report = log::recover(config.data, {config.accept_data_loss});
  if (!report.ok()) return fail(report.error());
  fmt::print("epoch {} begins after event {}\n", report->epoch, report->last_seq);
  if (report->damage) fmt::print("damage: {}\n", report->damage->message);
  for (const auto& segment : report->rebuilt) fmt::print("rebuilt without loss of events: {}\n", segment);
  for (const auto& blob : report->lost_blobs) fmt::print("lost payload: {}\n", blob.hex());
  if (!report->removed.empty()) fmt::print("the files as they were found are in {}\n", report->removed);
  return exit_code::done;
}

/// In the background by nature: it makes room for whatever else runs.
int compact(const Config& config) {
  const bool niced = ::nice(10) != -1;
  (void)niced;
  Zones zones;
  const auto report = cerebro::compact(config.data, zones.check());
  if (!report.ok()) return fail(report.error());
  for (const auto& one : report->refused) fmt::print("not usable: {}: {}\n", one.file.path, one.error.message);
  if (report->written)
    fmt::print("snapshot after event {} written: {} events applied, {} bytes\n", report->last_seq, report->events,
               report->bytes);
  else if (report->last_seq == 0)
    fmt::print("no segment is sealed yet: no snapshot\n");
  else
    fmt::print("nothing was sealed since the snapshot after event {}\n", report->last_seq);
  return exit_code::done;
}

}  // namespace

int run_data_command(const Config& config) {
  switch (config.command) {
    case Command::verify:
      return verify(config);
    case Command::backup:
      return backup(config);
    case Command::recover:
      return recover(config);
    case Command::compact:
      return compact(config);
    case Command::serve:
      break;
  }
  return exit_code::usage;
}

}  // namespace cordyna::cerebro

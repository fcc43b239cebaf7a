// kill -9 of a process that appends, at many moments: through appends, checkpoints, changes of segment and sealing.
// What was acknowledged is there, in order and without a gap; what was not may be there or not.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "log/log_samples.h"
#include "log/maintenance.h"
#include "log/sqlite_log.h"

namespace cordyna::log {
namespace {

std::unique_ptr<SqliteLog> open_small(const std::string& folder) {
  SqliteLogOptions options{.folder = folder};
  options.segment.events = 40;
  base::Result<std::unique_ptr<SqliteLog>> log = SqliteLog::open(options);
  if (!log) std::fprintf(stderr, "%s\n", log.error().message.c_str());
  return log ? std::move(*log) : nullptr;
}

/// Appends for ever; every seq goes through the pipe after it was reported durable.
[[noreturn]] void append_until_killed(const std::string& folder, int acknowledge) {
  const std::unique_ptr<SqliteLog> log = open_small(folder);
  if (!log) ::_exit(1);
  while (true) {
    const Seq seq = log->identity().last_seq + 1;
    Batch batch = sample_batch(seq);
    batch.blobs = {sample_blob("blob of " + std::to_string(seq) + std::string(seq % 5 * 10'000, 'b'))};
    if (append_and_wait(*log, batch) != AppendResult::durable) ::_exit(2);
    if (::write(acknowledge, &seq, sizeof seq) != sizeof seq) ::_exit(3);
  }
}

TEST(Crash, loses_nothing_that_was_acknowledged_by_kill_9) {
  const ScratchFolder scratch;
  Seq acknowledged = 0;
  for (std::uint64_t round = 0; round < 25; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      append_until_killed(scratch / "data", ends[1]);
    }
    ::close(ends[1]);
    Seq seq = 0;
    for (std::uint64_t left = base::mix64(round) % 90; left > 0; --left) {
      ASSERT_EQ(::read(ends[0], &seq, sizeof seq), static_cast<ssize_t>(sizeof seq)) << "the child ended by itself";
      acknowledged = seq;
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    while (::read(ends[0], &seq, sizeof seq) == sizeof seq) acknowledged = seq;
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    if (round % 3 == 0 && acknowledged > 0) {
      const base::Result<VerifyReport> report = verify(scratch / "data");
      ASSERT_TRUE(report.ok()) << report.error().message;
      EXPECT_GE(report->last_seq, acknowledged);
    }
    if (round % 2 == 0) continue;  // the next child recovers by itself, and is killed again
    const std::unique_ptr<SqliteLog> log = open_small(scratch / "data");
    ASSERT_NE(log, nullptr);
    EXPECT_GE(log->identity().last_seq, acknowledged);
    expect_samples(*log, log->identity().last_seq);
    const Seq any = 1 + base::mix64(round + 1000) % acknowledged;
    EXPECT_TRUE(log->blob(base::hash128("blob of " + std::to_string(any) + std::string(any % 5 * 10'000, 'b'))).ok());
    EXPECT_EQ(first_seqs(log->find_forward({KeyKind::run, "run-" + std::to_string(any)}, 0, 9)->batches),
              std::vector<Seq>{any});
  }
  EXPECT_GT(acknowledged, 200U);
}

}  // namespace
}  // namespace cordyna::log

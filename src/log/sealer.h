#pragma once
// Sealer: finishes segments, on a worker of its own (worker.h). The log thread hands over the file of a full segment
// with the connection to it; the sealer writes its postings and its seal, and the readers change from memory to the
// file. It also creates the next segment ahead of time, so that changing over costs the log thread only an open.

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "log/catalogue.h"
#include "log/data_folder.h"
#include "log/sealed_segment.h"
#include "log/segment_file.h"
#include "log/worker.h"

namespace cordyna::log {

/// Told of an error after which nothing may be written any more; ends the process (exit 74) unless a test put another
/// in.
using Fatal = std::function<void(const std::string& message)>;

struct SealWork {
  SegmentStart start;
  SegmentSeal seal;
  std::unique_ptr<SegmentWriter> writer;
  std::shared_ptr<SegmentMemory> memory;
};

class Sealer {
 public:
  Sealer(DataFolder& folder, std::string vfs, Catalogue& catalogue, std::shared_ptr<OpenFiles> files, Fatal fatal,
         const StartWorker& start_worker);
  /// What is not sealed yet stays unsealed; the next start seals it.
  ~Sealer();

  void seal(SealWork work);
  /// Creates segment `number` in the background.
  void prepare(std::uint64_t number);
  /// Opens segment `number`, created now if it was not yet. Called by the log thread.
  base::Result<std::unique_ptr<SegmentWriter>> open_next(std::uint64_t number);
  /// Returns when everything handed over so far is sealed (or cannot be for want of space).
  void wait_until_idle();

 private:
  std::optional<base::Duration> step();
  base::Result<void> seal_one(SealWork& work);
  base::Result<void> create(std::uint64_t number);

  DataFolder& folder_;
  const std::string vfs_;
  Catalogue& catalogue_;
  const std::shared_ptr<OpenFiles> files_;
  const Fatal fatal_;

  std::mutex creating_;  // one creator of the next segment at a time
  std::mutex mutex_;
  std::deque<SealWork> queue_;
  std::uint64_t prepare_ = 0;  // 0: nothing to prepare
  bool busy_ = false;
  bool blocked_ = false;  // no space; tried again with the next work or after some seconds
  bool stop_ = false;
  std::unique_ptr<Worker> worker_;
};

}  // namespace cordyna::log

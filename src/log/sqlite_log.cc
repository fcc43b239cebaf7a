// The front of the log: wires the parts together, delivers completions and answers searches from the catalogue.

#include "log/sqlite_log.h"

#include <unistd.h>

#include <cstdio>

#include "log/backup.h"
#include "log/files.h"
#include "log/opening.h"
#include "log/sealed_log.h"
#include "log/search.h"

namespace cordyna::log {
namespace {

constexpr int exit_io_error = 74;  // EX_IOERR of sysexits.h
constexpr std::size_t carry_bytes_max = 256U << 10;

void end_process(const std::string& message) {
  std::fprintf(stderr, "cerebro: the log cannot be trusted any more, ending: %s\n", message.c_str());
  std::fflush(stderr);
  ::_exit(exit_io_error);
}

}  // namespace

/// In the order of their making; the threads end before what they use.
struct SqliteLog::Parts {
  std::unique_ptr<DataFolder> folder;
  std::shared_ptr<OpenFiles> files;
  Catalogue catalogue;
  std::mutex retention;  // forgetting and backing up exclude each other

  std::mutex mutex;  // guards the next two
  std::optional<AppendResult> result;
  std::function<void()> wake;
  std::function<void(AppendResult)> done;  // the owner's thread only

  std::unique_ptr<Sealer> sealer;
  std::unique_ptr<LogThread> thread;
  std::unique_ptr<ActiveBackup> backup;  // the log thread's, while one is made

  void report(AppendResult ended) {
    std::function<void()> call;
    {
      const std::scoped_lock lock(mutex);
      result = ended;
      call = wake;
    }
    if (call) call();
  }
};

SqliteLog::SqliteLog(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

SqliteLog::~SqliteLog() {
  parts_->thread.reset();
  parts_->sealer.reset();
}

base::Result<std::unique_ptr<SqliteLog>> SqliteLog::open(SqliteLogOptions options) {
  auto parts = std::make_unique<Parts>();
  base::Result<std::unique_ptr<DataFolder>> folder = DataFolder::open(options.folder);
  if (!folder) return folder.error();
  parts->folder = std::move(*folder);
  parts->files = std::make_shared<OpenFiles>(options.vfs);
  base::Result<OpenedLog> opened =
      open_log(*parts->folder, options.vfs, options.cluster, parts->catalogue, parts->files);
  if (!opened) return opened.error();

  const Fatal fatal = options.fatal ? options.fatal : Fatal(end_process);
  Parts& self = *parts;
  const std::uint64_t number = opened->active.start.number;
  self.sealer =
      std::make_unique<Sealer>(*self.folder, options.vfs, self.catalogue, self.files, fatal, options.start_worker);
  for (SealWork& work : opened->unsealed) self.sealer->seal(std::move(work));
  self.thread = std::make_unique<LogThread>(
      *self.folder, self.catalogue, *self.sealer, std::move(opened->active), options.segment,
      [&self](AppendResult result) { self.report(result); }, fatal, options.start_worker);
  self.thread->before_roll([&self] { self.backup.reset(); });
  self.sealer->prepare(number + 1);
  return std::unique_ptr<SqliteLog>(new SqliteLog(std::move(parts)));
}

LogIdentity SqliteLog::identity() const {
  return {parts_->thread->cluster(), parts_->thread->epoch(), parts_->thread->last_seq()};
}

void SqliteLog::append(Batch batch, std::function<void(AppendResult)> done) {
  base::check(!parts_->done);
  parts_->done = std::move(done);
  parts_->thread->append(std::move(batch));
}

void SqliteLog::append_again(std::function<void(AppendResult)> done) {
  base::check(!parts_->done);
  parts_->done = std::move(done);
  parts_->thread->append_again();
}

void SqliteLog::on_ready(std::function<void()> wake) {
  const std::scoped_lock lock(parts_->mutex);
  parts_->wake = std::move(wake);
}

void SqliteLog::poll() {
  std::optional<AppendResult> result;
  {
    const std::scoped_lock lock(parts_->mutex);
    result = std::exchange(parts_->result, std::nullopt);
  }
  if (!result) return;
  const std::function<void(AppendResult)> done = std::exchange(parts_->done, nullptr);  // it may append again
  done(*result);
}

base::Result<void> SqliteLog::read(Seq from, const std::function<bool(const StoredBatch&)>& visit) {
  return read_batches(*parts_->catalogue.entries(), from, visit);
}
base::Result<Found> SqliteLog::find_forward(const Key& key, Seq after, std::size_t limit) {
  return log::find_forward(*parts_->catalogue.entries(), key, after, limit);
}
base::Result<Found> SqliteLog::find_backward(const Key& key, Seq before, std::size_t limit) {
  return log::find_backward(*parts_->catalogue.entries(), key, before, limit);
}
base::Result<Found> SqliteLog::batches_after(Seq after, std::size_t limit) {
  return log::batches_after(*parts_->catalogue.entries(), after, limit);
}
base::Result<std::optional<Seq>> SqliteLog::first_seq_since(base::Time time) {
  return log::first_seq_since(*parts_->catalogue.entries(), time);
}
base::Result<std::string> SqliteLog::blob(base::Hash128 id) {
  return find_blob(*parts_->catalogue.entries(), id);
}

std::vector<Extent> SqliteLog::sealed() const {
  std::vector<Extent> extents;
  const std::shared_ptr<const CatalogueEntries> segments = parts_->catalogue.entries();
  for (const CatalogueEntry& segment : *segments) {
    if (!segment.sealed) break;
    extents.push_back(segment.view->extent());
  }
  return extents;
}

std::optional<base::Hash128> SqliteLog::chain_after(Seq seq) const {
  return log::chain_after(*parts_->catalogue.entries(), seq);
}

base::Result<Forgotten> SqliteLog::forget_before(Seq seq, const std::function<bool(base::Hash128)>& still_needed) {
  return forget([&](const Extent& extent) { return extent.last_seq < seq; }, still_needed);
}

base::Result<Forgotten> SqliteLog::forget_older_than(base::Time time, Seq seq,
                                                     const std::function<bool(base::Hash128)>& still_needed) {
  return forget([&](const Extent& extent) { return extent.last_wall < time && extent.last_seq < seq; }, still_needed);
}

base::Result<Forgotten> SqliteLog::forget(const std::function<bool(const Extent&)>& is_over,
                                          const std::function<bool(base::Hash128)>& still_needed) {
  const std::scoped_lock lock(parts_->retention);
  Forgotten forgotten;
  while (true) {
    const std::shared_ptr<const CatalogueEntries> segments = parts_->catalogue.entries();
    const CatalogueEntry& oldest = segments->front();
    forgotten.first_seq = oldest.view->extent().first_seq;
    if (!oldest.sealed || segments->size() == 1 || !is_over(oldest.view->extent())) return forgotten;
    const base::Result<std::size_t> carried = carry_blobs(*segments, still_needed);
    if (!carried) return carried.error();
    forgotten.blobs_carried += *carried;
    const std::string path = parts_->folder->segment_path(oldest.number);
    const base::Result<void> pinned = std::static_pointer_cast<SealedSegment>(oldest.view)->pin();
    if (!pinned) return pinned.error();
    parts_->catalogue.drop_oldest();
    remove_file(path);
    if (base::Result<void> done = sync_folder(parts_->folder->segments()); !done) return done.error();
    ++forgotten.segments;
  }
}

void SqliteLog::write_ahead(std::vector<Blob> blobs) {
  (void)parts_->thread->carry(std::move(blobs));  // what does not fit now comes with its batch
}

base::Result<std::size_t> SqliteLog::carry_blobs(const CatalogueEntries& segments,
                                                 const std::function<bool(base::Hash128)>& still_needed) {
  const auto oldest = std::static_pointer_cast<SealedSegment>(segments.front().view);
  const base::Result<std::vector<base::Hash128>> ids = oldest->blob_ids();
  if (!ids) return ids.error();
  std::vector<Blob> blobs;
  std::size_t bytes = 0, carried = 0;
  const auto flush = [&]() -> base::Result<void> {
    const std::size_t size = blobs.size();
    base::Result<void> done = parts_->thread->carry(std::exchange(blobs, {}));
    carried += size;
    bytes = 0;
    return done;
  };
  for (const base::Hash128& id : *ids) {
    if (!still_needed(id)) continue;
    bool elsewhere = false;
    for (std::size_t i = 1; i < segments.size() && !elsewhere; ++i) {
      const base::Result<bool> has = segments[i].view->has_blob(id);
      if (!has) return has.error();
      elsewhere = *has;
    }
    if (elsewhere) continue;
    base::Result<std::optional<std::string>> content = oldest->blob(id);
    if (!content) return content.error();
    if (!*content) continue;
    bytes += (*content)->size();
    blobs.push_back({id, std::move(**content)});
    if (bytes < carry_bytes_max) continue;
    if (base::Result<void> done = flush(); !done) return done.error();
  }
  if (!blobs.empty()) {
    if (base::Result<void> done = flush(); !done) return done.error();
  }
  return carried;
}

SqliteLog::BackupMade SqliteLog::backup(const std::string& folder, const std::stop_token& stop) {
  const base::Error stopped{"stopped", "cerebro stops: the backup in " + folder + " is not whole; ask again"};
  constexpr int step_pages = 256;
  const std::scoped_lock lock(parts_->retention);
  if (base::Result<void> done = make_backup_folder(folder); !done) return done.error();
  const std::string aside = folder + "/segments/active.new";
  std::uint64_t number = 0;
  Seq last_seq = 0;
  for (bool whole = false; !whole;) {
    if (stop.stop_requested()) return stopped;
    // A segment that ended meanwhile took its half copy with it: begin again with the new one.
    const base::Result<void> done = parts_->thread->run([&](ActiveSegment& active) -> base::Result<void> {
      if (!parts_->backup) {
        remove_file(aside);
        base::Result<std::unique_ptr<ActiveBackup>> begun = ActiveBackup::begin(active.writer->database(), aside);
        if (!begun) return begun.error();
        parts_->backup = std::move(*begun);
      }
      const base::Result<bool> step = parts_->backup->step(step_pages);
      if (!step || *step) parts_->backup.reset();
      if (!step) return step.error();
      whole = *step;
      number = active.start.number;
      last_seq = active.memory->extent().last_seq;
      return {};
    });
    if (!done) return done.error();
  }
  if (base::Result<void> done = replace_file(aside, folder + "/segments/" + segment_name(number)); !done)
    return done.error();
  wait_until_sealed();
  const std::shared_ptr<const CatalogueEntries> segments = parts_->catalogue.entries();
  for (const CatalogueEntry& segment : *segments) {
    if (segment.number >= number) break;
    if (stop.stop_requested()) return stopped;
    if (!segment.sealed) return base::Error{"full", "a full segment cannot be sealed for want of space; free some"};
    const std::string to = folder + "/segments/" + segment_name(segment.number);
    if (base::Result<void> done = copy_file(parts_->folder->segment_path(segment.number), to); !done)
      return done.error();
  }
  if (base::Result<void> done = copy_files(parts_->folder->path() + "/snapshots", folder + "/snapshots"); !done)
    return done.error();
  return last_seq;
}

base::Result<void> SqliteLog::seal_now() {
  if (base::Result<void> done = parts_->thread->seal_now(); !done) return done;
  wait_until_sealed();
  return {};
}

void SqliteLog::wait_until_sealed() {
  parts_->sealer->wait_until_idle();
}

}  // namespace cordyna::log

#pragma once
// SealedSegment: a segment file that is never written again, as readers see it. It is opened when somebody asks and
// kept in OpenFiles, a small cache that closes the one not used for longest; two readers of one file take turns.

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "log/segment_file.h"
#include "log/segment_view.h"

namespace cordyna::log {

/// One open sealed file and its directory of postings.
struct OpenFile {
  std::mutex mutex;  // held while the database is used
  std::unique_ptr<Database> database;
  std::optional<std::vector<Key>> directory;
};

/// At most limits::segments_open_max files, least recently used first out. A file in use stays open until its user
/// ends.
class OpenFiles {
 public:
  explicit OpenFiles(std::string vfs = {}) : vfs_(std::move(vfs)) {}
  base::Result<std::shared_ptr<OpenFile>> open(const std::string& path);
  void close(const std::string& path);

 private:
  std::string vfs_;
  std::mutex mutex_;
  std::list<std::pair<std::string, std::shared_ptr<OpenFile>>> files_;  // most recently used first
};

class SealedSegment : public SegmentView {
 public:
  SealedSegment(std::string path, SegmentStart start, SegmentSeal seal, std::shared_ptr<OpenFiles> files)
      : path_(std::move(path)), start_(std::move(start)), seal_(seal), files_(std::move(files)) {}

  const std::string& path() const { return path_; }
  const SegmentStart& start() const { return start_; }
  const SegmentSeal& seal() const { return seal_; }
  /// The file is going to be unlinked: keeps it open, so that whoever holds this view reads on as if nothing had
  /// happened.
  base::Result<void> pin();

  Extent extent() const override;
  base::Result<void> find_forward(const Key& key, Seq after, std::size_t limit, std::vector<StoredBatch>& out) override;
  base::Result<void> find_backward(const Key& key, Seq before, std::size_t limit,
                                   std::vector<StoredBatch>& out) override;
  base::Result<bool> each(Seq after, const std::function<bool(const StoredBatch&)>& visit) override;
  base::Result<std::optional<Seq>> first_seq_since(base::Time time) override;
  base::Result<std::optional<std::string>> blob(base::Hash128 id) override;
  base::Result<bool> has_blob(base::Hash128 id) override;
  base::Result<std::vector<base::Hash128>> blob_ids();

 private:
  using Use = std::function<base::Result<void>(OpenFile&)>;
  base::Result<void> with_file(const Use& use);
  base::Result<std::vector<Seq>> batches_with(OpenFile& file, const Key& key);
  base::Result<StoredBatch> batch_at(OpenFile& file, Seq first_seq);
  base::Result<std::vector<StoredBatch>> slice(Seq after, std::size_t limit);
  base::Error damaged(Seq seq, const std::string& what) const;

  const std::string path_;
  const SegmentStart start_;
  const SegmentSeal seal_;
  const std::shared_ptr<OpenFiles> files_;
  std::mutex pin_mutex_;
  std::shared_ptr<OpenFile> pinned_;
};

}  // namespace cordyna::log

// One flipped bit at every byte of a small log: either the damage is found, or everything reads as before. And what an
// operator is told: names, and nothing is cut by itself.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "log/files.h"
#include "log/log_samples.h"
#include "log/maintenance.h"
#include "log/opening.h"
#include "log/sealed_segment.h"
#include "log/search.h"
#include "log/sqlite_log.h"

namespace cordyna::log {
namespace {

/// A byte of a file, changed for as long as this lives.
class FlippedBit {
 public:
  FlippedBit(const std::string& path, off_t offset) : file_(::open(path.c_str(), O_RDWR)), offset_(offset) {
    base::check(::pread(file_, &byte_, 1, offset_) == 1);
    const auto flipped = static_cast<char>(byte_ ^ (1 << (offset_ % 8)));
    base::check(::pwrite(file_, &flipped, 1, offset_) == 1);
  }
  ~FlippedBit() {
    base::check(::pwrite(file_, &byte_, 1, offset_) == 1);
    ::close(file_);
  }
  FlippedBit(const FlippedBit&) = delete;

 private:
  int file_;
  off_t offset_;
  char byte_ = 0;
};

Batch batch_with_blob(Seq seq) {
  Batch batch = sample_batch(seq);
  batch.blobs = {sample_blob("blob of " + std::to_string(seq))};
  return batch;
}

/// Seqs 1-6 in a sealed segment, 7-9 in the active one, closed in order.
void make_log(const std::string& folder) {
  SqliteLogOptions options{.folder = folder};
  options.segment.events = 6;
  const auto log = std::move(*SqliteLog::open(options));
  for (Seq seq = 1; seq <= 9; ++seq) ASSERT_EQ(append_and_wait(*log, batch_with_blob(seq)), AppendResult::durable);
  log->wait_until_sealed();
}

/// Everything a reader can ask of these segments: an error, or exactly the seqs 1..last.
base::Result<void> read_everything(const CatalogueEntries& segments, Seq last) {
  Seq expected = 1;
  const base::Result<void> done = read_batches(segments, 1, [&](const StoredBatch& batch) {
    EXPECT_EQ(batch.first_seq, expected);
    EXPECT_EQ(*batch.events, sample_events(expected));
    ++expected;
    return true;
  });
  if (!done) return done;
  EXPECT_EQ(expected, last + 1);
  for (Seq seq = 1; seq <= last; ++seq) {
    const base::Result<Found> found = find_forward(segments, {KeyKind::run, "run-" + std::to_string(seq)}, 0, 9);
    if (!found) return found.error();
    EXPECT_EQ(first_seqs(found->batches), std::vector<Seq>{seq});
    const base::Result<std::string> blob = find_blob(segments, base::hash128("blob of " + std::to_string(seq)));
    if (!blob) return blob.error();
    EXPECT_EQ(*blob, "blob of " + std::to_string(seq));
    const base::Result<std::optional<Seq>> since = first_seq_since(segments, sample_now(seq).wall);
    if (!since) return since.error();
    EXPECT_EQ(*since, std::optional<Seq>(seq));
  }
  return {};
}

base::Result<void> open_and_read_everything(const std::string& folder, Seq last) {
  base::Result<std::unique_ptr<DataFolder>> data = DataFolder::open(folder);
  if (!data) return data.error();
  Catalogue catalogue;
  const base::Result<OpenedLog> opened = open_log(**data, "", "", catalogue, std::make_shared<OpenFiles>());
  if (!opened) return opened.error();
  return read_everything(*catalogue.entries(), last);
}

/// Flips one bit of bytes in [0, size) and counts what was noticed. Of every byte when CORDYNA_TEST_EVERY_BYTE is set
/// (minutes); otherwise of all in the first 128, of each `stride`-th that is not zero, and of a few of the zeros.
int flip_bytes(const std::string& path, off_t size, off_t stride, const std::function<base::Result<void>()>& read) {
  const bool every = std::getenv("CORDYNA_TEST_EVERY_BYTE") != nullptr;
  const std::string good = *read_file(path);
  int found = 0;
  for (off_t offset = 0; offset < size; ++offset) {
    const bool zero = good[static_cast<std::size_t>(offset)] == 0;
    if (!every && offset >= 128 && offset % (zero ? 199 : stride) != 0) continue;
    const FlippedBit flipped(path, offset);
    const base::Result<void> done = read();
    if (!done) {
      ++found;
      EXPECT_FALSE(done.error().message.empty());
      EXPECT_NE(done.error().code, "full");
      EXPECT_NE(done.error().code, "data_in_use");
    }
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << path << " offset " << offset << (done ? "" : done.error().message);
      break;
    }
  }
  return found;
}

TEST(Damage, of_any_byte_of_a_sealed_segment_is_found_or_harmless) {
  const ScratchFolder scratch;
  make_log(scratch / "data");
  const std::string path = scratch / "data/segments/00000001.segment";
  const off_t size = file_size(path);
  ASSERT_LT(size, 60'000);
  const int found = flip_bytes(path, size, 5, [&]() -> base::Result<void> {
    base::Result<FoundSegment> segment = find_segment(path, "");
    if (!segment) return segment.error();
    if (!segment->start || !segment->seal) return base::Error{"log_corrupt", "not sealed"};
    const auto view =
        std::make_shared<SealedSegment>(path, *segment->start, *segment->seal, std::make_shared<OpenFiles>());
    return read_everything({{1, view, true}}, 6);
  });
  EXPECT_GT(found, 300);
  EXPECT_TRUE(verify(scratch / "data").ok());
}

TEST(Damage, of_any_byte_of_the_active_segment_is_found_or_harmless) {
  const ScratchFolder scratch;
  make_log(scratch / "data");
  const std::string path = scratch / "data/segments/00000002.segment";
  const int found = flip_bytes(path, file_size(path), 5, [&] { return open_and_read_everything(scratch / "data", 9); });
  EXPECT_GT(found, 100);
  EXPECT_TRUE(open_and_read_everything(scratch / "data", 9).ok());
}

TEST(Damage, of_any_byte_of_the_write_ahead_log_after_a_crash_is_found_or_harmless) {
  const ScratchFolder scratch;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto log = std::move(*SqliteLog::open({.folder = scratch / "data"}));
    for (Seq seq = 1; seq <= 5; ++seq) append_and_wait(*log, batch_with_blob(seq));
    ::_exit(0);  // without closing: the batches are in the write-ahead log only
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_TRUE(open_and_read_everything(scratch / "data", 5).ok());
  const std::string wal = scratch / "data/segments/00000001.segment-wal";
  ASSERT_EQ(file_size(wal), 4 << 20);
  const off_t used = 32 + 24 * (24 + 4096);  // the begin and five batches
  const int found = flip_bytes(wal, used, 13, [&] { return open_and_read_everything(scratch / "data", 5); });
  EXPECT_GT(found, 300);
  EXPECT_TRUE(open_and_read_everything(scratch / "data", 5).ok());
}

TEST(Damage, of_a_segment_that_is_still_empty_is_found_before_anything_is_written_into_it) {
  const ScratchFolder scratch;
  make_log(scratch / "data");
  const std::string good = *read_file(scratch / "data/segments/00000003.segment");
  int found = 0;
  for (std::size_t offset = 0; offset < good.size(); offset += good[offset] == 0 ? 397 : 11) {
    const std::string folder = scratch / "copy";
    std::filesystem::remove_all(folder);
    std::filesystem::copy(scratch / "data", folder, std::filesystem::copy_options::recursive);
    std::string bad = good;
    bad[offset] = static_cast<char>(bad[offset] ^ 4);
    ASSERT_TRUE(write_file(folder + "/segments/00000003.segment", bad).ok());
    base::Result<std::unique_ptr<SqliteLog>> log = SqliteLog::open({.folder = folder});
    if (!log) {
      ++found;
      EXPECT_NE(log.error().code, "io_error") << log.error().message;
      continue;
    }
    ASSERT_TRUE((*log)->seal_now().ok());
    for (Seq seq = 10; seq <= 11; ++seq) ASSERT_EQ(append_and_wait(**log, batch_with_blob(seq)), AppendResult::durable);
    log->reset();
    const base::Result<void> done = open_and_read_everything(folder, 11);
    ASSERT_TRUE(done.ok()) << "offset " << offset << ": " << done.error().message;
  }
  EXPECT_GT(found, 20);
}

TEST(Damage, of_the_note_of_what_was_acknowledged_is_harmless) {
  const ScratchFolder scratch;
  make_log(scratch / "data");
  const std::string path = scratch / "data/acknowledged";
  EXPECT_EQ(flip_bytes(path, file_size(path), 5, [&] { return open_and_read_everything(scratch / "data", 9); }), 0);
  remove_file(path);
  EXPECT_TRUE(open_and_read_everything(scratch / "data", 9).ok());
}

TEST(Damage, a_file_cut_to_any_page_is_found) {
  const ScratchFolder scratch;
  make_log(scratch / "data");
  for (const char* name : {"00000001.segment", "00000002.segment"}) {
    const std::string path = scratch / (std::string("data/segments/") + name);
    const std::string good = *read_file(path);
    for (std::size_t size = 0; size < good.size(); size += 4096) {
      ASSERT_TRUE(write_file(path, good.substr(0, size)).ok());
      EXPECT_FALSE(open_and_read_everything(scratch / "data", 9).ok()) << name << " " << size;
      EXPECT_FALSE(verify(scratch / "data").ok());
    }
    ASSERT_TRUE(write_file(path, good).ok());
    EXPECT_TRUE(open_and_read_everything(scratch / "data", 9).ok());
  }
}

}  // namespace
}  // namespace cordyna::log

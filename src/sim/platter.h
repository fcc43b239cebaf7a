#pragma once
// A disk of bytes under the log: what a process has written is in the page cache, what was synced is on the platter,
// and when the power goes, each sector in between is kept, lost or torn. Names of files are as safe as the last sync of
// their folder. It fails, fills and flips bits as its owner says. SQLite reaches it by log/mounted_vfs.h.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "log/file_system.h"
#include "log/mounted_vfs.h"
#include "sim/chance.h"

namespace cordyna::sim {

class Platter final : public log::FileSystem {
 public:
  explicit Platter(Chance chance);
  ~Platter() override;

  /// Files do not grow and none is made; with `every_write` what lies there already cannot be overwritten either.
  bool full = false, every_write = false;

  enum class Trouble {
    io_error,  // the call fails; a sync that fails has lost some of what it was to bring to the platter
    full,      // the call finds no room
    end,       // the process dies in the middle of the call
  };
  struct Call {
    std::string name, path;  // "write", "sync", ...
  };
  /// Asked before each call that changes something, and before each read.
  std::function<std::optional<Trouble>(const Call&)> before_call = [](const Call&) { return std::nullopt; };

  /// The process is gone: nothing changes any more until start(). What is in the page cache stays there.
  void stop() { running_ = false; }
  bool running() const { return running_; }
  void start() { running_ = true; }
  /// The page cache is gone: see above.
  void power_cut();
  /// Turns one bit of a file whose name ends with one of `suffixes`; names it, or says nothing when there is none.
  std::string flip_a_bit(const std::vector<std::string>& suffixes);
  /// Turns back every bit that was not overwritten since; how many.
  std::size_t mend_bits();
  bool damaged() const { return !flips_.empty(); }

  std::unique_ptr<log::PlainFile> open(const std::string& path, log::Opening how) override;
  int rename(const std::string& from, const std::string& to) override;
  int unlink(const std::string& path) override;
  int make_folder(const std::string& path) override;
  int sync_folder(const std::string& path) override;
  std::vector<std::string> names_in(const std::string& folder) override;
  std::int64_t size(const std::string& path) override;
  std::string vfs() const override;

 private:
  class File;
  /// The content of one file, whatever its names are.
  struct Content {
    std::string bytes;            // as the page cache has it
    std::size_t safe_size = 0;    // on the platter
    std::set<std::size_t> dirty;  // sectors that differ from the platter, and go there with the next sync
    std::set<std::size_t> lost;   // sectors that a failed sync has left clean: they differ, and nobody knows
    std::map<std::size_t, std::string> before;  // what the platter has of such sectors; none: zeros
    bool locked = false;
  };
  using ContentPtr = std::shared_ptr<Content>;
  /// A change of names that the folder's sync makes safe; nullptr: the name goes.
  struct Renaming {
    std::string folder;
    std::vector<std::pair<std::string, ContentPtr>> names;
  };
  struct Flip {
    ContentPtr content;
    std::size_t at = 0;
    char mask = 0;
  };

  /// errno when the call cannot go on, else 0.
  int refuse(const std::string& name, const std::string& path);
  void touch(Content& content, std::size_t from, std::size_t to);
  void write(Content& content, std::string_view bytes, std::size_t at);
  void resize(Content& content, std::size_t size);
  void sync(Content& content);
  void lose_some(Content& content);
  void cut(Content& content);
  void change_names(Renaming renaming);

  Chance chance_;
  const std::size_t sector_;
  bool running_ = true;
  std::map<std::string, ContentPtr> names_, safe_names_;
  std::set<std::string> folders_;
  std::deque<Renaming> unsafe_;
  std::vector<Flip> flips_;
  log::MountedVfs vfs_;
};

}  // namespace cordyna::sim

// See backup.h. SQLite keeps a copy in step with what the same connection commits meanwhile.

#include "log/backup.h"

#include <string_view>

#include "log/files.h"

namespace cordyna::log {

base::Result<std::unique_ptr<ActiveBackup>> ActiveBackup::begin(Database& source, const std::string& path) {
  base::Result<std::unique_ptr<Database>> target = Database::open(path, OpenMode::create);
  if (!target) return target.error();
  // The copy is synced as a whole when it is done; a half one is thrown away.
  const base::Result<void> set = (*target)->execute("PRAGMA page_size=4096; PRAGMA synchronous=OFF");
  if (!set) return set.error();
  sqlite3_backup* backup = sqlite3_backup_init((*target)->handle(), "main", source.handle(), "main");
  if (backup == nullptr) return (*target)->failure("copy to");
  return std::unique_ptr<ActiveBackup>(new ActiveBackup(std::move(*target), backup));
}

ActiveBackup::~ActiveBackup() {
  sqlite3_backup_finish(backup_);
}

base::Result<bool> ActiveBackup::step(int pages) {
  const int code = sqlite3_backup_step(backup_, pages);
  if (code == SQLITE_OK) return false;
  if (code == SQLITE_DONE) return true;
  return base::Error{(code & 0xff) == SQLITE_FULL ? "full" : "io_error",
                     "cannot copy to " + target_->path() + ": " + sqlite3_errstr(code)};
}

base::Result<void> make_backup_folder(const std::string& folder) {
  if (!names_in(folder).empty())
    return base::Error{"not_empty", "the folder " + folder + " is not empty: name a new one for the backup"};
  for (const std::string& path : {folder, folder + "/segments", folder + "/snapshots"}) {
    if (base::Result<void> done = make_folder(path); !done) return done;
  }
  return {};
}

base::Result<void> copy_files(const std::string& from, const std::string& to) {
  for (const std::string& name : names_in(from)) {
    if (name.ends_with(".new")) continue;
    base::Result<void> done = copy_file(from + "/" + name, to + "/" + name);
    if (!done && file_exists(from + "/" + name)) return done;  // else it was replaced by a newer one meanwhile
  }
  return {};
}

}  // namespace cordyna::log

#pragma once
// The few file operations of the log, each one durable when it answers ok: write aside, sync, rename, sync the folder.
// Errors: full (no space), io_error; the message names the path and the reason of the operating system.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cordyna::log {

base::Result<void> make_folder(const std::string& path);  // one that exists is fine; parents must exist
/// Names in a folder, ascending, without "." and ".."; empty when the folder is not there.
std::vector<std::string> names_in(const std::string& folder);
std::int64_t file_size(const std::string& path);  // -1 when it is not there
bool file_exists(const std::string& path);
bool remove_file(const std::string& path);  // false when it was not there

/// fsync of `aside`, rename to `path`, fsync of the folder.
base::Result<void> replace_file(const std::string& aside, const std::string& path);
/// Rename, fsync of both folders.
base::Result<void> move_file(const std::string& from, const std::string& to);
/// Atomic: after a crash the old content or the new is there, never a part.
base::Result<void> write_file(const std::string& path, std::string_view bytes);
base::Result<std::string> read_file(const std::string& path);
/// The first `size` bytes, fewer when the file is shorter.
base::Result<std::string> read_head(const std::string& path, std::size_t size);
/// Writes what the file holds over itself, and syncs it and its folder. After a sync that failed a kernel takes for
/// written what never was: it is read from memory until the power goes, and no later sync brings it to the disk.
base::Result<void> write_again(const std::string& path);
base::Result<void> write_zeros(const std::string& path, std::size_t bytes);
/// The copy is synced; `to` is replaced atomically.
base::Result<void> copy_file(const std::string& from, const std::string& to);
base::Result<void> sync_folder(const std::string& path);

}  // namespace cordyna::log

#include "sim/platter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace cordyna::sim {
namespace {

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

int fail(int reason) {
  errno = reason;
  return -1;
}

}  // namespace

class Platter::File final : public log::PlainFile {
 public:
  File(Platter& platter, std::string path, ContentPtr content)
      : platter_(platter), path_(std::move(path)), content_(std::move(content)) {}
  ~File() override {
    if (locked_) content_->locked = false;
  }

  ssize_t read(char* to, std::size_t size, std::uint64_t at) override {
    if (const int reason = platter_.refuse("read", path_)) return fail(reason);
    if (at >= content_->bytes.size()) return 0;
    return static_cast<ssize_t>(content_->bytes.copy(to, size, at));
  }

  ssize_t write(std::string_view bytes, std::uint64_t at) override {
    const bool ran = platter_.running_;
    if (const int reason = platter_.refuse("write", path_)) {
      // Whoever dies in the middle of a write has written some of it.
      if (ran && !platter_.running_)
        platter_.write(*content_, bytes.substr(0, platter_.chance_.below(bytes.size())), at);
      return fail(reason);
    }
    const bool grows = at + bytes.size() > content_->bytes.size();
    if (platter_.full && (grows || platter_.every_write)) return fail(ENOSPC);
    platter_.write(*content_, bytes, at);
    return static_cast<ssize_t>(bytes.size());
  }

  int truncate(std::uint64_t size) override {
    if (const int reason = platter_.refuse("truncate", path_)) return fail(reason);
    platter_.resize(*content_, size);
    return 0;
  }

  int sync() override {
    const bool ran = platter_.running_;
    if (const int reason = platter_.refuse("sync", path_)) {
      if (ran && platter_.running_) platter_.lose_some(*content_);
      return fail(reason);
    }
    platter_.sync(*content_);
    return 0;
  }

  std::int64_t size() override { return static_cast<std::int64_t>(content_->bytes.size()); }

  int lock() override {
    if (std::exchange(content_->locked, true)) return fail(EWOULDBLOCK);
    locked_ = true;
    return 0;
  }

 private:
  Platter& platter_;
  const std::string path_;
  const ContentPtr content_;
  bool locked_ = false;
};

Platter::Platter(Chance chance) : chance_(chance), sector_(chance_.one_in(2) ? 512 : 4096), vfs_(*this) {}
Platter::~Platter() = default;

std::string Platter::vfs() const {
  return vfs_.name();
}

int Platter::refuse(const std::string& name, const std::string& path) {
  if (!running_) return EIO;
  const std::optional<Trouble> trouble = before_call({name, path});
  if (!trouble) return 0;
  if (*trouble == Trouble::end) running_ = false;
  return *trouble == Trouble::full ? ENOSPC : EIO;
}

/// Bytes from `from` to `to` are about to change: what the platter has of them is kept aside.
void Platter::touch(Content& content, std::size_t from, std::size_t to) {
  for (std::size_t sector = from / sector_; sector * sector_ < to; ++sector) {
    const bool differs = content.dirty.contains(sector) || content.lost.contains(sector);
    if (!differs && sector * sector_ < content.safe_size)
      content.before[sector] = content.bytes.substr(sector * sector_, sector_);
    content.lost.erase(sector);
    content.dirty.insert(sector);
  }
}

void Platter::write(Content& content, std::string_view bytes, std::size_t at) {
  if (bytes.empty()) return;
  std::erase_if(flips_, [&](const Flip& flip) {
    return flip.content.get() == &content && flip.at >= at && flip.at < at + bytes.size() &&
           content.bytes[flip.at] != bytes[flip.at - at];
  });
  if (at + bytes.size() > content.bytes.size()) content.bytes.resize(at + bytes.size());
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), sector_ - at % sector_), sector = at / sector_;
    const std::string_view part = bytes.substr(0, size);
    // What is on the platter already need not be brought there; zeros are where nothing is.
    if (content.bytes.compare(at, size, part) != 0 || content.lost.contains(sector)) {
      touch(content, at, at + size);
      content.bytes.replace(at, size, part);
    }
    bytes.remove_prefix(size);
    at += size;
  }
}

void Platter::resize(Content& content, std::size_t size) {
  if (size < content.bytes.size()) touch(content, size, content.bytes.size());
  content.bytes.resize(size);
}

void Platter::sync(Content& content) {
  for (const std::size_t sector : content.dirty) content.before.erase(sector);
  content.dirty.clear();
  content.safe_size = content.bytes.size();
}

/// The kernel has told once of what it could not write, and takes it for written from now on.
void Platter::lose_some(Content& content) {
  for (auto sector = content.dirty.begin(); sector != content.dirty.end();)
    if (chance_.one_in(2)) {
      content.lost.insert(*sector);
      sector = content.dirty.erase(sector);
    } else {
      ++sector;
    }
}

/// Sectors that were not synced are kept, lost, or torn in the middle; so is the size.
void Platter::cut(Content& content) {
  const std::string cached = content.bytes;
  content.bytes.resize(chance_.one_in(2) ? cached.size() : content.safe_size);
  const auto restore = [&](std::size_t sector, bool all) {
    const std::size_t from = sector * sector_;
    if (from >= content.bytes.size()) return;
    const std::size_t size = std::min(sector_, content.bytes.size() - from);
    const auto found = content.before.find(sector);
    std::string old = found == content.before.end() ? std::string() : found->second;
    old.resize(size);
    const std::size_t kept = all || from + size > cached.size() ? 0 : chance_.below(size);
    content.bytes.replace(from + kept, size - kept, old, kept);
  };
  for (const std::size_t sector : content.lost) restore(sector, true);
  for (const std::size_t sector : content.dirty) {
    const std::uint64_t fate = chance_.below(8);
    if (fate < 4 || sector * sector_ >= cached.size()) restore(sector, fate != 0);
  }
  content.before.clear();
  content.dirty.clear();
  content.lost.clear();
  content.safe_size = content.bytes.size();
}

void Platter::power_cut() {
  for (std::uint64_t kept = chance_.below(unsafe_.size() + 1); kept > 0; --kept) {
    for (const auto& [path, content] : unsafe_.front().names) {
      safe_names_.erase(path);
      if (content) safe_names_[path] = content;
    }
    unsafe_.pop_front();
  }
  unsafe_.clear();
  names_ = safe_names_;
  std::set<Content*> all;  // in the order of names, not of addresses
  for (const auto& [path, content] : names_) {
    if (all.insert(content.get()).second) cut(*content);
    content->locked = false;
  }
}

std::string Platter::flip_a_bit(const std::vector<std::string>& suffixes) {
  std::vector<std::string> paths;
  for (const auto& [path, content] : names_)
    for (const std::string& suffix : suffixes)
      if (path.ends_with(suffix) && !content->bytes.empty()) paths.push_back(path);
  if (paths.empty()) return {};
  const std::string& path = chance_.one_of(paths);
  Flip flip{names_.at(path), 0, static_cast<char>(1U << chance_.below(8))};
  const std::string& bytes = flip.content->bytes;
  do {
    flip.at = chance_.below(bytes.size());
  } while (bytes[flip.at] == '\0' && !chance_.one_in(100));  // much is still empty, and nobody looks there
  flip.content->bytes[flip.at] = static_cast<char>(flip.content->bytes[flip.at] ^ flip.mask);
  flips_.push_back(flip);
  return path + " at " + std::to_string(flip.at);
}

std::size_t Platter::mend_bits() {
  std::size_t mended = 0;
  for (const Flip& flip : std::exchange(flips_, {})) {
    if (flip.at >= flip.content->bytes.size()) continue;
    flip.content->bytes[flip.at] = static_cast<char>(flip.content->bytes[flip.at] ^ flip.mask);
    ++mended;
  }
  return mended;
}

std::unique_ptr<log::PlainFile> Platter::open(const std::string& path, log::Opening how) {
  const auto found = names_.find(path);
  const bool makes = how == log::Opening::create || how == log::Opening::replace;
  if (found == names_.end()) {
    if (!makes) return fail(ENOENT), nullptr;
    if (const int reason = refuse("create", path)) return fail(reason), nullptr;
    if (!folders_.contains(folder_of(path))) return fail(ENOENT), nullptr;
    if (full) return fail(ENOSPC), nullptr;
    change_names({folder_of(path), {{path, std::make_shared<Content>()}}});
  } else if (how == log::Opening::replace) {
    if (const int reason = refuse("truncate", path)) return fail(reason), nullptr;
    resize(*found->second, 0);
  }
  return std::make_unique<File>(*this, path, names_.at(path));
}

void Platter::change_names(Renaming renaming) {
  for (const auto& [path, content] : renaming.names) {
    names_.erase(path);
    if (content) names_[path] = content;
  }
  unsafe_.push_back(std::move(renaming));
}

int Platter::rename(const std::string& from, const std::string& to) {
  if (const int reason = refuse("rename", to)) return fail(reason);
  const auto found = names_.find(from);
  if (found == names_.end()) return fail(ENOENT);
  const ContentPtr content = found->second;
  change_names({folder_of(to), {{from, nullptr}, {to, content}}});
  return 0;
}

int Platter::unlink(const std::string& path) {
  if (const int reason = refuse("unlink", path)) return fail(reason);
  if (!names_.contains(path)) return fail(ENOENT);
  change_names({folder_of(path), {{path, nullptr}}});
  return 0;
}

int Platter::make_folder(const std::string& path) {
  if (const int reason = refuse("make_folder", path)) return fail(reason);
  return folders_.insert(path).second ? 0 : fail(EEXIST);
}

int Platter::sync_folder(const std::string& path) {
  if (const int reason = refuse("sync_folder", path)) return fail(reason);
  const std::string folder = path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
  std::erase_if(unsafe_, [&](const Renaming& one) {
    if (one.folder != folder) return false;
    for (const auto& [name, content] : one.names) {
      safe_names_.erase(name);
      if (content) safe_names_[name] = content;
    }
    return true;
  });
  return 0;
}

std::vector<std::string> Platter::names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::string prefix = folder + '/';
  for (auto one = names_.lower_bound(prefix); one != names_.end() && one->first.starts_with(prefix); ++one)
    if (one->first.find('/', prefix.size()) == std::string::npos) names.push_back(one->first.substr(prefix.size()));
  return names;
}

std::int64_t Platter::size(const std::string& path) {
  const auto found = names_.find(path);
  if (found != names_.end()) return static_cast<std::int64_t>(found->second->bytes.size());
  return folders_.contains(path) ? 0 : -1;
}

}  // namespace cordyna::sim

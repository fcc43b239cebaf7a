// The lock is flock(): it belongs to the open file, so it also keeps out a second log in the same process, and it ends
// with the process however that dies.

#include "log/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "log/bytes.h"
#include "log/files.h"

namespace cordyna::log {
namespace {

constexpr std::string_view segment_suffix = ".segment";
constexpr std::size_t acknowledged_bytes = 8 + 16 + 16;

}  // namespace

std::string segment_name(std::uint64_t number) {
  return fmt::format("{:08}{}", number, segment_suffix);
}

std::vector<std::uint64_t> segment_numbers_in(const std::string& folder) {
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names_in(folder)) {
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size() - segment_suffix.size() &&
        name == segment_name(number))
      numbers.push_back(number);
  }
  return numbers;
}

base::Result<std::unique_ptr<DataFolder>> DataFolder::open(const std::string& path) {
  for (const std::string& folder : {path, path + "/segments", path + "/snapshots"}) {
    if (base::Result<void> done = make_folder(folder); !done) return done.error();
  }
  const std::string lock_path = path + "/lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock < 0) return base::Error{"io_error", "cannot open " + lock_path + ": " + std::strerror(errno)};
  std::unique_ptr<DataFolder> data(new DataFolder(path, lock));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const bool known = ::read(lock, holder, sizeof(holder) - 1) > 0;
    return base::Error{"data_in_use", "the data folder " + path + " is used by " +
                                          (known ? "process " + std::string(holder) : "another process") +
                                          ": stop it, or choose another folder with --data"};
  }
  const std::string self = std::to_string(::getpid());
  const bool noted = ::ftruncate(lock, 0) == 0 && ::pwrite(lock, self.data(), self.size(), 0) > 0;
  (void)noted;  // only for the message above: a full disk must not keep cerebro from starting
  return data;
}

DataFolder::~DataFolder() {
  if (acknowledged_ >= 0) ::close(acknowledged_);
  ::close(lock_);
}

std::string DataFolder::segment_path(std::uint64_t number) const {
  return segments() + "/" + segment_name(number);
}

std::vector<std::uint64_t> DataFolder::segment_numbers() const {
  return segment_numbers_in(segments());
}

std::optional<Acknowledged> DataFolder::acknowledged() const {
  const base::Result<std::string> bytes = read_file(path_ + "/acknowledged");
  if (!bytes || bytes->size() != acknowledged_bytes) return std::nullopt;
  ByteReader in(*bytes);
  Acknowledged acknowledged;
  acknowledged.seq = in.u64();
  acknowledged.chain = in.hash();
  if (in.hash() != base::hash128(std::string_view(*bytes).substr(0, acknowledged_bytes - 16))) return std::nullopt;
  return acknowledged;
}

base::Result<void> DataFolder::set_acknowledged(const Acknowledged& acknowledged) {
  const std::string path = path_ + "/acknowledged";
  if (acknowledged_ < 0) acknowledged_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  ByteWriter out;
  out.u64(acknowledged.seq);
  out.hash(acknowledged.chain);
  out.hash(base::hash128(out.view()));
  if (acknowledged_ >= 0 && ::pwrite(acknowledged_, out.view().data(), out.size(), 0) == acknowledged_bytes) return {};
  const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  return base::Error{full ? "full" : "io_error", "cannot write " + path + ": " + std::strerror(errno)};
}

void DataFolder::forget_acknowledged() {
  remove_file(path_ + "/acknowledged");
}

}  // namespace cordyna::log

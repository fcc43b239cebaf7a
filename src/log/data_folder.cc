// See data_folder.h. The lock ends with the process, however that dies.

#include "log/data_folder.h"

#include <fmt/format.h>
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
  std::unique_ptr<PlainFile> lock = file_system_of(lock_path).open(lock_path, Opening::create);
  if (!lock) return base::Error{"io_error", "cannot open " + lock_path + ": " + std::strerror(errno)};
  if (lock->lock() != 0) {
    char holder[32] = {};
    const bool known = lock->read(holder, sizeof(holder) - 1, 0) > 0;
    return base::Error{"data_in_use", "the data folder " + path + " is used by " +
                                          (known ? "process " + std::string(holder) : "another process") +
                                          ": stop it, or choose another folder with --data"};
  }
  const std::string self = std::to_string(::getpid());
  const bool noted = lock->truncate(0) == 0 && lock->write(self, 0) > 0;
  (void)noted;  // only for the message above: a full disk must not keep cerebro from starting
  return std::unique_ptr<DataFolder>(new DataFolder(path, std::move(lock)));
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
  if (!acknowledged_) acknowledged_ = file_system_of(path).open(path, Opening::create);
  ByteWriter out;
  out.u64(acknowledged.seq);
  out.hash(acknowledged.chain);
  out.hash(base::hash128(out.view()));
  if (acknowledged_ && acknowledged_->write(out.view(), 0) == acknowledged_bytes) return {};
  const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  return base::Error{full ? "full" : "io_error", "cannot write " + path + ": " + std::strerror(errno)};
}

void DataFolder::forget_acknowledged() {
  remove_file(path_ + "/acknowledged");
}

}  // namespace cordyna::log

// Small pieces are joined up to 16 KiB; a piece the kernel may be looking at is never touched, since growing a string
// moves it.

#include "net/outbox.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace cordyna::net {
namespace {

constexpr std::size_t joined_bytes_max = 16U << 10;
constexpr std::size_t pieces_max = 16;  // of one gathered write

}  // namespace

void Outbox::append(std::string bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  const bool last_is_free = queued_.size() > pieces_.size();
  if (last_is_free && queued_.back().size() + bytes.size() <= joined_bytes_max)
    queued_.back() += bytes;
  else
    queued_.push_back(std::move(bytes));
}

const std::vector<boost::asio::const_buffer>& Outbox::pieces() {
  const std::size_t count = std::min(queued_.size(), pieces_max);
  pieces_.clear();
  for (std::size_t i = 0; i < count; ++i) pieces_.emplace_back(queued_[i].data(), queued_[i].size());
  if (!pieces_.empty()) pieces_.front() += front_taken_;
  return pieces_;
}

void Outbox::taken(std::size_t bytes) {
  base::check(bytes <= size_);
  size_ -= bytes;
  front_taken_ += bytes;
  while (!queued_.empty() && front_taken_ >= queued_.front().size()) {
    front_taken_ -= queued_.front().size();
    queued_.pop_front();
  }
  pieces_.clear();
}

}  // namespace cordyna::net

#pragma once
// Outbox: the bytes of an HTTP connection that wait for its socket. What is queued while a write is in flight is joined
// and goes with the next one, so a stream of small events costs one system call a batch. Private to net/.

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace cordyna::net {

class Outbox {
 public:
  void append(std::string bytes);
  /// The next pieces to write; they stay where they are until taken().
  const std::vector<boost::asio::const_buffer>& pieces();
  /// The kernel took `bytes` of pieces().
  void taken(std::size_t bytes);
  std::size_t size() const { return size_; }

 private:
  std::deque<std::string> queued_;
  std::vector<boost::asio::const_buffer> pieces_;  // into the first of queued_
  std::size_t front_taken_ = 0;                    // bytes of queued_.front()
  std::size_t size_ = 0;
};

}  // namespace cordyna::net

// The raw peer of loopback.h.

#include "net/loopback.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cordyna::net {

RawPeer::RawPeer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  fcntl(socket_, F_SETFL, O_NONBLOCK);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawPeer::~RawPeer() {
  close();
}

std::size_t RawPeer::offer(std::string_view bytes) {
  const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) ended = true;
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void RawPeer::send(Served& served, std::string_view bytes) {
  served.until([&] {
    bytes.remove_prefix(offer(bytes));
    return bytes.empty() || ended;
  });
}

void RawPeer::finish_sending() {
  ::shutdown(socket_, SHUT_WR);
}

void RawPeer::reset() {
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

void RawPeer::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void RawPeer::read() {
  std::array<char, 16384> bytes;
  while (!ended) {
    const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) ended = true;
    if (count > 0) received.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

bool RawPeer::receive(Served& served, std::string_view text, std::size_t times) {
  served.until([&] {
    read();
    return ended || occurrences(received, text) >= times;
  });
  return occurrences(received, text) >= times;
}

bool RawPeer::receive_end(Served& served) {
  return served.until([&] {
    read();
    return ended;
  });
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace cordyna::net

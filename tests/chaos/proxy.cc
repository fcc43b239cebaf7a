#include "chaos/proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/check.h"

namespace cordyna::chaos {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void at_once(int descriptor) {
  const int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

}  // namespace

Proxy::Proxy(std::uint16_t port) : target_(port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  base::check(listener_ >= 0 && wake_ >= 0);
  base::check(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(listener_, 64) == 0);
  base::check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

Proxy::~Proxy() {
  stopping_ = true;
  wake();
  thread_.join();
  for (Line& line : lines_) close_line(line);
  close(listener_);
  close(wake_);
}

void Proxy::cut() {
  cuts_ = true;
  wake();
}

void Proxy::heal() {
  refuses_ = false;
  stalled_ = 0;
  wake();
}

void Proxy::wake() const {
  const std::uint64_t one = 1;
  (void)!write(wake_, &one, sizeof one);
}

void Proxy::take() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(target_);
  if (refuses_ || connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(client);
    close(server);
    return;
  }
  at_once(client);
  at_once(server);
  lines_.push_back({client, server});
}

bool Proxy::pass(int from, int to) {
  std::array<char, 65536> bytes;
  const ssize_t got = recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  for (ssize_t done = 0; done < got;) {
    const ssize_t sent = send(to, bytes.data() + done, static_cast<std::size_t>(got - done), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += sent;
  }
  return true;
}

void Proxy::close_line(Line& line) {
  close(line.client);
  close(line.server);
  line = {};
}

void Proxy::serve() {
  std::vector<pollfd> watched;
  while (!stopping_) {
    if (cuts_.exchange(false))
      for (Line& line : lines_) close_line(line);
    std::erase_if(lines_, [](const Line& line) { return line.client < 0; });
    const int stalled = stalled_;
    watched = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    for (const Line& line : lines_) {
      watched.push_back({line.client, static_cast<short>(stalled == 1 ? 0 : POLLIN), 0});
      watched.push_back({line.server, static_cast<short>(stalled == 2 ? 0 : POLLIN), 0});
    }
    if (poll(watched.data(), watched.size(), -1) < 0) continue;
    std::uint64_t ignored = 0;
    (void)!read(wake_, &ignored, sizeof ignored);
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const short client = watched[2 + 2 * i].revents, server = watched[3 + 2 * i].revents;
      bool lives = true;
      if ((client & POLLIN) != 0) lives = pass(lines_[i].client, lines_[i].server);
      if (lives && (server & POLLIN) != 0) lives = pass(lines_[i].server, lines_[i].client);
      if ((client & POLLIN) == 0 && (server & POLLIN) == 0 && ((client | server) & (POLLHUP | POLLERR)) != 0)
        lives = false;
      if (!lives) close_line(lines_[i]);
    }
    if ((watched[0].revents & POLLIN) != 0) take();
  }
}

}  // namespace cordyna::chaos

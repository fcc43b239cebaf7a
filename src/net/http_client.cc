// Plain sockets and poll(2): every wait watches the stop descriptor too, so Ctrl-C ends a call at once wherever it is
// (only the resolver of the C library cannot be interrupted).

#include "net/http_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/response_reader.h"
#include "net/url.h"

namespace cordyna::net {
namespace {

using Steady = std::chrono::steady_clock;
using Deadline = std::optional<Steady::time_point>;
using OnBytes = std::function<bool(std::string_view)>;

std::string failure_text(int number) {
  return strerror(number);
}

base::Error unreachable(const Url& url, std::string_view cause) {
  return {"unreachable", fmt::format("http://{} is not reachable: {}. Start cerebro there (or \"dyna up\"), or name "
                                     "another one with --url or CORDYNA_URL.",
                                     url.authority(), cause)};
}

base::Error broken(const Url& url, const HttpCall& call, std::string_view cause) {
  return {"unreachable", fmt::format("the connection to http://{} broke while it worked on {} {} ({}); it is not known "
                                     "whether it was done. Look before you repeat it.",
                                     url.authority(), call.method, url.target, cause)};
}

std::string request_text(const Url& url, const HttpCall& call) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nhost: {}\r\n", call.method, url.target, url.authority());
  for (const auto& [name, value] : call.headers) {
    std::string line = name + ": " + value;
    for (char& c : line)
      if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    text += line + "\r\n";
  }
  const bool has_body = !call.body.empty() || (call.method != "GET" && call.method != "HEAD");
  if (has_body) text += fmt::format("content-length: {}\r\n", call.body.size());
  return text + "\r\n" + call.body;
}

}  // namespace

struct HttpClient::Inside {
  int stop_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int socket = -1;
  std::string authority;  // to which socket is connected
  std::string unread;
  bool reused = false;        // the present call goes over a kept connection
  base::Duration patience{};  // how long the present deadline was when it was set, for messages

  ~Inside() {
    drop();
    ::close(stop_descriptor);
  }

  void drop() {
    if (socket >= 0) ::close(socket);
    socket = -1;
    unread.clear();
  }

  bool kept_is_usable(const Url& url) const;
  base::Result<void> connect(const Url& url, const Deadline& deadline, const HttpCall& call);
  base::Result<void> connect_to(const addrinfo& address, const Url& url, const Deadline& deadline,
                                const HttpCall& call);
  base::Result<short> ready(short events, const Deadline& deadline, const Url& url, const HttpCall& call);
  base::Result<void> send(const Url& url, const HttpCall& call, const Deadline& deadline);
  base::Result<std::size_t> receive(const Url& url, const HttpCall& call, const Deadline& deadline);
  base::Result<base::HttpResponse> exchange(const HttpCall& call, const OnBytes* on_bytes);
  base::Result<base::HttpResponse> answer(const Url& url, const HttpCall& call, Deadline deadline,
                                          const OnBytes* on_bytes);
};

/// A kept connection on which something can be read, be it the end, is of no use.
bool HttpClient::Inside::kept_is_usable(const Url& url) const {
  if (socket < 0 || authority != url.authority()) return false;
  char byte = 0;
  return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

base::Result<short> HttpClient::Inside::ready(short events, const Deadline& deadline, const Url& url,
                                              const HttpCall& call) {
  while (true) {
    int milliseconds = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Steady::now()).count();
      milliseconds = static_cast<int>(std::clamp<long>(left, 0, 1 << 30));
    }
    pollfd watched[2] = {{socket, events, 0}, {stop_descriptor, POLLIN, 0}};
    const int count = ::poll(watched, 2, milliseconds);
    if (watched[1].revents != 0) return base::Error{"interrupted", "interrupted while waiting for " + call.url};
    if (count > 0) return watched[0].revents;
    if (count == 0)
      return base::Error{"timeout",
                         fmt::format("no answer from http://{} to {} {} within {}", url.authority(), call.method,
                                     url.target, base::format_duration(call.silence_max.value_or(call.timeout)))};
    if (errno != EINTR) return unreachable(url, failure_text(errno));
  }
}

base::Result<void> HttpClient::Inside::connect(const Url& url, const Deadline& deadline, const HttpCall& call) {
  drop();
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int failure = getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &wanted, &found);
      failure != 0)
    return unreachable(url, gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  base::Result<void> result = unreachable(url, "it has no address");
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    result = connect_to(*address, url, deadline, call);
    if (result || result.error().code != "unreachable") return result;
  }
  return result;
}

base::Result<void> HttpClient::Inside::connect_to(const addrinfo& address, const Url& url, const Deadline& deadline,
                                                  const HttpCall& call) {
  drop();
  socket = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return unreachable(url, failure_text(errno));
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(socket, address.ai_addr, address.ai_addrlen) != 0) {
    int failure = errno;
    if (failure == EINPROGRESS) {
      if (const auto writable = ready(POLLOUT, deadline, url, call); !writable) return drop(), writable.error();
      socklen_t size = sizeof failure;
      getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size);
    }
    if (failure != 0) return drop(), unreachable(url, failure_text(failure));
  }
  authority = url.authority();
  return {};
}

/// Stops early, without an error, when the server answers before it has read everything: its refusal is worth reading.
base::Result<void> HttpClient::Inside::send(const Url& url, const HttpCall& call, const Deadline& deadline) {
  const std::string text = request_text(url, call);
  for (std::size_t sent = 0; sent < text.size();) {
    const auto events = ready(POLLIN | POLLOUT, deadline, url, call);
    if (!events) return events.error();
    if ((*events & POLLIN) != 0) return {};
    const ssize_t taken = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN && errno != EINTR) return {};  // receive() finds the refusal or the failure
    if (taken > 0) sent += static_cast<std::size_t>(taken);
  }
  return {};
}

/// Appends to `unread`; 0 is the end.
base::Result<std::size_t> HttpClient::Inside::receive(const Url& url, const HttpCall& call, const Deadline& deadline) {
  while (true) {
    if (const auto events = ready(POLLIN, deadline, url, call); !events) return events.error();
    const std::size_t before = unread.size();
    constexpr std::size_t room = 64U << 10;
    unread.resize(before + room);
    const ssize_t taken = recv(socket, unread.data() + before, room, 0);
    const int failure = errno;
    unread.resize(before + static_cast<std::size_t>(std::max<ssize_t>(taken, 0)));
    if (taken >= 0) return static_cast<std::size_t>(taken);
    if (failure != EAGAIN && failure != EINTR) return broken(url, call, failure_text(failure));
  }
}

base::Result<base::HttpResponse> HttpClient::Inside::exchange(const HttpCall& call, const OnBytes* on_bytes) {
  const auto url = parse_url(call.url);
  if (!url) return url.error();
  if (url->scheme != "http") return base::Error{"bad_url", "\"" + call.url + "\" must begin with http://"};
  const Deadline deadline = Steady::now() + call.timeout;
  patience = call.timeout;
  reused = kept_is_usable(*url);
  while (true) {
    if (!reused)
      if (auto connected = connect(*url, deadline, call); !connected) return connected.error();
    auto sent = send(*url, call, deadline);
    auto result = sent ? answer(*url, call, deadline, on_bytes) : base::Result<base::HttpResponse>(sent.error());
    if (result) return result;
    const bool safe = call.method == "GET" || call.method == "HEAD";
    const bool again = reused && safe && result.error().code == "unreachable" && unread.empty();
    drop();
    if (!again) return result;
    reused = false;
  }
}

base::Result<base::HttpResponse> HttpClient::Inside::answer(const Url& url, const HttpCall& call, Deadline deadline,
                                                            const OnBytes* on_bytes) {
  ResponseReader reader(call.method == "HEAD");
  bool streams = false;
  bool wanted = true;
  while (!reader.whole() && wanted) {
    const auto received = receive(url, call, deadline);
    if (!received) return received.error();
    if (*received == 0) reader.end();
    unread.erase(0, reader.read(unread));
    if (reader.malformed())
      return base::Error{"bad_response", "what http://" + url.authority() + " answers is no HTTP"};
    if (reader.cut_off() && !streams) return broken(url, call, "it closed");
    if (!streams && on_bytes != nullptr && reader.head_read() && reader.status() / 100 == 2) {
      streams = true;
      reader.lift_body_limit();
    }
    if (streams) {
      const std::string bytes = reader.take_body();
      wanted = bytes.empty() || (*on_bytes)(bytes);
      if (reader.cut_off() && wanted)
        return base::Error{"cut_off", "the stream " + call.url + " ended early; ask again from where it stopped"};
      patience = call.silence_max.value_or(base::Duration::zero());
      deadline = call.silence_max ? Deadline(Steady::now() + *call.silence_max) : std::nullopt;
    }
  }
  const bool reusable = reader.whole() && reader.keep_alive() && unread.empty();
  base::HttpResponse response = reader.take();
  if (!reusable) drop();
  return response;
}

HttpClient::HttpClient() : inside_(std::make_unique<Inside>()) {}
HttpClient::~HttpClient() = default;

base::Result<base::HttpResponse> HttpClient::request(const HttpCall& call) {
  return inside_->exchange(call, nullptr);
}

base::Result<base::HttpResponse> HttpClient::stream(const HttpCall& call, const OnBytes& on_bytes) {
  return inside_->exchange(call, &on_bytes);
}

void HttpClient::stop() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto full_is_fine = ::write(inside_->stop_descriptor, &one, sizeof one);
}

}  // namespace cordyna::net

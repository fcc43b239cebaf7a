// Network: listening, the pass, and the way from an id to its connection. No sockets are read here; see http_connection
// and websocket_connection.

#include "net/network.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <utility>

#include "base/check.h"
#include "net/connection.h"
#include "net/http_connection.h"
#include "net/socket_options.h"
#include "net/websocket_connection.h"

namespace cordyna::net {
namespace {

using boost::system::error_code;
using Steady = std::chrono::steady_clock;
using Executor = asio::io_context::executor_type;
using Timer = asio::basic_waitable_timer<Steady, asio::wait_traits<Steady>, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;

constexpr std::size_t surplus_connections_max = 256;           // being told 503; beyond them one is just closed
constexpr auto accept_retry = std::chrono::milliseconds(100);  // after running out of files

std::string text_of(const Tcp::endpoint& peer) {
  error_code failure;
  const std::string address = peer.address().to_string(failure);
  return peer.address().is_v6() ? fmt::format("[{}]:{}", address, peer.port())
                                : fmt::format("{}:{}", address, peer.port());
}

}  // namespace

struct Network::Inside {
  struct Listener {
    Acceptor acceptor;
    Timer retry;
  };

  explicit Inside(NetworkOptions options);
  base::Error listen_error(const std::string& host, std::uint16_t port, const error_code& failure) const;
  void accept(Listener& listener);
  void on_accepted(Listener& listener, const error_code& failure, Socket socket);
  void open(Socket socket);
  void watch_wake();
  void arm(Steady::time_point until);
  std::size_t deliver(base::TransportEvents& events);
  bool dropped(const Arrival& arrival) const;
  std::shared_ptr<Connection> find(base::ConnectionId id) const;

  Loop loop;
  std::list<Listener> listeners;  // a list: pending operations point into it
  asio::posix::basic_stream_descriptor<Executor> wake_descriptor;
  Timer wait_timer;
  std::optional<Steady::time_point> armed;
  bool woken = false;
};

Network::Inside::Inside(NetworkOptions options)
    : loop(std::move(options)), wake_descriptor(loop.io), wait_timer(loop.io) {
  error_code failure;
  wake_descriptor.assign(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), failure);
  base::check(!failure);  // no files left at the start of the program
  watch_wake();
}

Network::Network(NetworkOptions options) : inside_(std::make_unique<Inside>(std::move(options))) {}

Network::~Network() {
  stop_listening();
  const auto dropped = std::exchange(inside_->loop.connections, {});
}

// ---- listening

base::Result<std::uint16_t> Network::listen(const std::string& host, std::uint16_t port) {
  error_code failure;
  asio::ip::basic_resolver<Tcp, Executor> resolver(inside_->loop.io);
  const auto found = resolver.resolve(host, std::to_string(port), asio::ip::resolver_base::passive, failure);
  if (failure || found.empty())
    return base::Error{"bad_address", fmt::format("cannot listen on {}:{}: {}; give an address of this machine", host,
                                                  port, failure.message())};
  const Tcp::endpoint endpoint = found.begin()->endpoint();
  Acceptor acceptor(inside_->loop.io);
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  if (!failure) acceptor.set_option(asio::socket_base::reuse_address(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) return inside_->listen_error(host, port, failure);
  const std::uint16_t chosen = acceptor.local_endpoint(failure).port();
  auto& listener = inside_->listeners.emplace_back(Inside::Listener{std::move(acceptor), Timer(inside_->loop.io)});
  inside_->accept(listener);
  return chosen;
}

base::Error Network::Inside::listen_error(const std::string& host, std::uint16_t port,
                                          const error_code& failure) const {
  const std::string where = fmt::format("cannot listen on {}:{}: {}", host, port, failure.message());
  if (failure == asio::error::address_in_use)
    return {"address_in_use", where + "; stop what uses it or choose another port (port 0 picks a free one)"};
  if (failure == boost::system::errc::address_not_available)
    return {"bad_address", where + "; give an address of this machine"};
  return {"io", where};
}

void Network::stop_listening() {
  for (auto& listener : inside_->listeners) {
    error_code ignored;
    listener.acceptor.close(ignored);
    listener.retry.cancel();
  }
}

void Network::Inside::accept(Listener& listener) {
  listener.acceptor.async_accept([this, &listener](const error_code& failure, Socket socket) {
    on_accepted(listener, failure, std::move(socket));
  });
}

void Network::Inside::on_accepted(Listener& listener, const error_code& failure, Socket socket) {
  if (!listener.acceptor.is_open()) return;
  const bool exhausted = failure == boost::system::errc::too_many_files_open ||
                         failure == boost::system::errc::too_many_files_open_in_system ||
                         failure == boost::system::errc::not_enough_memory || failure == asio::error::no_buffer_space;
  if (exhausted) {
    listener.retry.expires_after(accept_retry);
    listener.retry.async_wait([this, &listener](const error_code& cancelled) {
      if (!cancelled && listener.acceptor.is_open()) accept(listener);
    });
    return;
  }
  if (!failure) open(std::move(socket));
  accept(listener);
}

void Network::Inside::open(Socket socket) {
  if (loop.accepted >= loop.options.connections_max + surplus_connections_max) return;
  set_socket_options(socket);
  error_code failure;
  const Tcp::endpoint peer = socket.remote_endpoint(failure);
  if (failure) return;
  const base::ConnectionId id{++loop.last_id};
  auto connection = std::make_shared<HttpConnection>(loop, id, std::move(socket), text_of(peer));
  loop.connections.emplace(id.value, connection);
  const bool surplus = loop.accepted++ >= loop.options.connections_max;
  surplus ? connection->refuse_as_surplus() : connection->start();
}

// ---- the pass

std::size_t Network::poll(base::TransportEvents& events) {
  Loop& loop = inside_->loop;
  ++loop.pass;
  for (const auto& paused : std::exchange(loop.paused, {}))
    if (const auto connection = paused.lock()) connection->resume();
  for (std::size_t done = 0; done < base::limits::poll_completions_max && loop.io.poll_one() > 0; ++done) {
  }
  return inside_->deliver(events);
}

std::size_t Network::Inside::deliver(base::TransportEvents& events) {
  struct Teller {
    base::TransportEvents& events;
    base::ConnectionId id;
    void operator()(base::HttpRequest& request) const { events.on_request(id, std::move(request)); }
    void operator()(Opened&) const { events.on_opened(id); }
    void operator()(Message& message) const { events.on_message(id, std::move(message.bytes), message.binary); }
    void operator()(Writable&) const { events.on_writable(id); }
    void operator()(Closed& closed) const { events.on_closed(id, std::move(closed.reason)); }
  };
  std::size_t delivered = 0;
  for (std::size_t count = loop.arrived.size(); count > 0; --count) {
    Arrival arrival = std::move(loop.arrived.front());
    loop.arrived.pop_front();
    if (dropped(arrival)) continue;
    std::visit(Teller{events, arrival.connection}, arrival.what);
    ++delivered;
  }
  return delivered;
}

/// What arrived before the owner closed the connection is of no interest any more.
bool Network::Inside::dropped(const Arrival& arrival) const {
  if (std::holds_alternative<Closed>(arrival.what)) return false;
  const auto connection = find(arrival.connection);
  return connection && connection->closing();
}

void Network::wait(std::optional<base::Duration> longest) {
  Inside& inside = *inside_;
  const auto until = Steady::now() + longest.value_or(base::Duration::zero());
  while (inside.loop.arrived.empty() && inside.loop.paused.empty() && !inside.woken) {
    if (longest && Steady::now() >= until) break;
    if (longest) inside.arm(until);
    inside.loop.io.run_one();
  }
  inside.woken = false;
}

/// A timer and not run_one_until(): epoll itself counts whole milliseconds, and the loop waits for 60 us.
void Network::Inside::arm(Steady::time_point until) {
  if (armed && *armed <= until) return;
  armed = until;
  wait_timer.expires_at(until);
  wait_timer.async_wait([this](const error_code& cancelled) {
    if (!cancelled) armed.reset();
  });
}

void Network::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto full_is_fine = ::write(inside_->wake_descriptor.native_handle(), &one, sizeof one);
}

void Network::Inside::watch_wake() {
  wake_descriptor.async_wait(asio::posix::descriptor_base::wait_read, [this](const error_code& failure) {
    if (failure) return;
    std::uint64_t count = 0;
    [[maybe_unused]] const auto ignored = ::read(wake_descriptor.native_handle(), &count, sizeof count);
    woken = true;
    watch_wake();
  });
}

void Network::close_all(std::uint16_t code, const std::string& reason) {
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto& [id, connection] : inside_->loop.connections) all.push_back(connection);
  for (const auto& connection : all) connection->close_gently(code, reason);
}

std::size_t Network::connections() const {
  return inside_->loop.connections.size();
}

// ---- from an id to its connection

std::shared_ptr<Connection> Network::Inside::find(base::ConnectionId id) const {
  const auto found = loop.connections.find(id.value);
  return found == loop.connections.end() ? nullptr : found->second;
}

void Network::respond(base::ConnectionId id, base::HttpResponse response) {
  if (const auto connection = inside_->find(id)) connection->respond(std::move(response));
}

void Network::start_stream(base::ConnectionId id, base::HttpResponse head) {
  if (const auto connection = inside_->find(id)) connection->start_stream(std::move(head));
}

void Network::write(base::ConnectionId id, std::string bytes) {
  if (const auto connection = inside_->find(id)) connection->write(std::move(bytes));
}

void Network::accept_websocket(base::ConnectionId id, std::string subprotocol) {
  if (const auto connection = inside_->find(id)) connection->accept_websocket(std::move(subprotocol));
}

base::ConnectionId Network::dial(const std::string& url, const std::string& subprotocol) {
  const base::ConnectionId id{++inside_->loop.last_id};
  auto parsed = parse_url(url);
  if (parsed && parsed->scheme != "ws") parsed = base::Error{"bad_url", "\"" + url + "\" is dialled as ws://"};
  const auto connection = dialled_websocket(inside_->loop, id, parsed, subprotocol);
  if (parsed) inside_->loop.connections.emplace(id.value, connection);
  return id;
}

void Network::send(base::ConnectionId id, std::string bytes, bool binary) {
  if (const auto connection = inside_->find(id)) connection->send(std::move(bytes), binary);
}

std::size_t Network::buffered(base::ConnectionId id) const {
  const auto connection = inside_->find(id);
  return connection ? connection->buffered() : 0;
}

void Network::close(base::ConnectionId id, std::uint16_t code, std::string reason) {
  if (const auto connection = inside_->find(id)) connection->close(code, std::move(reason));
}

std::size_t raise_open_files_limit() {
  rlimit limit{};
  base::check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace cordyna::net

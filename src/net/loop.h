#pragma once
// What all connections of one Network share: the io_context, the table of connections and the queue of what arrived.
// Private to net/. Socket completions only append to the queue; Network::poll() delivers it afterwards, so no event
// ever reaches the owner from inside one of his own calls.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/transport.h"
#include "net/network.h"

namespace cordyna::net {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
// The concrete executor instead of any_io_executor: smaller sockets, no virtual call for each completion.
using Socket = asio::basic_stream_socket<Tcp, asio::io_context::executor_type>;

class Connection;

struct Opened {};
struct Message {
  std::string bytes;
  bool binary = false;
};
struct Writable {};
struct Closed {
  std::string reason;
};
struct Arrival {
  base::ConnectionId connection;
  std::variant<base::HttpRequest, Opened, Message, Writable, Closed> what;
};

struct Loop {
  explicit Loop(NetworkOptions given) : options(std::move(given)) {}

  void arrive(base::ConnectionId connection, decltype(Arrival::what) what) {
    arrived.push_back({connection, std::move(what)});
  }

  // io comes first and is destroyed last: the handlers still in it own connections.
  asio::io_context io{1};
  NetworkOptions options;
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections;  // never iterated but to close all
  std::size_t accepted = 0;                                                    // of them
  std::uint64_t last_id = 0;
  std::deque<Arrival> arrived;
  std::vector<std::weak_ptr<Connection>> paused;  // used up their share of this pass
  std::uint64_t pass = 0;
  std::string scratch = std::string(64U << 10, '\0');  // where sockets are read into; one for all: one thread
};

}  // namespace cordyna::net

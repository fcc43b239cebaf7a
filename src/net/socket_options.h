#pragma once
// What every socket of net/ gets. Private to net/.

#include <fcntl.h>

#include "net/loop.h"

namespace cordyna::net {

/// No delay (our messages are whole, waiting for more would cost 40 ms), keep-alive (a vanished client of a silent
/// stream is noticed one day), and not inherited by the commands a task-server starts.
inline void set_socket_options(Socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.non_blocking(true, ignored);
  fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

}  // namespace cordyna::net

#pragma once
// The two ways in which a WebSocket comes to be: an accepted upgrade, or a dial. Only functions, so that Beast's
// WebSocket stays inside one .cc file. Private to net/.

#include <memory>
#include <string>

#include "net/connection.h"
#include "net/url.h"

namespace cordyna::net {

/// Goes on with the socket of an HTTP connection under its id; answers the handshake, then tells on_opened.
std::shared_ptr<Connection> accepted_websocket(Loop& loop, base::ConnectionId id, Socket socket,
                                               const base::HttpRequest& handshake, const std::string& subprotocol);

/// Resolves, connects and shakes hands within options.handshake_timeout; tells on_opened, or on_closed with the cause.
std::shared_ptr<Connection> dialled_websocket(Loop& loop, base::ConnectionId id, const base::Result<Url>& url,
                                              const std::string& subprotocol);

}  // namespace cordyna::net

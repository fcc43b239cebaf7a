#include "sim/network.h"

#include <algorithm>
#include <utility>

namespace cordyna::sim {

using std::chrono::seconds;

namespace {
constexpr base::Duration kernel_patience = std::chrono::milliseconds(100);
}  // namespace

Network::Network(Timeline& timeline, Chance chance) : timeline_(timeline), chance_(chance) {}
Network::~Network() = default;

Host& Network::host(const std::string& name) {
  auto& host = hosts_[name];
  if (!host) host = std::make_unique<Host>(*this, name);
  return *host;
}

base::Duration Network::latency() {
  return chance_.between(base::Duration(20), latency_most);
}

Network::LinePtr Network::connect(Host& from, Host& to) {
  auto line = std::make_shared<Line>();
  for (const auto& [side, host] : {std::pair(0, &from), std::pair(1, &to)}) {
    line->ends[side].host = host;
    line->ends[side].id = ConnectionId{++host->last_id_};
    host->lines_[line->ends[side].id.value] = {line, side};
  }
  return line;
}

void Network::deliver(const LinePtr& line, int from, std::size_t bytes, std::function<void(Host&, ConnectionId)> what) {
  const std::optional<Break> breaks = line->broken ? std::nullopt : before_message();
  if (breaks == Break::drop) return break_line(line, "connection reset by peer");
  End& end = line->ends[from];
  const Host& target = *line->ends[1 - from].host;
  base::Duration when = timeline_.now() + latency();
  when = std::max({when, end.last_delivery, end.stalled_until, end.host->cut_until_, target.cut_until_});
  end.last_delivery = when;
  if (when - timeline_.now() <= kernel_patience) bytes = 0;  // the kernel takes it
  end.in_flight += bytes;
  timeline_.at(when, [this, line, from, bytes, breaks, what = std::move(what)] {
    End& sender = line->ends[from];
    const End& receiver = line->ends[1 - from];
    const bool full = sender.in_flight > 0;
    sender.in_flight -= bytes;
    if (full && sender.in_flight == 0 && sender.open && line->websocket)
      sender.host->arrive([id = sender.id](base::TransportEvents& events) { events.on_writable(id); });
    if (!line->broken && receiver.open) what(*receiver.host, receiver.id);
    if (breaks == Break::duplicate) break_line(line, "connection reset by peer");
  });
}

/// One end learns that the line is gone.
void Network::end_line(const LinePtr& line, int side, const std::string& reason) {
  End& end = line->ends[side];
  if (!std::exchange(end.open, false)) return;
  end.host->forget(end.id);
  if (side == 0 && line->listener.gone) return line->listener.gone();
  if (side == 0 && !line->websocket) return;  // a client that has what it wanted
  end.host->arrive([id = end.id, reason](base::TransportEvents& events) { events.on_closed(id, reason); });
}

void Network::break_line(const LinePtr& line, const std::string& reason) {
  if (line->broken) return;
  line->broken = true;
  for (const int side : {0, 1})
    timeline_.after(latency(), [this, line, side, reason] { end_line(line, side, reason); });
}

void Network::break_lines(Host& host) {
  std::vector<LinePtr> lines;
  for (const auto& [id, place] : host.lines_) lines.push_back(place.line);
  for (const LinePtr& line : lines) break_line(line, "connection reset by peer");
}

void Network::break_lines_at_next_send(Host& host) {
  host.breaks_at_send_ = true;
}

void Network::cut_off(Host& host, base::Duration how_long) {
  host.cut_until_ = std::max(host.cut_until_, timeline_.now() + how_long);
}

void Network::stall_one(Host& host, base::Duration how_long) {
  if (host.lines_.empty()) return;
  auto chosen = host.lines_.begin();
  std::advance(chosen, chance_.below(host.lines_.size()));
  chosen->second.line->ends[chance_.below(2)].stalled_until = timeline_.now() + how_long;
}

void Host::start(bool listens, std::function<void()> wake) {
  running_ = true;
  listens_ = listens;
  wake_ = std::move(wake);
  arrivals_.clear();
}

void Host::stop(bool told) {
  running_ = listens_ = false;
  arrivals_.clear();
  for (auto& [id, place] : std::exchange(lines_, {})) {
    place.line->ends[place.side].open = false;
    if (!told) continue;
    network_.deliver(place.line, place.side, 0, [line = place.line, side = 1 - place.side, this](Host&, ConnectionId) {
      network_.end_line(line, side, "connection reset by peer");
    });
  }
}

void Host::arrive(Arrival arrival) {
  if (!running_) return;
  arrivals_.push_back(std::move(arrival));
  if (wake_) wake_();
}

std::size_t Host::poll(base::TransportEvents& events) {
  std::size_t count = 0;
  for (auto now = std::exchange(arrivals_, {}); !now.empty(); now.pop_front(), ++count) now.front()(events);
  return count;
}

Host::Place* Host::place(ConnectionId id) {
  const auto found = lines_.find(id.value);
  return found == lines_.end() ? nullptr : &found->second;
}

void Host::request(const std::string& to, base::HttpRequest request, HttpListener listener) {
  const auto line = network_.connect(*this, network_.host(to));
  line->listener = std::move(listener);
  request.headers.emplace_back("host", to + ":7070");
  request.remote = "127.0.0.1";
  network_.deliver(line, 0, request.body.size(), [this, line, request](Host& server, ConnectionId id) {
    if (!server.listens_) return network_.end_line(line, 0, "connection refused");
    server.arrive([id, request](base::TransportEvents& events) { events.on_request(id, request); });
  });
}

void Host::respond(ConnectionId id, base::HttpResponse response) {
  before_effect();
  const Place* at = place(id);
  if (at == nullptr) return;
  const auto line = at->line;
  network_.deliver(line, 1, response.body.size(), [this, line, response](Host&, ConnectionId) {
    if (line->websocket)
      return network_.end_line(line, 0, "it answered " + std::to_string(response.status) + " to the upgrade");
    line->ends[0].open = false;
    line->ends[0].host->forget(line->ends[0].id);
    line->ends[1].open = false;
    line->ends[1].host->forget(line->ends[1].id);
    if (line->listener.answered) line->listener.answered(response);
  });
}

void Host::start_stream(ConnectionId id, base::HttpResponse head) {
  before_effect();
  const Place* at = place(id);
  if (at == nullptr) return;
  const auto line = at->line;
  network_.deliver(line, 1, 0, [line, head](Host&, ConnectionId) {
    if (line->listener.answered) line->listener.answered(head);
  });
}

void Host::write(ConnectionId id, std::string bytes) {
  before_effect();
  const Place* at = place(id);
  if (at == nullptr) return;
  const auto line = at->line;
  network_.deliver(line, 1, bytes.size(), [line, bytes](Host&, ConnectionId) {
    if (line->listener.streamed) line->listener.streamed(bytes);
  });
}

ConnectionId Host::dial(const std::string& url, const std::string& subprotocol) {
  const std::string rest = url.substr(url.find("://") + 3);
  const std::string to = rest.substr(0, rest.find(':'));
  const auto line = network_.connect(*this, network_.host(to));
  line->websocket = true;
  base::HttpRequest request{"GET", rest.substr(rest.find('/')), {}, "", "127.0.0.1", true};
  request.headers = {{"host", to + ":7070"}, {"sec-websocket-protocol", subprotocol}};
  network_.deliver(line, 0, 0, [this, line, request](Host& server, ConnectionId id) {
    if (!server.listens_) return network_.end_line(line, 0, "connection refused");
    server.arrive([id, request](base::TransportEvents& events) { events.on_request(id, request); });
  });
  // A dial into a hole is given up after a while, as a kernel does.
  network_.timeline_.after(seconds(5), [this, line] {
    if (!line->accepted && line->ends[0].open) {
      network_.end_line(line, 0, "no answer within 5 s");
      network_.end_line(line, 1, "closed by the peer");
    }
  });
  return line->ends[0].id;
}

void Host::accept_websocket(ConnectionId id, std::string) {
  before_effect();
  const Place* at = place(id);
  if (at == nullptr) return;
  const auto line = at->line;
  arrive([id](base::TransportEvents& events) { events.on_opened(id); });
  network_.deliver(line, 1, 0, [line](Host& client, ConnectionId own) {
    line->accepted = true;
    client.arrive([own](base::TransportEvents& events) { events.on_opened(own); });
  });
}

void Host::send(ConnectionId id, std::string bytes, bool binary) {
  before_effect();
  const Place* at = place(id);
  if (at == nullptr) return;
  if (std::exchange(breaks_at_send_, false))
    network_.timeline_.after(network_.latency(), [this] { network_.break_lines(*this); });
  network_.deliver(at->line, at->side, bytes.size(), [bytes, binary](Host& other, ConnectionId own) {
    other.arrive([own, bytes, binary](base::TransportEvents& events) { events.on_message(own, bytes, binary); });
  });
}

std::size_t Host::buffered(ConnectionId id) const {
  const auto found = lines_.find(id.value);
  return found == lines_.end() ? 0 : found->second.line->ends[found->second.side].in_flight;
}

void Host::close(ConnectionId id, std::uint16_t, std::string reason) {
  before_effect();
  const Place* at = place(id);
  if (at == nullptr) return;
  const auto line = at->line;
  const int side = at->side;
  network_.deliver(line, side, 0, [this, line, side, reason](Host&, ConnectionId) {
    network_.end_line(line, 1 - side, "closed by the peer: " + reason);
  });
  network_.end_line(line, side, reason);
}

}  // namespace cordyna::sim

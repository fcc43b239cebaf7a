// What task-servers say: checked here, decided by the engine.

#include "cerebro/sessions.h"

#include <algorithm>

#include "base/limits.h"
#include "cerebro/problem.h"
#include "cerebro/text_parts.h"
#include "model/names.h"
#include "wire/declaration_json.h"

namespace cordyna::cerebro {

namespace limits = base::limits;

namespace {

std::string lower_subprotocols() {
  std::string all;
  for (const auto& name : wire::subprotocols) all += (all.empty() ? "" : " or ") + std::string(name);
  return all;
}

/// The first of the offered subprotocols that we speak, in our order.
std::optional<wire::Encoding> chosen(std::string_view offered) {
  for (const auto& ours : wire::subprotocols) {
    std::string_view rest = offered;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      std::string_view one = rest.substr(0, comma);
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
      while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
      while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
      if (one == ours) return wire::encoding_of(ours);
    }
  }
  return std::nullopt;
}

bool valid_instance(const std::string& name) {
  return name.size() >= 8 && name.size() <= 32 &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

/// Why this hello is not taken; empty when it is.
std::string fault_of(const model::Hello& hello) {
  if (hello.protocol != 1)
    return "protocol " + std::to_string(hello.protocol) + " is unknown here: this cerebro speaks protocol 1";
  if (const auto server = model::check_name(model::NameKind::server, hello.server); !server.ok())
    return server.error().message;
  if (const auto team = model::check_name(model::NameKind::team, hello.team); !team.ok()) return team.error().message;
  if (!valid_instance(hello.instance)) return "hello.instance must be 8 to 32 of [a-z0-9], drawn at process start";
  if (hello.slots == 0 || hello.slots > limits::slots_max)
    return "hello.slots must be 1.." + std::to_string(limits::slots_max);
  return {};
}

}  // namespace

void Sessions::on_upgrade(base::ConnectionId connection, const base::HttpRequest& request) {
  const auto encoding = chosen(request.header("sec-websocket-protocol"));
  if (!encoding)
    return world_.transport.respond(
        connection, response_of({400,
                                 "unknown_subprotocol",
                                 "task-servers connect with Sec-WebSocket-Protocol: " + lower_subprotocols(),
                                 {}}));
  upgrading_[connection.value] = *encoding;
  world_.transport.accept_websocket(connection, std::string(wire::subprotocol(*encoding)));
}

void Sessions::on_opened(base::ConnectionId connection, base::Duration awake) {
  const auto upgrading = upgrading_.find(connection.value);
  if (upgrading == upgrading_.end()) return;
  Session session;
  session.connection = connection;
  session.encoding = upgrading->second;
  session.heard_at = session.sent_at = awake;
  sessions_.emplace(connection.value, std::move(session));
  upgrading_.erase(upgrading);
}

void Sessions::on_message(base::ConnectionId connection, std::string_view bytes, bool binary, base::Duration awake) {
  const auto found = sessions_.find(connection.value);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  session.heard_at = awake;
  if (binary != (session.encoding == wire::Encoding::proto))
    return violate(session, binary ? "this session speaks JSON in text frames" : "this session speaks binary frames");
  auto items = wire::decode(bytes, session.encoding);
  if (!items.ok()) return violate(session, items.error().message);
  for (auto& item : *items) {
    hear(session, std::move(item));
    if (!sessions_.contains(connection.value)) return;  // that was a violation
  }
}

void Sessions::on_closed(base::ConnectionId connection, const std::string& reason) {
  upgrading_.erase(connection.value);
  const auto found = sessions_.find(connection.value);
  if (found == sessions_.end()) return;
  if (found->second.greeted) input(found->second, engine::SessionClosed{found->second.id(), reason});
  forget(connection);
}

void Sessions::input(Session& session, engine::Input input) {
  if (session.reading_declaration && !std::holds_alternative<engine::SessionClosed>(input)) {
    session.held.push_back(std::move(input));
    if (session.held.size() > limits::session_inputs_max) violate(session, "too much was said behind a declaration");
    return;
  }
  const bool closed = std::holds_alternative<engine::SessionClosed>(input);
  if (!world_.input(session.id(), std::move(input)) && !closed)
    end(session, 1013, "cerebro cannot take more updates now; connect again");
}

void Sessions::hear(Session& session, model::Item item) {
  if (auto* hello = std::get_if<model::Hello>(&item)) return greet(session, std::move(*hello));
  if (!session.greeted) return violate(session, "the first item of a session must be hello");
  if (std::holds_alternative<model::Heartbeat>(item)) return;
  if (auto* part = std::get_if<model::Declare>(&item)) return take_part(session, std::move(*part));
  if (auto* log = std::get_if<model::Log>(&item)) return take_log(session, std::move(*log));
  const bool ours = std::holds_alternative<model::Ready>(item) || std::holds_alternative<model::Update>(item) ||
                    std::holds_alternative<model::Draining>(item) || std::holds_alternative<model::Goodbye>(item);
  if (!ours) return violate(session, "task-servers do not send items of that kind, cerebro does");
  input(session, engine::SessionItem{session.id(), std::move(item)});
}

void Sessions::greet(Session& session, model::Hello hello) {
  if (session.greeted) return violate(session, "hello comes once in a session");
  if (const std::string fault = fault_of(hello); !fault.empty()) return violate(session, fault);
  session.greeted = true;
  session.server = hello.server;
  session.instance = hello.instance;
  input(session, engine::SessionOpened{session.id(), std::move(hello)});
}

void Sessions::take_part(Session& session, model::Declare part) {
  if (session.reading_declaration) return violate(session, "the declaration before has no verdict yet");
  if (part.part != session.declare_part)
    return violate(session, "declare part " + std::to_string(part.part) + " came, part " +
                                std::to_string(session.declare_part) + " was expected");
  if (part.json.size() > limits::declaration_part_bytes_max)
    return violate(session, "a part of a declaration is at most 1 MiB");
  if (session.declare_json.size() + part.json.size() > limits::declaration_bytes_max)
    return violate(session, "a declaration is at most 64 MiB");
  session.declare_json += part.json;
  ++session.declare_part;
  if (part.last) read_declaration(session);
}

void Sessions::read_declaration(Session& session) {
  session.reading_declaration = true;
  session.declare_part = 0;
  const model::SessionId id = session.id();
  world_.readers.run([this, id, before = world_.current(session.server),
                      text = std::exchange(session.declare_json, {})]() mutable -> Readers::Then {
    auto read = wire::read_declaration_json(text, world_.check_zone);
    engine::SessionDeclared said{id, std::move(read.declaration), std::move(read.findings), {}, {}};
    if (said.declaration) {
      auto next = model::succeed(std::move(before), std::move(said.declaration));
      said.declaration = std::move(next.declaration);
      said.change = std::move(next.change);
      said.json = std::make_shared<engine::NewBlobs>(parts_of(text));
      write_ahead(world_.log, *said.json);
    }
    return [this, id, said = std::move(said)]() mutable { declared(id, std::move(said)); };
  });
}

void Sessions::declared(model::SessionId id, engine::SessionDeclared declared) {
  Session* session = find(id);
  if (session == nullptr) return;
  session->reading_declaration = false;
  input(*session, std::move(declared));
  auto held = std::exchange(session->held, {});
  for (auto& said : held) {
    session = find(id);
    if (session == nullptr) return;
    input(*session, std::move(said));
  }
}

void Sessions::take_log(Session& session, model::Log log) {
  auto attempt = session.attempts.find(log.token);
  if (attempt == session.attempts.end()) {
    auto known = world_.attempt_of(session, log.token);
    if (!known) return;  // of an attempt that is long over, or of somebody else
    attempt = session.attempts.emplace(log.token, std::move(*known)).first;
  }
  world_.task_logs.append(attempt->second, log.offset, std::move(log.text));
}

Session* Sessions::find(model::SessionId id) {
  const auto found = sessions_.find(id.value);
  return found == sessions_.end() ? nullptr : &found->second;
}

void Sessions::forget(base::ConnectionId connection) {
  sessions_.erase(connection.value);
  touched_.erase(connection.value);
  acknowledging_.erase(connection.value);
}

void Sessions::end(Session& session, std::uint16_t code, const std::string& reason) {
  const base::ConnectionId connection = session.connection;
  if (session.greeted) (void)world_.input(session.id(), engine::SessionClosed{session.id(), reason});
  forget(connection);
  world_.transport.close(connection, code, reason);
}

}  // namespace cordyna::cerebro

// What task-servers are told: the engine's effects as items, packed into messages, each session in its own order.

#include <algorithm>

#include "base/limits.h"
#include "cerebro/sessions.h"

namespace cordyna::cerebro {

namespace limits = base::limits;

namespace {

constexpr auto attempts_remembered_max = std::size_t{100'000};
constexpr auto watch_period = std::chrono::seconds(1);
/// A message is filled up to here, well below what a peer must take.
constexpr std::size_t message_bytes_wanted = limits::message_bytes_max / 4;

/// About how much an item adds to a message.
std::size_t size_of(const model::Item& item) {
  if (const auto* run = std::get_if<model::RunCommand>(&item))
    return 400 + run->params.size() + run->inputs.size() + run->bindings.size();
  if (const auto* part = std::get_if<model::InputPart>(&item)) return 100 + part->name.size() + part->json.size();
  if (const auto* check = std::get_if<model::CheckCommand>(&item)) return 300 + check->params.size();
  if (const auto* verdict = std::get_if<model::VerdictItem>(&item)) {
    std::size_t size = 100;
    for (const auto& finding : verdict->findings)
      size += 100 + finding.path.size() + finding.rule.size() + finding.message.size() + finding.fix.size();
    return size;
  }
  return 300;
}

/// Cuts a text into parts of at most 1 MiB, never inside a UTF-8 character.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  do {
    std::size_t end = std::min(text.size(), at + limits::inputs_part_bytes_max);
    while (end < text.size() && end > at && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    parts.push_back(text.substr(at, end - at));
    at = end;
  } while (at < text.size());
  return parts;
}

}  // namespace

std::vector<model::Item> run_items(const engine::SendRun& effect, const std::vector<std::string>& results) {
  std::size_t size = 0;
  for (const auto& result : results) size += result.size();
  std::vector<model::Item> items;
  model::RunCommand command = effect.command;
  const bool in_parts = size > limits::inputs_part_bytes_max;
  std::string inputs = "{";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string& name = effect.inputs[i].first;
    if (in_parts) {
      auto parts = parts_of(results[i]);
      for (std::size_t part = 0; part < parts.size(); ++part)
        items.emplace_back(model::InputPart{command.token, name, part + 1 == parts.size(), std::move(parts[part])});
    } else {
      inputs += (inputs.size() > 1 ? "," : "") + model::Json(name).dump() + ":" + results[i];
    }
  }
  command.inputs = inputs + "}";
  items.emplace_back(std::move(command));
  return items;
}

void Sessions::send(engine::SendItem effect) {
  Session* session = find(effect.session);
  if (session == nullptr) return;
  if (const auto* check = std::get_if<model::CheckCommand>(&effect.item))
    if (const auto run = base::RunId::parse(check->run_id)) session->attempts[check->token] = {*run, check->task, 0};
  if (session->out.empty() || !session->out.back()->ready) session->out.push_back(std::make_shared<Outgoing>());
  session->out.back()->items.push_back(std::move(effect.item));
  touch(*session);
}

void Sessions::send_run(engine::SendRun effect) {
  Session* session = find(effect.session);
  if (session == nullptr) return;
  if (session->attempts.size() >= attempts_remembered_max) session->attempts.erase(session->attempts.begin());
  if (const auto run = base::RunId::parse(effect.command.run_id))
    session->attempts[effect.command.token] = {*run, effect.command.task, effect.command.attempt};
  auto place = std::make_shared<Outgoing>();
  session->out.push_back(place);
  touch(*session);

  const bool blobs = std::any_of(effect.inputs.begin(), effect.inputs.end(),
                                 [](const auto& input) { return input.second.blob.has_value(); });
  std::size_t size = 0;
  const std::pair<std::string, model::Payload>* largest = nullptr;
  for (const auto& input : effect.inputs) {
    size += input.second.size;
    if (largest == nullptr || input.second.size > largest->second.size) largest = &input;
  }
  if (size > limits::inputs_bytes_max) return inputs_too_large(session->id(), effect, largest->first, size);
  if (!blobs) {
    std::vector<std::string> results;
    for (const auto& [name, payload] : effect.inputs) results.push_back(payload.empty() ? "null" : payload.json);
    place->items = run_items(effect, results);
    return;
  }
  place->ready = false;
  world_.readers.run([this, place, effect = std::move(effect)]() -> Readers::Then {
    std::vector<std::string> results;
    for (const auto& [name, payload] : effect.inputs) {
      auto text = payload.blob ? world_.log.blob(*payload.blob) : base::Result<std::string>(payload.json);
      results.push_back(text.ok() && !text->empty() ? std::move(*text) : "null");
    }
    return [this, place, id = effect.session, items = run_items(effect, results)]() mutable {
      place->items = std::move(items);
      place->ready = true;
      if (Session* session = find(id)) touch(*session);
    };
  });
}

void Sessions::inputs_too_large(model::SessionId id, const engine::SendRun& effect, const std::string& largest,
                                std::size_t size) {
  // The attempt ends as if its server had said so: it would have had to, had it been sent what does not fit.
  model::Update update;
  update.token = effect.command.token;
  update.state = model::UpdateState::error;
  update.error.code = "inputs_too_large";
  update.error.message = "the inputs of " + effect.command.task + " are " + std::to_string(size) +
                         " bytes, 16777216 are allowed; the largest is the result of " + largest;
  update.error.hint = "let " + largest + " return where its result lies instead of the result";
  update.error.fatal = true;
  if (Session* session = find(id)) input(*session, engine::SessionItem{id, std::move(update)});
}

void Sessions::acknowledge(engine::Acknowledge effect) {
  Session* session = find(effect.session);
  if (session == nullptr || effect.n <= session->acknowledge) return;
  session->acknowledge = effect.n;
  if (!session->acknowledge_at) session->acknowledge_at = awake_ + base::Duration(limits::acknowledge_delay_max);
  acknowledging_.insert(session->connection.value);
}

void Sessions::close(const engine::CloseSession& effect) {
  Session* session = find(effect.session);
  if (session == nullptr) return;
  flush(*session, awake_);
  session = find(effect.session);
  if (session != nullptr) end(*session, 1002, effect.reason);
}

void Sessions::flush(Session& session, base::Duration awake) {
  std::vector<model::Item> items;
  std::size_t size = 0;
  const auto write = [&] {
    if (items.empty()) return;
    world_.transport.send(session.connection, wire::encode(items, session.encoding),
                          session.encoding == wire::Encoding::proto);
    session.sent_at = awake;
    items.clear();
    size = 0;
  };
  if (session.acknowledge > session.acknowledged) {
    items.emplace_back(model::Ack{session.acknowledge});
    session.acknowledged = session.acknowledge;
    session.acknowledge_at.reset();
    acknowledging_.erase(session.connection.value);
  }
  while (!session.out.empty() && session.out.front()->ready) {
    for (auto& item : session.out.front()->items) {
      const std::size_t added = size_of(item);
      if (size + added > message_bytes_wanted) write();
      size += added;
      items.push_back(std::move(item));
    }
    session.out.pop_front();
  }
  write();
  if (world_.transport.buffered(session.connection) > limits::session_buffer_bytes_max)
    end(session, 1013, "too slow: 8 MiB wait to be read");
}

void Sessions::advance(base::Duration awake) {
  awake_ = awake;
  auto touched = std::exchange(touched_, {});
  for (const std::uint64_t connection : acknowledging_)
    if (*sessions_.at(connection).acknowledge_at <= awake) touched.insert(connection);
  for (const std::uint64_t connection : touched)
    if (const auto found = sessions_.find(connection); found != sessions_.end()) flush(found->second, awake);
  if (awake >= watched_at_ + base::Duration(watch_period)) {
    watched_at_ = awake;
    std::vector<std::uint64_t> all;
    for (const auto& [connection, session] : sessions_) all.push_back(connection);
    for (const std::uint64_t connection : all) watch(sessions_.at(connection), awake);
  }
  due_.reset();
  if (!sessions_.empty()) due_ = watched_at_ + base::Duration(watch_period);
  for (const std::uint64_t connection : acknowledging_)
    due_ = std::min(*due_, *sessions_.at(connection).acknowledge_at);
}

void Sessions::watch(Session& session, base::Duration awake) {
  if (awake - session.heard_at > limits::heartbeat_period * limits::heartbeats_missed_max)
    return end(session, 1001, "nothing was heard for 15 s");
  const bool slow = world_.transport.buffered(session.connection) > limits::writable_mark_bytes;
  if (!slow)
    session.slow_since.reset();
  else if (!session.slow_since)
    session.slow_since = awake;
  else if (awake - *session.slow_since > base::Duration(limits::session_slow_max))
    return end(session, 1013, "too slow: what was sent 60 s ago is not read yet");
  if (awake - session.sent_at >= base::Duration(limits::heartbeat_period)) {
    world_.transport.send(session.connection, wire::encode({model::Heartbeat{}}, session.encoding),
                          session.encoding == wire::Encoding::proto);
    session.sent_at = awake;
  }
}

void Sessions::close_all(std::uint16_t code, const std::string& reason) {
  std::vector<std::uint64_t> all;
  for (const auto& [connection, session] : sessions_) all.push_back(connection);
  for (const std::uint64_t connection : all) {
    flush(sessions_.at(connection), awake_);
    if (const auto found = sessions_.find(connection); found != sessions_.end()) end(found->second, code, reason);
  }
}

}  // namespace cordyna::cerebro

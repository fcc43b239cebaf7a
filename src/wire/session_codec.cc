// Each item has a `write` (value -> protobuf) and a `read` (protobuf -> value); the rest is the frame around them.
// Enumerations have their words in the .proto, where 0 means "not given": the values here are one lower.

#include "wire/session_codec.h"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "cordyna/v1/session.pb.h"

namespace cordyna::wire {
namespace {

using base::Error;
using base::Result;
using model::Item;

std::string text(const std::string& value) {
  return base::valid_utf8(value) ? value : base::repaired_utf8(value);
}

v1::State state_of(model::UpdateState state) {
  return static_cast<v1::State>(static_cast<int>(state) + 1);
}
v1::Verdict verdict_of(model::Verdict verdict) {
  return static_cast<v1::Verdict>(static_cast<int>(verdict) + 1);
}

void write(const model::Hello& from, v1::Item& item) {
  auto& to = *item.mutable_hello();
  to.set_protocol(from.protocol);
  to.set_server(text(from.server));
  to.set_team(text(from.team));
  to.set_instance(text(from.instance));
  to.set_slots(from.slots);
  to.set_declaration_hash(text(from.declaration_hash));
  for (const auto& capability : from.capabilities) to.add_capabilities(text(capability));
  for (const auto& attempt : from.live) {
    auto& live = *to.add_live();
    live.set_run_id(text(attempt.run_id));
    live.set_task(text(attempt.task));
    live.set_attempt(attempt.attempt);
    live.set_token(text(attempt.token));
    live.set_state(state_of(attempt.state));
  }
}

void write(const model::Declare& from, v1::Item& item) {
  auto& to = *item.mutable_declare();
  to.set_part(from.part);
  to.set_last(from.last);
  to.set_json(text(from.json));
}

void write(const model::Update& from, v1::Item& item) {
  auto& to = *item.mutable_update();
  to.set_n(from.n);
  to.set_token(text(from.token));
  to.set_state(state_of(from.state));
  to.set_at(text(from.at));
  to.set_result(text(from.result));
  to.set_observed(text(from.observed));
  to.set_reason(text(from.reason));
  if (from.state == model::UpdateState::error) {
    auto& error = *to.mutable_error();
    error.set_code(text(from.error.code));
    error.set_message(text(from.error.message));
    error.set_hint(text(from.error.hint));
    error.set_detail(text(from.error.detail));
    error.set_fatal(from.error.fatal);
    error.set_retry(from.error.retry);
  }
  if (from.state == model::UpdateState::progress) {
    to.mutable_progress()->set_permille(from.progress_permille);
    to.mutable_progress()->set_message(text(from.progress_message));
  }
}

void write(const model::Log& from, v1::Item& item) {
  auto& to = *item.mutable_log();
  to.set_token(text(from.token));
  to.set_offset(from.offset);
  to.set_text(text(from.text));
}

void write(const model::Welcome& from, v1::Item& item) {
  item.mutable_welcome()->set_cluster(text(from.cluster));
  item.mutable_welcome()->set_need_declaration(from.need_declaration);
}

void write(const model::VerdictItem& from, v1::Item& item) {
  auto& to = *item.mutable_verdict();
  to.set_verdict(verdict_of(from.verdict));
  for (const auto& finding : from.findings) {
    auto& written = *to.add_findings();
    written.set_path(text(finding.path));
    written.set_rule(text(finding.rule));
    written.set_message(text(finding.message));
    written.set_fix(text(finding.fix));
    written.set_severity(finding.severity == model::Severity::warning ? "warning" : "error");
  }
}

void write(const model::RunCommand& from, v1::Item& item) {
  auto& to = *item.mutable_run();
  to.set_run_id(text(from.run_id));
  to.set_task(text(from.task));
  to.set_attempt(from.attempt);
  to.set_token(text(from.token));
  to.set_env(text(from.env));
  to.set_params(text(from.params));
  to.set_inputs(text(from.inputs));
  to.set_bindings(text(from.bindings));
  to.set_scheduled_at(text(from.scheduled_at));
  to.set_created_at(text(from.created_at));
  to.set_timezone(text(from.timezone));
}

void write(const model::CancelCommand& from, v1::Item& item) {
  item.mutable_cancel()->set_token(text(from.token));
  item.mutable_cancel()->set_reason(text(from.reason));
}

void write(const model::CheckCommand& from, v1::Item& item) {
  auto& to = *item.mutable_check();
  to.set_run_id(text(from.run_id));
  to.set_task(text(from.task));
  to.set_token(text(from.token));
  to.set_env(text(from.env));
  to.set_params(text(from.params));
  to.set_scheduled_at(text(from.scheduled_at));
  to.set_created_at(text(from.created_at));
  to.set_timezone(text(from.timezone));
}

void write(const model::InputPart& from, v1::Item& item) {
  auto& to = *item.mutable_input();
  to.set_token(text(from.token));
  to.set_name(text(from.name));
  to.set_last(from.last);
  to.set_json(text(from.json));
}

void write(const model::Ack& from, v1::Item& item) {
  item.mutable_ack()->set_n(from.n);
}
void write(const model::Ready&, v1::Item& item) {
  item.mutable_ready();
}
void write(const model::Draining&, v1::Item& item) {
  item.mutable_draining();
}
void write(const model::Goodbye&, v1::Item& item) {
  item.mutable_goodbye();
}
void write(const model::Heartbeat&, v1::Item& item) {
  item.mutable_heartbeat();
}

Error bad_message(std::string message) {
  return {"bad_message", std::move(message)};
}

Result<model::UpdateState> read_state(v1::State state, std::string_view where) {
  if (state < v1::queued || state > v1::check_no)
    return bad_message(std::string(where) +
                       ".state is missing or unknown: write queued, started, progress, completed, error, cancelled, "
                       "skipped, check_yes or check_no");
  return static_cast<model::UpdateState>(state - 1);
}

Result<Item> read(v1::Hello& from) {
  model::Hello hello{from.protocol(), from.server(),           from.team(), from.instance(),
                     from.slots(),    from.declaration_hash(), {},          {}};
  hello.capabilities.assign(from.capabilities().begin(), from.capabilities().end());
  for (const auto& live : from.live()) {
    auto state = read_state(live.state(), "hello.live[]");
    if (!state) return state.error();
    hello.live.push_back({live.run_id(), live.task(), live.attempt(), live.token(), *state});
  }
  return Item(std::move(hello));
}

Result<Item> read(v1::Declare& from) {
  return Item(model::Declare{from.part(), from.last(), std::move(*from.mutable_json())});
}

Result<Item> read(v1::Update& from) {
  auto state = read_state(from.state(), "update");
  if (!state) return state.error();
  model::Update update;
  update.n = from.n();
  update.token = from.token();
  update.state = *state;
  update.at = from.at();
  update.result = std::move(*from.mutable_result());
  const auto& error = from.error();
  update.error = {error.code(), error.message(), error.hint(), error.detail(), error.fatal(), error.retry()};
  update.progress_permille = from.progress().permille();
  update.progress_message = from.progress().message();
  update.observed = from.observed();
  update.reason = from.reason();
  return Item(std::move(update));
}

Result<Item> read(v1::Log& from) {
  return Item(model::Log{from.token(), from.offset(), std::move(*from.mutable_text())});
}

Result<Item> read(v1::Welcome& from) {
  return Item(model::Welcome{from.cluster(), from.need_declaration()});
}

Result<Item> read(v1::VerdictItem& from) {
  if (from.verdict() < v1::accepted || from.verdict() > v1::older)
    return bad_message(
        "verdict.verdict is missing or unknown: write accepted, warnings, quarantined, refused or older");
  model::VerdictItem verdict{static_cast<model::Verdict>(from.verdict() - 1), {}};
  for (const auto& finding : from.findings()) {
    const auto severity = finding.severity() == "warning" ? model::Severity::warning : model::Severity::error;
    verdict.findings.push_back({finding.path(), finding.rule(), finding.message(), finding.fix(), severity, 0, 0});
  }
  return Item(std::move(verdict));
}

Result<Item> read(v1::Run& from) {
  return Item(model::RunCommand{from.run_id(), from.task(), from.attempt(), from.token(), from.env(), from.params(),
                                std::move(*from.mutable_inputs()), from.bindings(), from.scheduled_at(),
                                from.created_at(), from.timezone()});
}

Result<Item> read(v1::Cancel& from) {
  return Item(model::CancelCommand{from.token(), from.reason()});
}

Result<Item> read(v1::Check& from) {
  return Item(model::CheckCommand{from.run_id(), from.task(), from.token(), from.env(), from.params(),
                                  from.scheduled_at(), from.created_at(), from.timezone()});
}

Result<Item> read(v1::Ack& from) {
  return Item(model::Ack{from.n()});
}

Result<Item> read(v1::Input& from) {
  return Item(model::InputPart{from.token(), from.name(), from.last(), std::move(*from.mutable_json())});
}

Result<Item> read(v1::Item& item) {
  switch (item.item_case()) {
    case v1::Item::kHello:
      return read(*item.mutable_hello());
    case v1::Item::kDeclare:
      return read(*item.mutable_declare());
    case v1::Item::kReady:
      return Item(model::Ready{});
    case v1::Item::kUpdate:
      return read(*item.mutable_update());
    case v1::Item::kLog:
      return read(*item.mutable_log());
    case v1::Item::kDraining:
      return Item(model::Draining{});
    case v1::Item::kGoodbye:
      return Item(model::Goodbye{});
    case v1::Item::kWelcome:
      return read(*item.mutable_welcome());
    case v1::Item::kVerdict:
      return read(*item.mutable_verdict());
    case v1::Item::kRun:
      return read(*item.mutable_run());
    case v1::Item::kCancel:
      return read(*item.mutable_cancel());
    case v1::Item::kCheck:
      return read(*item.mutable_check());
    case v1::Item::kAck:
      return read(*item.mutable_ack());
    case v1::Item::kInput:
      return read(*item.mutable_input());
    case v1::Item::kHeartbeat:
      return Item(model::Heartbeat{});
    case v1::Item::ITEM_NOT_SET:
      break;
  }
  return bad_message(
      "names no known item: write one of hello, declare, ready, update, log, draining, goodbye, welcome, "
      "verdict, run, cancel, check, ack, input, heartbeat");
}

Result<void> parse(std::string_view bytes, Encoding encoding, v1::Message& message) {
  if (encoding == Encoding::json) {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    const auto status = google::protobuf::util::JsonStringToMessage({bytes.data(), bytes.size()}, &message, options);
    if (!status.ok())
      return bad_message("the message is not the JSON of cordyna.v1.json: " + std::string(status.message()));
    return {};
  }
  google::protobuf::LogSilencer silence;  // it would print about bad UTF-8, which is the peer's fault and told to it
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return bad_message("the message is not the protobuf of cordyna.v1.proto (cut off, or text that is not UTF-8)");
  return {};
}

}  // namespace

std::string_view subprotocol(Encoding encoding) {
  return subprotocols[encoding == Encoding::proto ? 0 : 1];
}

std::optional<Encoding> encoding_of(std::string_view subprotocol) {
  if (subprotocol == subprotocols[0]) return Encoding::proto;
  if (subprotocol == subprotocols[1]) return Encoding::json;
  return std::nullopt;
}

std::string encode(const std::vector<Item>& items, Encoding encoding) {
  v1::Message message;
  for (const auto& item : items)
    std::visit([&message](const auto& value) { write(value, *message.add_items()); }, item);
  if (encoding == Encoding::proto) return message.SerializeAsString();

  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  base::check(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json;
}

Result<std::vector<Item>> decode(std::string_view bytes, Encoding encoding) {
  if (bytes.size() > base::limits::message_bytes_max)
    return bad_message("the message has " + std::to_string(bytes.size()) + " bytes, at most " +
                       std::to_string(base::limits::message_bytes_max) +
                       " are read: send the items in several messages");
  if (encoding == Encoding::json && !base::valid_utf8(bytes)) return bad_message("the message is not UTF-8");
  v1::Message message;
  if (auto parsed = parse(bytes, encoding, message); !parsed) return parsed.error();

  std::vector<Item> items;
  items.reserve(static_cast<std::size_t>(message.items_size()));
  for (int i = 0; i < message.items_size(); ++i) {
    auto item = read(*message.mutable_items(i));
    if (!item) return bad_message("items[" + std::to_string(i) + "] " + item.error().message);
    items.push_back(std::move(*item));
  }
  return items;
}

}  // namespace cordyna::wire

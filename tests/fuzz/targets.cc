// What each decoder promises, said once: come back, refuse with a reason, and what was accepted survives being written
// and read again.

#include <array>
#include <cstdlib>
#include <string>

#include "base/hash.h"
#include "base/time.h"
#include "cerebro/api_call.h"
#include "cerebro/snapshot.h"
#include "engine/canonical.h"
#include "engine/cron.h"
#include "engine/selectors.h"
#include "fuzz/engine_step.h"
#include "fuzz/target.h"
#include "log/record.h"
#include "model/glob.h"
#include "practices/output_change.h"
#include "wire/cloud_event.h"
#include "wire/declaration_json.h"
#include "wire/declaration_yaml.h"
#include "wire/event_codec.h"
#include "wire/json_text.h"
#include "wire/session_codec.h"

namespace cordyna::fuzz {
namespace {

/// A broken promise: libFuzzer keeps the input, a test run ends here.
void promise(bool kept) {
  if (!kept) std::abort();
}

void session(std::string_view bytes, wire::Encoding encoding) {
  const auto items = wire::decode(bytes, encoding);
  if (!items.ok()) return promise(items.error().code == "bad_message");
  const std::string again = wire::encode(*items, encoding);
  const auto second = wire::decode(again, encoding);
  promise(second.ok() && wire::encode(*second, encoding) == again);
}
void session_proto(std::string_view bytes) {
  session(bytes, wire::Encoding::proto);
}
void session_json(std::string_view bytes) {
  session(bytes, wire::Encoding::json);
}

void log_events(std::string_view bytes) {
  const auto events = wire::decode_events(bytes);
  if (!events.ok()) return promise(events.error().code == "bad_event");
  const std::string again = wire::encode_events(*events);
  const auto second = wire::decode_events(again);
  promise(second.ok() && wire::encode_events(*second) == again);
}

void log_record(std::string_view bytes) {
  const auto record = log::parse_record(bytes);
  if (!record.ok()) return promise(record.error().code == "log_corrupt" || record.error().code == "newer_format");
  promise(record->count > 0 && record->events.size() <= bytes.size());
}

/// The body alone: the hash behind it is put right, or nothing but hashes would be tested.
void snapshot(std::string_view bytes) {
  log::ByteWriter whole;
  whole.raw(bytes);
  whole.hash(base::hash128(bytes));
  const auto state = cerebro::load_snapshot(whole.view());
  if (!state.ok()) return promise(state.error().code == "bad_snapshot" || state.error().code == "newer_format");
  promise(!engine::canonical_text(*state).empty());
}

void declaration_yaml(std::string_view bytes) {
  const auto read = wire::read_declaration_yaml(bytes);
  promise((read.declaration == nullptr) == model::has_errors(read.findings));
  if (read.declaration) promise(wire::read_declaration_json(read.json).declaration != nullptr);
}

void declaration_json(std::string_view bytes) {
  const auto read = wire::read_declaration_json(bytes);
  promise((read.declaration == nullptr) == model::has_errors(read.findings));
}

void json(std::string_view bytes) {
  const auto read = wire::parse_json(bytes);
  if (read.ok()) promise(wire::parse_json(read->dump()).ok());
}

/// What is read has not changed since it was read.
void outputs(std::string_view bytes) {
  const auto json = wire::parse_json(bytes);
  if (!json.ok()) return;
  model::Findings findings;
  const auto read = practices::read_outputs(*json, "outputs", findings);
  for (const practices::Output& output : read) promise(practices::changes(output, output).empty());
}

void cron(std::string_view bytes) {
  const auto read = model::parse_cron(bytes);
  if (!read.ok()) return promise(!read.error().message.empty());
  const base::Time now{std::chrono::hours(24 * 365 * 56)};
  const auto fires = engine::next(*read, engine::ZoneRules{}, now);
  promise(fires ? *fires > now : true);
}

void durations(std::string_view bytes) {
  if (const auto duration = base::parse_duration(bytes); duration.ok())
    promise(*base::parse_duration(base::format_duration(*duration)) == *duration);
  if (const auto time = base::parse_time(bytes); time.ok())
    promise(*base::parse_time(base::format_time(*time)) == *time);
}

void selectors(std::string_view bytes) {
  const engine::State empty;
  promise(!engine::select(empty, {std::string(bytes)}, "select").findings.empty());
}

/// The first line is a pattern, the rest is what it is compared with.
void glob(std::string_view bytes) {
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  const std::string pattern(bytes.substr(0, line)), text(bytes.substr(std::min(line + 1, bytes.size())));
  promise(model::glob_matches("*", text));
  (void)model::glob_matches(pattern, text);
}

/// The first line is the content type, the rest is the body.
void cloud_events(std::string_view bytes) {
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  base::HttpRequest request;
  request.headers = {{"content-type", std::string(bytes.substr(0, line))}};
  request.body = bytes.substr(std::min(line + 1, bytes.size()));
  const auto read = wire::read_cloud_events(request);
  promise((read.status == 202) == read.findings.empty());
}

/// The first line is the target, the rest is the body.
void http_request(std::string_view bytes) {
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  (void)cerebro::read_target(bytes.substr(0, line));
  base::HttpRequest request;
  request.headers = {{"content-type", "application/json"}};
  request.body = bytes.substr(std::min(line + 1, bytes.size()));
  const auto read = cerebro::json_body(request, 1U << 20);
  if (const auto* body = std::get_if<model::Json>(&read)) promise(body->is_object());
}

void canary(std::string_view bytes) {
  promise(bytes.substr(0, 3) != "die");
}

}  // namespace

std::span<const Target> targets() {
  static constexpr std::array all{Target{"session_proto", session_proto},
                                  Target{"session_json", session_json},
                                  Target{"log_events", log_events},
                                  Target{"log_record", log_record},
                                  Target{"snapshot", snapshot},
                                  Target{"declaration_yaml", declaration_yaml},
                                  Target{"declaration_json", declaration_json},
                                  Target{"json", json},
                                  Target{"outputs", outputs},
                                  Target{"cron", cron},
                                  Target{"durations", durations},
                                  Target{"selectors", selectors},
                                  Target{"glob", glob},
                                  Target{"cloud_events", cloud_events},
                                  Target{"http_request", http_request},
                                  Target{"engine_step", engine_step},
                                  Target{"canary", canary}};
  return all;
}

}  // namespace cordyna::fuzz

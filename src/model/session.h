#pragma once
// The items that cross the cerebro/task-server line, as values. The wire contract is proto/cordyna/v1/session.proto,
// which says what each field means; wire/session_codec.h turns these into bytes and back. Both sides use them.

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/finding.h"

namespace cordyna::model {

enum class UpdateState { queued, started, progress, completed, error, cancelled, skipped, check_yes, check_no };

struct LiveAttempt {
  std::string run_id;
  std::string task;
  std::uint32_t attempt = 0;
  std::string token;
  UpdateState state = UpdateState::queued;
};

struct Hello {
  std::uint32_t protocol = 1;
  std::string server;
  std::string team;
  std::string instance;
  std::uint32_t slots = 1;
  std::string declaration_hash;
  std::vector<std::string> capabilities;
  std::vector<LiveAttempt> live;
};

struct Welcome {
  std::string cluster;
  bool need_declaration = false;
};

struct Declare {
  std::uint32_t part = 0;
  bool last = false;
  std::string json;
};

enum class Verdict { accepted, warnings, quarantined, refused, older };

struct VerdictItem {
  Verdict verdict = Verdict::accepted;
  std::vector<Finding> findings;
};

struct Ready {};
struct Draining {};
struct Goodbye {};
struct Heartbeat {};

struct InputPart {
  std::string token;
  std::string name;
  bool last = false;
  std::string json;
};

struct RunCommand {
  std::string run_id;
  std::string task;
  std::uint32_t attempt = 0;
  std::string token;
  std::string env;
  std::string params;    // JSON object
  std::string inputs;    // JSON object
  std::string bindings;  // JSON object
  std::string scheduled_at;
  std::string created_at;
  std::string timezone;
};

/// `reason` is run_cancelled, or why cerebro has given the attempt up: ack_timeout, start_timeout, complete_timeout,
/// attempt_over.
struct CancelCommand {
  std::string token;
  std::string reason;
  /// Nobody asked for it: an attempt that ends well all the same is worth to be told, a person may adopt it.
  bool given_up() const { return reason.ends_with("_timeout") || reason == "attempt_over"; }
};

struct CheckCommand {
  std::string run_id;
  std::string task;
  std::string token;
  std::string env;
  std::string params;
  std::string scheduled_at;
  std::string created_at;
  std::string timezone;
};

/// Why a task failed, in the words of its team.
struct TaskError {
  std::string code;
  std::string message;
  std::string hint;
  std::string detail;  // JSON object or empty
  bool fatal = false;  // exit 65: retrying is useless
  bool retry = false;  // exit 75: retry me, also when not idempotent
};

struct Update {
  std::uint64_t n = 0;
  std::string token;
  UpdateState state = UpdateState::queued;
  std::string at;      // RFC 3339 or empty
  std::string result;  // JSON or empty
  TaskError error;
  std::uint32_t progress_permille = 0;
  std::string progress_message;
  std::string observed;  // JSON or empty
  std::string reason;
};
/// An update that says nothing but the state.
inline Update state_update(std::string token, UpdateState state) {
  Update update;
  update.token = std::move(token);
  update.state = state;
  return update;
}

struct Ack {
  std::uint64_t n = 0;
};

struct Log {
  std::string token;
  std::uint64_t offset = 0;
  std::string text;
};

using Item = std::variant<Hello, Declare, Ready, Update, Log, Draining, Goodbye, Welcome, VerdictItem, RunCommand,
                          CancelCommand, CheckCommand, Ack, InputPart, Heartbeat>;

}  // namespace cordyna::model

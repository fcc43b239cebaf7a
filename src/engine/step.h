#pragma once
// Step: one batch in the making. decide() reads the state and calls emit(), which applies the event at once, so the
// next line, and the next input, see it. Nothing of it is shown before the batch is durable: what the outside must hear
// then is collected here as effects.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/state.h"
#include "model/session.h"

namespace cordyna::engine {

using RequestId = base::Id<struct RequestTag, std::uint64_t>;

/// Why a request was not taken. Codes are those of interface.md (run_final, key_reuse, unknown_task, ...).
struct Refusal {
  std::string code;
  std::string message;
  model::Findings findings;
};

// effects, in order; performed when the batch they belong to is durable
struct SendItem {
  SessionId session;
  model::Item item;
};
/// A run command whose inputs may be blobs: they are fetched before it is sent; later items of the session wait behind
/// it.
struct SendRun {
  SessionId session;
  model::RunCommand command;
  std::vector<std::pair<std::string, model::Payload>> inputs;  // text of the upstream entry -> its result
  Seq token = 0;
};
struct Acknowledge {
  SessionId session;
  std::uint64_t n = 0;
};
struct CloseSession {
  SessionId session;
  std::string reason;
};
struct Answer {
  RequestId request;
  std::variant<Refusal, model::Json> body;
};
using Effect = std::variant<SendItem, SendRun, Acknowledge, CloseSession, Answer>;

struct NewBlob {
  base::Hash128 id;  // of the bytes
  std::string bytes;
};
/// Parts of a text, in order.
using NewBlobs = std::vector<NewBlob>;
/// The whole as one part.
std::shared_ptr<NewBlobs> whole_text(std::string bytes);

class Step {
 public:
  Step(State& state, base::Now now) : state_(state), now_(now), first_seq_(state.seq + 1) {}

  /// Appends the event and applies it. Returns its seq.
  Seq emit(model::EventBody body, Seq cause = 0, std::optional<base::Time> server_at = std::nullopt);
  void effect(Effect effect) { effects_.push_back(std::move(effect)); }
  /// Something outside waits for this batch: it is committed without delay.
  void hurry() { urgent_ = true; }
  /// A payload of `text`, which becomes a blob of this batch when it is large.
  model::Payload payload(std::string text);
  model::Payload blob(std::string text);
  std::vector<base::Hash128> blobs(NewBlobs parts);

  const State& state() const { return state_; }
  State& mutable_state() { return state_; }  // for settle(), which rearranges derived indexes
  base::Now now() const { return now_; }
  void set_now(base::Now now) { now_ = now; }

  Seq first_seq() const { return first_seq_; }
  bool urgent() const { return urgent_; }
  std::vector<model::Event>& events() { return events_; }
  std::vector<Effect>& effects() { return effects_; }
  NewBlobs& blobs() { return blobs_; }

 private:
  State& state_;
  base::Now now_;
  Seq first_seq_;
  bool urgent_ = false;
  std::vector<model::Event> events_;
  std::vector<Effect> effects_;
  NewBlobs blobs_;
};

}  // namespace cordyna::engine

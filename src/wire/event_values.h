#pragma once
// The values inside events <-> protobuf: what event_encode.cc and event_decode.cc share. Private to wire's event codec.

#include <string>

#include "cordyna/log/v1/event.pb.h"
#include "model/event.h"

namespace cordyna::wire {

namespace pb = ::cordyna::log::v1;

void write(const model::Payload& from, pb::Payload* to);
void write(const model::Finding& from, pb::Finding* to);
void write(const model::Taken& from, pb::Taken* to);
void write(const model::Standing& from, pb::Standing* to);
void write(const model::Failure& from, pb::Failure* to);
void write(const model::RootCause& from, pb::RootCause* to);
void write(const model::TriggerCause& from, pb::TriggerCause* to);
void write(const model::TaskRunRef& from, pb::TaskRunRef* to);
void write(const model::RunPlan& from, pb::RunPlan* to);

/// Reads values and remembers the first thing that is wrong; what it returned then is thrown away.
class ValueReader {
 public:
  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  void fail(std::string what) {
    if (error_.empty()) error_ = std::move(what);
  }

  /// The enum value, which must not be above `last`.
  template <class Enum>
  Enum word(std::uint32_t value, Enum last, const char* what) {
    if (value > static_cast<std::uint32_t>(last)) fail(std::string("unknown ") + what + " " + std::to_string(value));
    return static_cast<Enum>(value);
  }

  model::Payload payload(const pb::Payload& from);
  model::Finding finding(const pb::Finding& from);
  model::Taken taken(const pb::Taken& from);
  model::Standing standing(const pb::Standing& from);
  model::Failure failure(const pb::Failure& from);
  model::RootCause root(const pb::RootCause& from);
  model::TriggerCause trigger(const pb::TriggerCause& from);
  model::TaskRunRef ref(const pb::TaskRunRef& from);
  std::shared_ptr<const model::RunPlan> plan(const pb::RunPlan& from);

 private:
  std::string error_;
};

}  // namespace cordyna::wire

#pragma once
// How an attempt ended, in the words of its team. A handler may return nothing (it went well), an Error, or an Outcome;
// one that throws ends in an Error with what it threw.

#include <optional>
#include <string>
#include <utility>

#include "cordyna/value.h"

namespace cordyna {

struct Error {
  std::string message = {};  // what went wrong, for the people who wait for this task
  std::string hint = {};     // what they can do
  bool fatal = false;        // retrying is useless
  bool retry = false;        // retry me, even if the task is not idempotent
  Value detail = {};         // an object: whatever helps to find the cause
};

class Outcome {
 public:
  Outcome() = default;                                // it went well
  Outcome(Error error) : error_(std::move(error)) {}  // it did not
  const std::optional<Error>& error() const { return error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace cordyna

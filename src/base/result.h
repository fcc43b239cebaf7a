#pragma once
// Result<T>: a value or an Error. Refusals and failures are values here; nothing in cordyna throws, and what a library
// throws is caught in the file that calls it.

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace cordyna::base {

/// Why something was refused or failed. `code` is from a small closed set of snake_case words that programs may test;
/// `message` names the object and the remedy, for people.
struct Error {
  std::string code;
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}      // NOLINT: a value is a result
  Result(Error error) : content_(std::move(error)) {}  // NOLINT: so is an error

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() {
    check(ok());
    return std::get<0>(content_);
  }
  const T& value() const {
    check(ok());
    return std::get<0>(content_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const {
    check(!ok());
    return std::get<1>(content_);
  }

 private:
  std::variant<T, Error> content_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: an error is a result

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    check(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace cordyna::base

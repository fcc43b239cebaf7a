#pragma once
// OutputLines: what a command says on stdout and stderr, byte by byte as it comes. All of it is log text; lines on
// stdout that begin with :: are heard as well, and the last lines of stderr are kept to describe a failure.
//
//   ::progress 0.42 simulating      ::error TEXT | hint: TEXT      ::skip REASON

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cordyna::task_server {

struct SaidProgress {
  std::uint32_t permille = 0;
  std::string message;
};

class OutputLines {
 public:
  /// Bytes from stdout; the newest progress among them.
  std::optional<SaidProgress> add_stdout(std::string_view bytes);
  void add_stderr(std::string_view bytes);

  /// Nothing more comes: the last line counts without its end, a begun character is log text as it is.
  void end();

  /// Log text to send: everything so far, without a character that is not complete yet.
  std::string take_log() { return std::exchange(log_, {}); }

  const std::optional<std::string>& skip_reason() const { return skip_reason_; }
  const std::optional<std::string>& error() const { return error_; }
  const std::string& hint() const { return hint_; }
  /// The last lines of stderr, without the final line end.
  std::string stderr_tail() const;

 private:
  void hear(std::string_view line, std::optional<SaidProgress>& progress);
  void add_log(std::string_view bytes, std::string& unfinished);

  std::string line_;  // of stdout, not complete yet
  bool line_too_long_ = false;
  std::string tail_;  // of stderr
  std::string log_;
  std::string unfinished_[2];  // the begun character of stdout and of stderr
  std::optional<std::string> skip_reason_;
  std::optional<std::string> error_;
  std::string hint_;
};

}  // namespace cordyna::task_server

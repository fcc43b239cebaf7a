#include "task_server/output_lines.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "task_server/texts.h"

namespace cordyna::task_server {
namespace {

constexpr std::size_t line_bytes_max = 8192;  // a longer line is log text and nothing else
constexpr std::size_t tail_bytes_max = 2048;
constexpr std::size_t tail_lines_max = 10;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const std::size_t first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

/// What follows `word` and white space, when the line begins with it.
std::optional<std::string_view> after(std::string_view line, std::string_view word) {
  if (!line.starts_with(word)) return std::nullopt;
  line.remove_prefix(word.size());
  if (!line.empty() && line.front() != ' ' && line.front() != '\t') return std::nullopt;
  return trimmed(line);
}

std::optional<SaidProgress> progress_of(std::string_view text) {
  double fraction = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fraction);
  if (error != std::errc() || !std::isfinite(fraction)) return std::nullopt;
  const std::string_view message = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  return SaidProgress{static_cast<std::uint32_t>(std::lround(std::clamp(fraction, 0.0, 1.0) * 1000)),
                      error_text(message)};
}

}  // namespace

std::optional<SaidProgress> OutputLines::add_stdout(std::string_view bytes) {
  add_log(bytes, unfinished_[0]);
  std::optional<SaidProgress> progress;
  while (true) {
    const std::size_t end = bytes.find('\n');
    if (!line_too_long_) line_ += bytes.substr(0, end);
    if (line_.size() > line_bytes_max) {
      line_too_long_ = true;
      line_.clear();
    }
    if (end == std::string_view::npos) return progress;
    hear(line_, progress);
    line_.clear();
    line_too_long_ = false;
    bytes.remove_prefix(end + 1);
  }
}

void OutputLines::hear(std::string_view line, std::optional<SaidProgress>& progress) {
  if (!line.starts_with("::")) return;
  if (const auto text = after(line, "::progress")) {
    if (auto said = progress_of(*text)) progress = std::move(said);
  } else if (const auto reason = after(line, "::skip")) {
    skip_reason_ = std::string(*reason);
  } else if (const auto error = after(line, "::error")) {
    const std::size_t bar = error->rfind("| hint:");
    error_ = std::string(trimmed(error->substr(0, bar)));
    hint_ = bar == std::string_view::npos ? std::string() : std::string(trimmed(error->substr(bar + 7)));
  }
}

void OutputLines::add_stderr(std::string_view bytes) {
  add_log(bytes, unfinished_[1]);
  tail_ += bytes.substr(bytes.size() > tail_bytes_max ? bytes.size() - tail_bytes_max : 0);
  if (tail_.size() > tail_bytes_max) tail_.erase(0, tail_.size() - tail_bytes_max);
}

/// The two streams are mixed as they come, but never inside a character.
void OutputLines::add_log(std::string_view bytes, std::string& unfinished) {
  std::string text = std::exchange(unfinished, {}) + std::string(bytes);
  const std::size_t begun = unfinished_character(text);
  unfinished = text.substr(text.size() - begun);
  log_.append(text, 0, text.size() - begun);
}

void OutputLines::end() {
  std::optional<SaidProgress> progress;
  hear(std::exchange(line_, {}), progress);
  for (std::string& unfinished : unfinished_) log_ += std::exchange(unfinished, {});
}

std::string OutputLines::stderr_tail() const {
  std::string_view tail = trimmed(tail_);
  std::size_t from = tail.size();
  for (std::size_t lines = 0; lines < tail_lines_max && from != std::string_view::npos && from > 0; ++lines)
    from = tail.rfind('\n', from - 1);
  if (from != std::string_view::npos && from < tail.size() && from > 0) tail.remove_prefix(from + 1);
  return std::string(tail);
}

}  // namespace cordyna::task_server

#pragma once
// Cutting text to a size without cutting a character in two. For logs, which are cut anywhere, and for error messages,
// which have a limit.

#include <cstddef>
#include <string>
#include <string_view>

namespace cordyna::task_server {

/// The longest prefix of at most `size` bytes that does not end inside a UTF-8 character. Of bytes that are not UTF-8
/// at most 3 more are left off; never empty when `size` and `text` are not.
std::string_view whole_characters(std::string_view text, std::size_t size);

/// How many bytes at the end of `text` begin a UTF-8 character that is not complete yet (0..3).
std::size_t unfinished_character(std::string_view text);

/// `text` with at most limits::error_text_bytes_max bytes of valid UTF-8, what is cut off marked by "...".
std::string error_text(std::string_view text);

}  // namespace cordyna::task_server

#include "task_server/output_lines.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "task_server/texts.h"

namespace cordyna::task_server {
namespace {

TEST(OutputLines, hears_the_lines_that_begin_with_two_colons_and_logs_them_all) {
  OutputLines lines;
  const auto progress = lines.add_stdout("start\n::progress 0.42 half way\n::error no source | hint: ask sales\n");
  ASSERT_TRUE(progress.has_value());
  EXPECT_EQ(progress->permille, 420U);
  EXPECT_EQ(progress->message, "half way");
  EXPECT_EQ(lines.error(), "no source");
  EXPECT_EQ(lines.hint(), "ask sales");
  EXPECT_FALSE(lines.skip_reason().has_value());
  EXPECT_EQ(lines.take_log(), "start\n::progress 0.42 half way\n::error no source | hint: ask sales\n");
}

TEST(OutputLines, hears_a_line_that_comes_in_pieces_and_a_last_one_without_its_end) {
  OutputLines lines;
  EXPECT_FALSE(lines.add_stdout("::progr").has_value());
  EXPECT_EQ(lines.add_stdout("ess 1\n::skip no").value().permille, 1000U);
  lines.add_stdout("thing new");
  lines.end();
  EXPECT_EQ(lines.skip_reason(), "nothing new");
}

TEST(OutputLines, takes_only_the_exact_words_and_numbers) {
  OutputLines lines;
  EXPECT_FALSE(lines.add_stdout("::progressive 1\n::progress x\n ::skip a\n:: skip\n::errors\n").has_value());
  lines.end();
  EXPECT_FALSE(lines.skip_reason().has_value());
  EXPECT_FALSE(lines.error().has_value());
  EXPECT_EQ(lines.add_stdout("::progress 7\n").value().permille, 1000U);
  EXPECT_EQ(lines.add_stdout("::progress -1\n").value().permille, 0U);
}

TEST(OutputLines, does_not_hear_what_stderr_says) {
  OutputLines lines;
  lines.add_stderr("::skip nothing\n");
  lines.end();
  EXPECT_FALSE(lines.skip_reason().has_value());
}

TEST(OutputLines, keeps_the_last_lines_of_stderr) {
  OutputLines lines;
  for (int i = 0; i < 30; ++i) lines.add_stderr("line " + std::to_string(i) + "\n");
  EXPECT_TRUE(lines.stderr_tail().starts_with("line 20\n")) << lines.stderr_tail();
  EXPECT_TRUE(lines.stderr_tail().ends_with("\nline 29"));
}

TEST(OutputLines, a_line_without_end_is_log_and_nothing_else) {
  OutputLines lines;
  lines.add_stdout("::skip " + std::string(100'000, 'x'));
  lines.add_stdout("\n::skip short\n");
  EXPECT_EQ(lines.skip_reason(), "short");
  EXPECT_EQ(lines.take_log().size(), 7 + 100'000 + 14);
}

TEST(OutputLines, never_logs_a_character_in_two_pieces) {
  OutputLines lines;
  lines.add_stdout("a\xe2\x82");
  EXPECT_EQ(lines.take_log(), "a");
  lines.add_stderr("between");
  lines.add_stdout("\xac!");
  EXPECT_EQ(lines.take_log(), "between\xe2\x82\xac!");
  lines.add_stdout("\xe2");
  lines.end();
  EXPECT_EQ(lines.take_log(), "\xe2");
}

TEST(Texts, an_error_text_is_cut_at_the_limit_between_characters) {
  using base::limits::error_text_bytes_max;
  EXPECT_EQ(error_text(std::string(error_text_bytes_max, 'x')).size(), error_text_bytes_max);
  EXPECT_TRUE(error_text(std::string(error_text_bytes_max + 1, 'x')).ends_with("x..."));
  std::string euros;
  while (euros.size() <= error_text_bytes_max) euros += "\u20ac";
  const std::string cut = error_text(euros);
  EXPECT_LE(cut.size(), error_text_bytes_max);
  EXPECT_TRUE(base::valid_utf8(cut));
  EXPECT_TRUE(base::valid_utf8(error_text("\xff\xfe")));
}

}  // namespace
}  // namespace cordyna::task_server

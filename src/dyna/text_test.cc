// The small pieces of text: ink, tables, times, frames, near words.

#include <gtest/gtest.h>

#include "dyna/clock_text.h"
#include "dyna/event_frames.h"
#include "dyna/http_date.h"
#include "dyna/ink.h"
#include "dyna/nearest.h"
#include "dyna/picture.h"
#include "dyna/table.h"

#include <sstream>

namespace cordyna::dyna {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Ink, a_state_has_a_glyph_and_a_colour_only_where_they_can_be_shown) {
  EXPECT_EQ(Ink().state("error"), "error");
  EXPECT_EQ((Ink{true, false}).state("error"), "✖ error");
  EXPECT_EQ((Ink{true, true}).state("error"), "\x1b[31m✖ error\x1b[0m");
  EXPECT_EQ((Ink{true, true}).state("new\x1b[2Jstate"), "new?[2Jstate");
}

TEST(Ink, foreign_text_cannot_steer_the_terminal) {
  EXPECT_EQ(plain("a\nb\t\x1b[2J\x7f\xc2\x9b!\n"),
            "a b ?[2J?"
            "?!");
  EXPECT_EQ(tame("a\n\x1b[1;31mred\x1b[0m\x1b[2J\x1b]0;x\x07\xc2\x9b!"), "a\n\x1b[1;31mred\x1b[0m[2J]0;x!");
}

TEST(Ink, columns_and_cuts_count_letters_not_bytes_and_no_colours) {
  EXPECT_EQ(columns("\x1b[31m✖ é\x1b[0m"), 3U);
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdefg", 6), "abcde…");
  EXPECT_EQ(cut("\x1b[31m✖✖✖\x1b[0m", 2), "\x1b[31m✖…\x1b[0m");
}

TEST(Table, aligns_by_what_is_seen_and_ends_no_line_with_blanks) {
  const Table table{{"A", "B", "C"}, {{"\x1b[31mé\x1b[0m", "2", ""}, {"333", "", "x"}}};
  EXPECT_EQ(table.text({}), "A    B  C\n\x1b[31mé\x1b[0m    2\n333     x\n");
  EXPECT_EQ((Table{{"A"}, {}}).text({}), "");
}

TEST(ClockText, durations_have_two_units_at_most) {
  EXPECT_EQ(duration_text(milliseconds(0)), "0ms");
  EXPECT_EQ(duration_text(milliseconds(999)), "999ms");
  EXPECT_EQ(duration_text(milliseconds(9999)), "9.9s");
  EXPECT_EQ(duration_text(seconds(59)), "59s");
  EXPECT_EQ(duration_text(seconds(65)), "1m05s");
  EXPECT_EQ(duration_text(minutes(72)), "1h12m");
  EXPECT_EQ(duration_text(hours(76)), "3d04h");
  EXPECT_EQ(duration_text(-seconds(65)), "-1m05s");
}

TEST(ClockText, times_are_local_with_their_zone) {
  World world;
  world.zone = [](base::Time) { return LocalZone{-hours(5), "EST"}; };
  EXPECT_EQ(local_time_of(world, "2026-01-01T03:04:05.678Z"), "2025-12-31 22:04:05 EST");
  EXPECT_EQ(local_time_of(world, ""), "");
  EXPECT_EQ(local_time_of(world, "soon\x1b"), "soon?");
  EXPECT_EQ(local_time_exact(world, *base::parse_time("2026-01-01T03:04:05.678Z")), "2025-12-31 22:04:05.678 EST");
  EXPECT_EQ(time_between(world, "", "2026-01-01"), "");
}

TEST(HttpDate, is_read_exactly_or_not_at_all) {
  EXPECT_EQ(parse_http_date("Sun, 29 Feb 2032 23:59:59 GMT"), *base::parse_time("2032-02-29T23:59:59Z"));
  for (const char* bad : {"", "Sun, 30 Feb 2032 23:59:59 GMT", "Sun, 29 Fev 2032 23:59:59 GMT", "2032-02-29T23:59:59Z",
                          "Sun, 29 Feb 2032 23:59:59 CET"})
    EXPECT_FALSE(parse_http_date(bad)) << bad;
}

TEST(Nearest, finds_slips_and_offers_nothing_far) {
  const std::vector<std::string> known = {"run", "runs", "retry", "servers"};
  EXPECT_EQ(nearest("rnus", known), "runs");
  EXPECT_EQ(nearest("rusn", known), "runs");
  EXPECT_EQ(nearest("runz", known), "runs");
  EXPECT_EQ(nearest("rn", known), "run");
  EXPECT_EQ(nearest("serevrs", known), "servers");
  EXPECT_EQ(nearest("xyzzy", known), "");
  EXPECT_EQ(edit_distance("ab", "ba"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

TEST(EventFrames, come_out_the_same_however_the_bytes_are_cut) {
  const std::string bytes =
      ": hello\r\n\r\nid: 7\nevent: task.started\ndata: {\"a\":\ndata:1}\n\nretry: 5\n\nid:8\ndata\n\nid: 9\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    EventFrames frames;
    std::string seen;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      EXPECT_TRUE(frames.read(std::string_view(bytes).substr(at, piece), [&](const StreamEvent& event) {
        seen += event.id + '|' + event.kind + '|' + event.data + ';';
        return true;
      }));
    EXPECT_EQ(seen, "7|task.started|{\"a\":\n1};8||;") << piece;
  }
}

TEST(EventFrames, stop_when_told_to) {
  EventFrames frames;
  int count = 0;
  EXPECT_FALSE(frames.read("data: 1\n\ndata: 2\n\n", [&](const StreamEvent&) { return ++count < 1; }));
  EXPECT_EQ(count, 1);
}

TEST(Picture, never_grows_beyond_the_screen) {
  std::ostringstream out;
  Screen screen{&out, true, false, 5, 5};
  Picture picture(screen);
  picture.draw("1\n2\n3\n");
  EXPECT_EQ(out.str(), "1\n2\n3\n");
  out.str("");
  picture.draw("1\n2\n3\n4\n5long line\n");
  EXPECT_EQ(out.str(), "\x1b[3A\r\x1b[J… 3 more lines above\n4\n5lon…\n");
}

}  // namespace
}  // namespace cordyna::dyna

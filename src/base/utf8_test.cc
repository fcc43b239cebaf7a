#include "base/utf8.h"

#include <gtest/gtest.h>

namespace cordyna::base {
namespace {

TEST(Utf8, accepts_one_to_four_bytes_a_character) {
  for (const char* text : {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(valid_utf8(text)) << text;
}

TEST(Utf8, refuses_overlong_forms_surrogates_and_cut_sequences) {
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x80\x80", "\xed\xa0\x80", "\xe2\x82",
                           "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
                           "a\xfe"
                           "b"})
    EXPECT_FALSE(valid_utf8(text)) << testing::PrintToString(text);
}

TEST(Utf8, repairs_each_bad_byte_and_keeps_the_rest) {
  EXPECT_EQ(repaired_utf8("a\xff"
                          "b\xe2\x82"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(repaired_utf8("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
}

}  // namespace
}  // namespace cordyna::base

#include "base/ids.h"

#include <gtest/gtest.h>

namespace cordyna::base {
namespace {

const Time created = *parse_time("2026-11-24T03:47:00.123456Z");

TEST(RunId, reads_back_its_text_time_and_seq) {
  const RunId id = RunId::make(created, 123'456'789, 7);
  EXPECT_EQ(RunId::parse(id.text()), id);
  EXPECT_EQ(id.seq(), 123'456'789U);
  EXPECT_EQ(format_time(id.created()), "2026-11-24T03:47:00.123Z");
  EXPECT_EQ(id.text()[14], '7');  // the version of RFC 9562
  EXPECT_EQ(id.text()[19], '8');
}

TEST(RunId, sorts_in_order_of_creation) {
  EXPECT_LT(RunId::make(created, 5, 7), RunId::make(created, 6, 7));
  EXPECT_LT(RunId::make(created, 6, 7), RunId::make(created + Duration(10), 1, 7));
}

TEST(RunId, refuses_what_is_not_one) {
  for (const char* text : {"", "0192f0a1-2b3c-7d4e-8f50-60718293a4b", "0192f0a1-2b3c-7d4e-8f50-60718293A4B5",
                           "0192f0a102b3c-7d4e-8f50-60718293a4b5x"})
    EXPECT_FALSE(RunId::parse(text)) << text;
}

}  // namespace
}  // namespace cordyna::base

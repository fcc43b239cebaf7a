// Cron against tables of known instants.

#include "engine/cron.h"

#include <gtest/gtest.h>

namespace cordyna::engine {
namespace {

TEST(Cron, smoke) {
  ZoneRules utc;
  auto cron = parse_cron("*/15 2 * * mon-fri");
  ASSERT_TRUE(cron.ok()) << cron.error().message;
  EXPECT_EQ(base::format_time(*next(*cron, utc, *base::parse_time("2026-11-20T02:45:00Z"))), "2026-11-23T02:00:00Z");
}

}  // namespace
}  // namespace cordyna::engine

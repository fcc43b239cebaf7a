#include "engine/parked.h"

#include <gtest/gtest.h>

namespace cordyna::engine {
namespace {

using std::chrono::seconds;
using Keys = std::vector<ReadyKey>;

ReadyKey key(int age) {
  return {seconds(age), {}};
}

Keys first(const Parked& parked) {
  Keys keys;
  for (const auto& [one, line] : parked.first()) keys.push_back(one);
  return keys;
}

constexpr Parked::Line here = 1, there = 2;

TEST(Parked, the_first_of_each_line_are_in_the_order_of_their_keys) {
  Parked parked;
  for (const int age : {5, 3, 4}) parked.add(here, key(age));
  for (const int age : {9, 2}) parked.add(there, key(age));
  EXPECT_EQ(first(parked), (Keys{key(2), key(3)}));
}

TEST(Parked, who_is_let_go_stands_for_its_line_until_it_gives_way) {
  Parked parked;
  for (const int age : {1, 2}) parked.add(here, key(age));
  parked.add(there, key(3));
  parked.let_go(here, key(1));
  EXPECT_EQ(first(parked), (Keys{key(3)}));
  EXPECT_FALSE(parked.holds(here, key(2))) << "it waits for what the one before it waits for";
  EXPECT_TRUE(parked.holds(there, key(3)));
  EXPECT_TRUE(parked.give_way(here, key(1)));
  EXPECT_EQ(first(parked), (Keys{key(2), key(3)}));
  EXPECT_TRUE(parked.holds(here, key(2)));
}

TEST(Parked, who_comes_to_a_line_that_somebody_stands_for_is_not_first) {
  Parked parked;
  parked.add(here, key(2));
  parked.let_go(here, key(2));
  parked.add(here, key(1));
  EXPECT_EQ(first(parked), Keys{});
  EXPECT_TRUE(parked.give_way(here, key(2)));
  EXPECT_EQ(first(parked), (Keys{key(1)}));
}

TEST(Parked, nobody_has_its_turn_when_one_goes_that_stood_for_nobody) {
  Parked parked;
  for (const int age : {1, 2}) parked.add(here, key(age));
  EXPECT_FALSE(parked.give_way(here, key(1))) << "it was parked itself";
  EXPECT_EQ(first(parked), (Keys{key(2)}));
  parked.let_go(here, key(2));
  EXPECT_FALSE(parked.give_way(here, key(2))) << "its line is empty";
  EXPECT_FALSE(parked.give_way(here, key(2)));
  EXPECT_FALSE(parked.give_way(there, key(2)));
  EXPECT_EQ(first(parked), Keys{});
}

TEST(Parked, all_are_let_go_at_once) {
  Parked parked;
  for (const int age : {1, 4}) parked.add(here, key(age));
  for (const int age : {2, 3}) parked.add(there, key(age));
  parked.let_go(here, key(1));
  EXPECT_EQ(parked.take_all(), (Keys{key(4), key(2), key(3)}));
  EXPECT_EQ(first(parked), Keys{});
  EXPECT_FALSE(parked.give_way(here, key(1)));
}

}  // namespace
}  // namespace cordyna::engine

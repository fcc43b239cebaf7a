// The bounds of the outbox: how much log is kept, what is dropped, and that an end waits for its log.

#include "task_server/outbox.h"

#include <gtest/gtest.h>

#include <map>

#include "base/limits.h"

namespace cordyna::task_server {
namespace {

using model::Update;
using model::UpdateState;
namespace limits = base::limits;

Update update(const std::string& token, UpdateState state) {
  Update made;
  made.token = token;
  made.state = state;
  return made;
}

struct Taken {
  std::map<std::string, std::string> log;  // by token
  std::vector<std::string> ends;
};

/// Takes until nothing is left, checking that offsets are without gaps and no message is too large.
Taken take_all(Outbox& outbox, Taken taken = {}) {
  for (int messages = 0; outbox.has_unsent() && messages < 1000; ++messages) {
    std::vector<model::Item> items;
    outbox.take(limits::message_bytes_max / 2, items);
    std::size_t bytes = 0;
    for (const model::Item& item : items) {
      if (const auto* log = std::get_if<model::Log>(&item)) {
        EXPECT_EQ(log->offset, taken.log[log->token].size());
        taken.log[log->token] += log->text;
        bytes += log->text.size();
      }
      if (const auto* end = std::get_if<Update>(&item)) taken.ends.push_back(end->token);
    }
    EXPECT_LT(bytes, limits::message_bytes_max);
  }
  return taken;
}

TEST(Outbox, cuts_the_log_of_an_attempt_one_byte_past_the_limit_with_a_mark) {
  Outbox outbox;
  std::size_t sent = 0;
  std::string last;
  const auto drain = [&] {
    while (outbox.has_unsent()) {
      std::vector<model::Item> items;
      outbox.take(limits::message_bytes_max / 2, items);
      for (const model::Item& item : items) {
        const auto& log = std::get<model::Log>(item);
        EXPECT_EQ(log.offset, sent);
        sent += log.text.size();
        last = log.text;
      }
    }
  };
  const std::string text(1U << 20, 'x');
  for (std::size_t i = 0; i < limits::log_bytes_max / text.size(); ++i) {
    outbox.add_log("a", text);
    drain();
  }
  EXPECT_EQ(sent, limits::log_bytes_max);
  outbox.add_log("a", "Q");
  drain();
  EXPECT_NE(last.find("the log of this attempt is full"), std::string::npos);
  EXPECT_EQ(last.find('Q'), std::string::npos);
  const std::size_t with_mark = sent;
  outbox.add_log("a", "z");
  drain();
  EXPECT_EQ(sent, with_mark);
}

TEST(Outbox, drops_the_oldest_log_with_one_mark_and_no_update) {
  Outbox outbox;
  outbox.add(update("a", UpdateState::started));
  outbox.add_log("a", "the beginning\n");
  for (std::size_t i = 0; i < 2 * limits::log_unsent_bytes_max / 1000; ++i) outbox.add_log("a", std::string(1000, 'x'));
  outbox.add_log("a", "the end\n");
  outbox.add(update("a", UpdateState::completed));
  const Taken taken = take_all(outbox);
  const std::string& log = taken.log.at("a");
  EXPECT_LE(log.size(), limits::log_unsent_bytes_max);
  EXPECT_GT(log.size(), limits::log_unsent_bytes_max - (128U << 10));
  EXPECT_EQ(log.find("the beginning"), std::string::npos);
  EXPECT_TRUE(log.ends_with("the end\n"));
  EXPECT_EQ(log.find("log text was dropped here"), log.rfind("log text was dropped here"));
  EXPECT_NE(log.find("log text was dropped here"), std::string::npos);
  EXPECT_EQ(taken.ends, (std::vector<std::string>{"a", "a"}));
}

TEST(Outbox, sends_the_end_of_an_attempt_after_all_of_its_log_and_does_not_hold_up_others) {
  Outbox outbox;
  outbox.add_log("a", std::string(4U << 20, 'x'));
  outbox.add(update("a", UpdateState::completed));
  outbox.add(update("b", UpdateState::completed));
  std::vector<model::Item> items;
  outbox.take(limits::message_bytes_max / 2, items);
  Taken taken;
  for (const model::Item& item : items) {
    if (const auto* end = std::get_if<Update>(&item)) taken.ends.push_back(end->token);
    if (const auto* log = std::get_if<model::Log>(&item)) taken.log["a"] += log->text;
  }
  EXPECT_EQ(taken.ends, std::vector<std::string>{"b"});
  taken = take_all(outbox, std::move(taken));
  EXPECT_EQ(taken.ends, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(taken.log["a"].size(), 4U << 20);
}

TEST(Outbox, acknowledging_forgets_what_it_covers_and_names_the_attempts_that_ended) {
  Outbox outbox;
  outbox.add(update("a", UpdateState::started));
  outbox.add(update("a", UpdateState::completed));
  outbox.add(update("b", UpdateState::started));
  take_all(outbox);
  EXPECT_EQ(outbox.acknowledge(2), std::vector<std::string>{"a"});
  outbox.on_disconnected();
  EXPECT_EQ(take_all(outbox).ends, std::vector<std::string>{"b"});
  EXPECT_TRUE(outbox.acknowledge(3).empty());
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, does_not_cut_a_character_in_two) {
  Outbox outbox;
  std::string text(1, 'x');
  while (text.size() < 200'000) text += "\u20ac";
  outbox.add_log("a", text);
  std::vector<model::Item> items;
  outbox.take(limits::message_bytes_max / 2, items);
  std::string joined;
  for (const model::Item& item : items) {
    const std::string& part = std::get<model::Log>(item).text;
    EXPECT_NE(static_cast<unsigned char>(part.front()) & 0xC0U, 0x80U);
    joined += part;
  }
  EXPECT_EQ(joined, text);
}

TEST(Outbox, only_the_newest_progress_waits_while_one_is_not_acknowledged) {
  Outbox outbox;
  for (std::uint32_t i = 1; i <= 1000; ++i) {
    Update progress = update("a", UpdateState::progress);
    progress.progress_permille = i;
    outbox.add(progress);
  }
  const auto taken = [&] {
    std::vector<model::Item> items;
    outbox.take(limits::message_bytes_max / 2, items);
    std::vector<std::uint32_t> permilles;
    for (const model::Item& item : items) permilles.push_back(std::get<Update>(item).progress_permille);
    return permilles;
  };
  EXPECT_EQ(taken(), std::vector<std::uint32_t>{1});
  EXPECT_TRUE(taken().empty());
  outbox.acknowledge(1);
  EXPECT_EQ(taken(), std::vector<std::uint32_t>{1000});
  outbox.acknowledge(2);
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, progress_does_not_follow_the_end_of_its_attempt) {
  Outbox outbox;
  outbox.add(update("a", UpdateState::progress));
  outbox.add(update("a", UpdateState::progress));
  outbox.add(update("a", UpdateState::completed));
  outbox.add(update("a", UpdateState::progress));
  EXPECT_EQ(take_all(outbox).ends.size(), 2U);
  outbox.acknowledge(2);
  EXPECT_TRUE(outbox.empty());
}

}  // namespace
}  // namespace cordyna::task_server

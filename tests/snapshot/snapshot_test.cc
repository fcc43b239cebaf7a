// A state that was saved and loaded is the same state: now, and after everything that follows. Over every golden story
// and seeded random histories, at many events of each; and damaged bytes are refused, never a crash.

#include "cerebro/snapshot.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "engine/canonical.h"
#include "engine/engine.h"
#include "engine/graph.h"
#include "engine/rebuild.h"
#include "golden/story.h"
#include "log/bytes.h"
#include "mission/history.h"

namespace cordyna::testing {
namespace {

using engine::State;

constexpr base::Hash128 chain{1, 2};

State first_state() {
  State state;
  state.cluster = "test";
  state.salt = 7;
  return state;
}

/// What canonical_text() leaves out because it is derived, as text.
std::string indexes(const State& state) {
  std::ostringstream text;
  for (const engine::Server& server : state.servers) {
    text << server.name << ": ready";
    for (const engine::ReadyKey& key : server.ready)
      text << ' ' << key.rank.count() << '@' << key.at.run.text() << '/' << key.at.position;
    text << " unassigned " << server.unassigned.size() << '\n';
  }
  for (const auto& [prefix, list] : state.event_triggers) {
    text << "event " << prefix;
    for (const auto& [task, trigger] : list) text << ' ' << task.value << '.' << trigger;
    text << '\n';
  }
  for (const engine::ArmedDeadline& one : engine::armed_deadlines(state))
    text << "deadline " << one.after.count() << ' ' << one.deadline.at.time_since_epoch().count() << ' '
         << one.deadline.task_run.run.text() << '/' << one.deadline.task_run.position << (one.second ? " second" : "")
         << '\n';
  for (const engine::Instance& one : state.instances)
    text << one.name << ' ' << one.attempts.size() << ' ' << one.unstarted << ' ' << (one.claim != 0) << '\n';
  for (const engine::Task& task : state.tasks) text << task.name << ' ' << task.invoked << ' ' << task.order << '\n';
  for (const auto& [id, run] : state.runs)
    for (const engine::Dependent& one : run->dependents) text << one.position << '.' << one.edge << ' ';
  const engine::Wake wake = engine::next_wake(state);
  text << "attempts " << state.attempts.size() << ", names " << state.task_by_name.size() << ", timers "
       << state.timers.size() << ", sessions " << state.instance_by_session.size() << ", wall "
       << (wake.wall ? wake.wall->time_since_epoch().count() : 0) << ", uptime "
       << (wake.uptime ? wake.uptime->time_since_epoch().count() : 0);
  return text.str();
}

void apply(State& state, const LoggedEvent& one) {
  model::Event event = one.event;
  if (auto* declared = std::get_if<model::ServerDeclared>(&event.body)) engine::fit_declaration(state, *declared);
  engine::apply(state, event, one.seq, one.now);
}

/// Applies the events to one state that was never saved and to one that is saved and loaded again every `period`
/// events, where a pass has ended.
int expect_the_same_life(const std::vector<LoggedEvent>& log, base::Seq period) {
  State plain = first_state(), loaded = first_state();
  int snapshots = 0;
  for (const LoggedEvent& one : log) {
    apply(plain, one);
    apply(loaded, one);
    if (one.seq % period != 0 || !engine::broken_invariant(plain).empty()) continue;
    ++snapshots;
    const std::string bytes = cerebro::save_snapshot(loaded, chain);
    auto again = cerebro::load_snapshot(bytes);
    EXPECT_TRUE(again.ok()) << "at seq " << one.seq << ": " << (again.ok() ? "" : again.error().message);
    if (!again.ok()) return snapshots;
    loaded = std::move(*again);
    EXPECT_EQ(cerebro::save_snapshot(loaded, chain), bytes) << "at seq " << one.seq;
    EXPECT_EQ(first_difference(engine::canonical_text(plain), engine::canonical_text(loaded)), "") << one.seq;
    EXPECT_EQ(first_difference(indexes(plain), indexes(loaded)), "") << "at seq " << one.seq;
    if (::testing::Test::HasFailure()) return snapshots;
  }
  EXPECT_EQ(first_difference(engine::canonical_text(plain), engine::canonical_text(loaded)), "");
  EXPECT_EQ(first_difference(indexes(plain), indexes(loaded)), "");
  EXPECT_EQ(engine::broken_invariant(loaded), "");
  return snapshots;
}

std::vector<std::filesystem::path> stories() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(CORDYNA_GOLDEN_CASES))
    if (entry.path().extension() == ".txt") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<LoggedEvent> events_of(const std::filesystem::path& story) {
  std::ifstream file(story);
  std::ostringstream text;
  text << file.rdbuf();
  return events_of_story(text.str());
}

TEST(Snapshot, of_every_moment_of_every_story_is_the_state_of_that_moment) {
  int snapshots = 0;
  for (const auto& story : stories()) {
    SCOPED_TRACE(story.stem().string());
    snapshots += expect_the_same_life(events_of(story), 1);
  }
  EXPECT_GT(snapshots, 500);
}

TEST(Snapshot, of_random_histories_is_the_state_of_that_moment) {
  int snapshots = 0;
  for (std::uint64_t seed = 7000; seed < 7040; ++seed) {
    SCOPED_TRACE(seed);
    History history(
        seed, {.fail = true, .silence = true, .sessions = true, .restarts = true, .cancels = true, .retries = true});
    history.fleet.world.set_checks(false);
    history.live(90);
    if (seed % 2 == 0) history.calm_down();
    snapshots += expect_the_same_life(history.fleet.world.log(), 1 + seed % 11);
    if (HasFailure()) return;
  }
  EXPECT_GT(snapshots, 1000);
}

/// The state in the middle of a busy day.
State busy_state() {
  History history(7, {.fail = true, .sessions = true, .cancels = true, .retries = true});
  history.live(60);
  State state = first_state();
  for (const LoggedEvent& one : history.fleet.world.log()) apply(state, one);
  return state;
}

/// `bytes` with the hash at their end made right again.
std::string signed_again(std::string bytes) {
  bytes.resize(bytes.size() - 16);
  log::ByteWriter end;
  end.hash(base::hash128(bytes));
  return bytes + end.take();
}

TEST(Snapshot, tells_its_head_without_its_body) {
  const State state = busy_state();
  const auto head = cerebro::read_snapshot_head(cerebro::save_snapshot(state, chain));
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->cluster, "test");
  EXPECT_EQ(head->last_seq, state.seq);
  EXPECT_EQ(head->epoch, state.epoch);
  EXPECT_EQ(head->chain, chain);
}

TEST(Snapshot, with_any_byte_changed_is_refused) {
  const std::string bytes = cerebro::save_snapshot(busy_state(), chain);
  std::mt19937_64 dice(1);
  for (int i = 0; i < 500; ++i) {
    std::string other = bytes;
    other[dice() % other.size()] ^= static_cast<char>(1U << dice() % 8);
    const auto loaded = cerebro::load_snapshot(other);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, "bad_snapshot");
  }
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 9)
    EXPECT_FALSE(cerebro::load_snapshot(bytes.substr(0, size)).ok()) << size;
}

TEST(Snapshot, of_a_newer_cerebro_is_told_apart_from_damage) {
  std::string bytes = cerebro::save_snapshot(busy_state(), chain);
  bytes[std::string_view("cordyna snapshot\n").size()] = 9;
  const auto loaded = cerebro::load_snapshot(signed_again(bytes));
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, "newer_format");
}

/// Whatever is written there by whom: an error or a state whose invariants hold.
TEST(Snapshot, forged_with_a_right_hash_is_refused_or_sound) {
  const std::string bytes = cerebro::save_snapshot(busy_state(), chain);
  std::mt19937_64 dice(2);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string other = bytes;
    for (auto changes = 1 + dice() % 3; changes > 0; --changes)
      other[dice() % other.size()] = static_cast<char>(dice() % 4 == 0 ? 0xff : dice());
    if (dice() % 8 == 0) other.erase(dice() % (other.size() - 40), 1 + dice() % 20);
    const auto loaded = cerebro::load_snapshot(signed_again(other));
    if (!loaded.ok()) {
      ++refused;
      continue;
    }
    EXPECT_EQ(engine::broken_invariant(*loaded), "");
    EXPECT_FALSE(engine::canonical_text(*loaded).empty());
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace cordyna::testing

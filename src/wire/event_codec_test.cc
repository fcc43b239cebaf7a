#include "wire/event_codec.h"

#include <gtest/gtest.h>

#include <utility>

#include "cordyna/log/v1/event.pb.h"

namespace cordyna::wire {
namespace {

namespace pb = ::cordyna::log::v1;

// Each type's members, all of them: a member added to a type does not compile here until it is listed, and then it is
// filled and compared like the others.
template <class F, class... Members>
void each(F& f, Members&... members) {
  (f(members), ...);
}
#define MEMBERS(type, ...)                    \
  template <class F>                          \
  void each_member(model::type& value, F f) { \
    auto& [__VA_ARGS__] = value;              \
    each(f, __VA_ARGS__);                     \
  }
MEMBERS(TaskRunRef, a, b)
MEMBERS(Payload, a, b, c)
MEMBERS(Finding, a, b, c, d, e, g, h)
MEMBERS(Taken, a, b, c)
MEMBERS(Standing, a, b, c)
MEMBERS(Failure, a, b, c, d, e)
MEMBERS(RootCause, a, b, c)
MEMBERS(TriggerCause, a, b, c, d, e, g, h, i)
MEMBERS(PlannedTask, a, b, c, d, e, g, h, i, j)
MEMBERS(PlannedEdge, a, b, c, d, e)
MEMBERS(RunPlan, a, b, c)
MEMBERS(CerebroStarted, a, b)
MEMBERS(CerebroStopped, a)
MEMBERS(ServerRefused, a, b, c, d)
MEMBERS(ServerStateChanged, a, b)
MEMBERS(ServerForgotten, a, b, c)
MEMBERS(ServerTransferred, a, b, c, d)
MEMBERS(InstanceJoined, a, b, c, d, e, g, h, i)
MEMBERS(LogRegressed, a, b)
MEMBERS(InstanceDeclared, a, b)
MEMBERS(InstanceReady, a)
MEMBERS(InstanceDraining, a)
MEMBERS(InstanceLeft, a, b, c)
MEMBERS(RunCreated, a, b, c, d, e, g, h, i, j, k, l, m, n)
MEMBERS(RunCancelRequested, a, b, c)
MEMBERS(RunEnded, a, b)
MEMBERS(CommandRun, a, b, c, d)
MEMBERS(CommandAssigned, a, b, c)
MEMBERS(CommandCancel, a, b, c, d, e, g)
MEMBERS(CommandCheck, a, b, c)
MEMBERS(TaskQueued, a, b, c, d)
MEMBERS(TaskStarted, a, b, c, d, e)
MEMBERS(TaskProgress, a, b, c, d, e, g)
MEMBERS(TaskCompleted, a, b, c, d, e, g)
MEMBERS(TaskFailed, a, b, c, d, e)
MEMBERS(TaskBlocked, a, b, c)
MEMBERS(TaskSkipped, a, b, c, d, e)
MEMBERS(TaskCancelled, a, b, c, d, e)
MEMBERS(TaskRetry, a, b, c, d, e, g, h)
MEMBERS(TaskDue, a, b)
MEMBERS(TaskChecked, a, b, c)
MEMBERS(TaskNeeded, a, b)
MEMBERS(TaskPinned, a, b, c)
MEMBERS(TaskHandedOver, a, b, c)
MEMBERS(TaskFollowed, a, b, c, d, e, g, h)
MEMBERS(TaskLate, a, b, c, d, e, g, h, i)
MEMBERS(TaskAdopted, a, b, c, d, e, g, h, i, j)
MEMBERS(TaskFault, a, b, c, d, e)
MEMBERS(TaskPaused, a, b, c)
MEMBERS(TaskResumed, a, b, c)
MEMBERS(EventReceived, a, b, c, d, e, g, h, i)
MEMBERS(ScheduleSkipped, a, b, c, d, e)
MEMBERS(ScheduleSet, a, b, c, d, e)
MEMBERS(ScheduleWaiting, a, b)
MEMBERS(EventDue, a, b)
template <class F>
void each_member(model::ServerDeclared& value, F f) {
  auto& [server, team, hash, text, added, changed, removed, task_count, warnings, declaration, change] = value;
  each(f, server, team, hash, text, added, changed, removed, task_count, warnings);
  EXPECT_EQ(declaration, nullptr);  // not encoded
  EXPECT_EQ(change, nullptr);
}

/// Fills values from a seed; every member gets something other than its default.
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : seed_(seed) {}

  template <class T>
  void operator()(T& value) {
    if constexpr (requires { each_member(value, *this); })
      each_member(value, [this](auto& member) { (*this)(member); });
    else
      fill(value);
  }
  void operator()(model::Payload& value) {
    if (draw() % 2 == 0) {
      fill(value.json);
      value.size = static_cast<std::uint32_t>(value.json.size());
    } else {
      value.blob = base::Hash128{draw(), draw()};
      fill(value.size);
    }
  }
  void operator()(model::RunPlan& plan) {
    const std::size_t tasks = 1 + draw() % 4;
    std::uint32_t edges = 0;
    for (std::size_t i = 0; i < tasks; ++i) {
      model::PlannedTask task;
      each_member(task, [this](auto& member) { (*this)(member); });
      if (draw() % 2 == 0) task.shared_from.reset();
      if (draw() % 2 == 0) task.completion = {};
      task.first_edge = edges;
      task.edge_count = static_cast<std::uint32_t>(draw() % 3);
      edges += task.edge_count;
      plan.tasks.push_back(task);
    }
    for (std::uint32_t i = 0; i < edges; ++i) {
      model::PlannedEdge edge;
      each_member(edge, [this](auto& member) { (*this)(member); });
      edge.upstream = static_cast<std::uint32_t>(draw() % tasks);
      if (edge.how != model::How::in_run && draw() % 2 == 0) edge.upstream = model::nowhere;
      if (draw() % 2 == 0) edge.taken = {};
      plan.edges.push_back(edge);
    }
    for (std::uint32_t i = 0; i < tasks; ++i) (*this)(plan.results.emplace_back(i, model::Payload{}).second);
    if (draw() % 3 == 0) std::swap(plan.tasks.front().first_edge, plan.tasks.back().first_edge);
    for (auto& task : plan.tasks) task.edge_count = std::min(task.edge_count, edges - task.first_edge);
  }

 private:
  std::uint64_t draw() { return base::mix64(++seed_); }
  void fill(std::string& value) { value = "t\xff" + std::to_string(draw()); }  // not even UTF-8
  void fill(bool& value) { value = true; }
  void fill(base::Time& value) { value = base::Time(base::Duration(static_cast<std::int64_t>(draw() >> 8))); }
  void fill(base::RunId& value) { value = {draw(), draw()}; }
  void fill(base::Hash128& value) { value = {draw(), draw()}; }
  template <class Tag, class Rep>
  void fill(base::Id<Tag, Rep>& value) {
    value.value = static_cast<Rep>(draw() >> 33);
  }
  template <std::unsigned_integral T>
  void fill(T& value) {
    value = static_cast<T>(draw() >> 33) + T{1};
  }
  template <class T>
  requires std::is_enum_v<T>
  void fill(T& value) {
    value = static_cast<T>(1);  // every enum of events has at least two words
  }
  template <class T>
  void fill(std::optional<T>& value) {
    (*this)(value.emplace());
  }
  template <class T>
  void fill(std::vector<T>& value) {
    value.resize(1 + draw() % 3);
    for (auto& item : value) (*this)(item);
  }
  void fill(std::shared_ptr<const model::RunPlan>& value) {
    auto plan = std::make_shared<model::RunPlan>();
    (*this)(*plan);
    value = plan;
  }
  std::uint64_t seed_;
};

/// All members as one text, so that a difference shows.
class Dump {
 public:
  template <class T>
  void operator()(T& value) {
    if constexpr (requires { each_member(value, *this); }) {
      text_ += "{";
      each_member(value, [this](auto& member) { (*this)(member); });
      text_ += "}";
    } else {
      put(value);
    }
  }
  const std::string& text() const { return text_; }

 private:
  void put(const std::string& value) { text_ += '"' + value + "\" "; }
  void put(base::Time value) { put(value.time_since_epoch().count()); }
  void put(base::RunId value) { text_ += value.text() + " "; }
  void put(base::Hash128 value) { text_ += value.hex() + " "; }
  template <class Tag, class Rep>
  void put(base::Id<Tag, Rep> value) {
    put(value.value);
  }
  template <std::integral T>
  void put(T value) {
    text_ += std::to_string(value) + " ";
  }
  template <class T>
  requires std::is_enum_v<T>
  void put(T value) { put(static_cast<int>(value)); }
  template <class T>
  void put(std::optional<T>& value) {
    text_ += value ? "?" : "- ";
    if (value) (*this)(*value);
  }
  template <class A, class B>
  void put(std::pair<A, B>& value) {
    (*this)(value.first);
    (*this)(value.second);
  }
  template <class T>
  void put(std::vector<T>& value) {
    text_ += "[";
    for (auto& item : value) (*this)(item);
    text_ += "]";
  }
  void put(std::shared_ptr<const model::RunPlan>& value) {
    if (value) (*this)(const_cast<model::RunPlan&>(*value));
  }
  std::string text_;
};

std::string dump(model::Event event) {
  Dump dump;
  std::visit([&dump](auto& body) { dump(body); }, event.body);
  return std::to_string(event.body.index()) + dump.text() + " cause " + std::to_string(event.cause) + " at " +
         (event.server_at ? std::to_string(event.server_at->time_since_epoch().count()) : "-");
}

template <std::size_t... Kind>
std::vector<model::Event> one_of_each_kind(std::index_sequence<Kind...>, Filler& filler) {
  std::vector<model::Event> events;
  (
      [&] {
        model::Event event;
        filler(event.body.emplace<Kind>());
        events.push_back(std::move(event));
      }(),
      ...);
  return events;
}
constexpr auto all_kinds = std::make_index_sequence<std::variant_size_v<model::EventBody>>();

std::string error_of(const pb::Events& events) {
  const auto decoded = decode_events(events.SerializeAsString());
  return decoded.ok() ? "" : decoded.error().message;
}

TEST(EventCodec, brings_every_member_of_every_kind_back) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Filler filler(seed * 1'000'003);
    auto events = one_of_each_kind(all_kinds, filler);
    events[1].cause = seed;
    events[2].server_at = base::Time(std::chrono::hours(seed));
    const auto decoded = decode_events(encode_events(events));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    ASSERT_EQ(decoded->size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(dump((*decoded)[i]), dump(events[i]));
  }
}

TEST(EventCodec, brings_kinds_without_anything_set_back) {
  model::Event event{model::RunCreated{}, 0, {}};
  std::get<model::RunCreated>(event.body).plan = std::make_shared<model::RunPlan>();
  const std::vector<model::Event> events{event, {model::CommandRun{}, 0, {}}, {model::TaskFault{}, 0, {}}};
  const auto decoded = decode_events(encode_events(events));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(dump((*decoded)[i]), dump(events[i]));
}

TEST(EventCodec, reads_two_encodings_behind_each_other_as_one) {
  Filler filler(7);
  const auto events = one_of_each_kind(all_kinds, filler);
  const std::span<const model::Event> all(events);
  EXPECT_EQ(encode_events(all.first(10)) + encode_events(all.subspan(10)), encode_events(all));
}

TEST(EventCodec, writes_a_task_run_of_a_command_in_few_bytes) {
  const auto run = base::RunId::make(base::Time(std::chrono::hours(500'000)), 100'000, 7);
  const std::vector<model::Event> events{
      {model::CommandRun{{run, 5}, model::TaskIndex{1000}, 1, model::InstanceIndex{3}}, 100'001, {}}};
  EXPECT_LE(encode_events(events).size(), 42U);
}

TEST(EventCodec, refuses_bytes_that_are_no_events) {
  EXPECT_EQ(decode_events("\xff\xff\xff").error().code, "bad_event");
  Filler filler(3);
  const std::string whole = encode_events(one_of_each_kind(all_kinds, filler));
  EXPECT_FALSE(decode_events(std::string_view(whole).substr(0, whole.size() - 1)).ok());
}

TEST(EventCodec, survives_every_flipped_byte) {
  Filler filler(5);
  const std::string whole = encode_events(one_of_each_kind(all_kinds, filler));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string broken = whole;
    broken[i] = static_cast<char>(broken[i] ^ 0x5a);
    const auto decoded = decode_events(broken);
    if (!decoded.ok()) continue;  // else it has become other events, which are as good as any
    EXPECT_TRUE(decode_events(encode_events(*decoded)).ok()) << "byte " << i;
  }
}

TEST(EventCodec, refuses_a_kind_it_does_not_know_and_names_its_position) {
  pb::Events events;
  events.add_events()->mutable_command_run();
  events.add_events();
  EXPECT_NE(error_of(events).find("event 2 of the batch is an event of an unknown kind"), std::string::npos);
}

TEST(EventCodec, refuses_words_outside_their_range) {
  pb::Events events;
  events.add_events()->mutable_run_ended()->set_state(4);
  EXPECT_NE(error_of(events).find("unknown run state 4"), std::string::npos);
  events.mutable_events(0)->mutable_run_ended()->set_state(3);
  EXPECT_EQ(error_of(events), "");
  events.mutable_events(0)->mutable_task_skipped()->set_reason(9);
  EXPECT_NE(error_of(events).find("unknown skip reason 9"), std::string::npos);
}

TEST(EventCodec, refuses_a_plan_whose_columns_do_not_fit) {
  const auto with = [](auto change) {
    pb::Events events;
    auto& plan = *events.add_events()->mutable_run_created()->mutable_plan();
    plan.add_task(1);
    plan.add_task_flags(0);
    plan.add_edge_count(1);
    plan.add_edge_task(2);
    plan.add_edge_flags(0);
    plan.add_edge_upstream(1);
    change(plan);
    return error_of(events);
  };
  EXPECT_EQ(with([](pb::RunPlan&) {}), "");
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.add_task(2); }), "");
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.add_edge_flags(2); }), "");
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.set_edge_count(0, 2); }), "");
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.set_edge_upstream(0, 2); }), "");  // no such task-run
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.set_edge_upstream(0, 0); }), "");  // in the run, but nowhere
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.set_task_flags(0, 16); }), "");    // shared from nothing
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.set_task_flags(0, 32); }), "");    // a completion that is not there
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.set_edge_flags(0, 16); }), "");    // takes nothing
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.set_task_flags(0, 64 * 9); }), "");
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.add_taken_run(1); }), "");
  EXPECT_NE(with([](pb::RunPlan& plan) { plan.add_result(); }), "");
  EXPECT_NE(with([](pb::RunPlan& plan) {
              plan.set_task_flags(0, 16);
              plan.add_shared_run(1);
              plan.add_shared_position(0);
            }),
            "");  // a run that is not named
}

TEST(EventCodec, refuses_a_run_without_a_plan) {
  pb::Events events;
  events.add_events()->mutable_run_created();
  EXPECT_NE(error_of(events).find("without a plan"), std::string::npos);
}

TEST(EventCodec, refuses_a_payload_of_another_size_than_its_text) {
  pb::Events events;
  auto& payload = *events.add_events()->mutable_task_completed()->mutable_result();
  payload.set_json("12");
  payload.set_size(3);
  EXPECT_NE(error_of(events).find("payload"), std::string::npos);
}

}  // namespace
}  // namespace cordyna::wire

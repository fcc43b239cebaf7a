// prometheus-cpp stays in this file.

#include "cerebro/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>

namespace cordyna::cerebro {

namespace {

double seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

const prometheus::Histogram::BucketBoundaries latencies{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                        0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};
const prometheus::Histogram::BucketBoundaries sizes{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384};

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& events =
      prometheus::BuildCounter().Name("cordyna_events_total").Help("Durable events by kind").Register(registry);
  prometheus::Family<prometheus::Counter>& inputs =
      prometheus::BuildCounter().Name("cordyna_inputs_total").Help("Inputs decided, by kind").Register(registry);
  prometheus::Histogram& commit = prometheus::BuildHistogram()
                                      .Name("cordyna_commit_seconds")
                                      .Help("From handing a batch to the log until it is durable")
                                      .Register(registry)
                                      .Add({}, latencies);
  prometheus::Histogram& batch = prometheus::BuildHistogram()
                                     .Name("cordyna_batch_events")
                                     .Help("Events in one batch")
                                     .Register(registry)
                                     .Add({}, sizes);
  prometheus::Histogram& pass = prometheus::BuildHistogram()
                                    .Name("cordyna_pass_seconds")
                                    .Help("One pass of the loop")
                                    .Register(registry)
                                    .Add({}, latencies);
  prometheus::Counter& bytes = prometheus::BuildCounter()
                                   .Name("cordyna_log_bytes_total")
                                   .Help("Bytes of events given to the log")
                                   .Register(registry)
                                   .Add({});
  prometheus::Family<prometheus::Gauge>& gauges =
      prometheus::BuildGauge().Name("cordyna_now").Help("What there is at this moment").Register(registry);
  prometheus::Family<prometheus::Gauge>& task_runs =
      prometheus::BuildGauge().Name("cordyna_task_runs").Help("Task-runs of live runs by state").Register(registry);
  std::map<std::string, prometheus::Counter*, std::less<>> event_counters, input_counters;
  std::uint64_t bytes_seen = 0;

  static void count(prometheus::Family<prometheus::Counter>& family,
                    std::map<std::string, prometheus::Counter*, std::less<>>& counters, std::string_view kind) {
    auto found = counters.find(kind);
    if (found == counters.end()) found = counters.emplace(kind, &family.Add({{"kind", std::string(kind)}})).first;
    found->second->Increment();
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::count_event(std::string_view kind) {
  Families::count(families_->events, families_->event_counters, kind);
}
void Metrics::count_input(std::string_view kind) {
  Families::count(families_->inputs, families_->input_counters, kind);
}

void Metrics::committed(const CommitFigures& figures) {
  families_->commit.Observe(seconds(figures.last_duration));
  families_->batch.Observe(static_cast<double>(figures.last_events));
  families_->bytes.Increment(static_cast<double>(figures.bytes - families_->bytes_seen));
  families_->bytes_seen = figures.bytes;
}

void Metrics::passed(base::Duration duration) {
  families_->pass.Observe(seconds(duration));
}

std::string Metrics::text(const engine::State& state, const Gauges& gauges) {
  const auto set = [this](const char* what, std::size_t value) {
    families_->gauges.Add({{"what", what}}).Set(static_cast<double>(value));
  };
  std::array<std::size_t, 9> by_state{};
  for (const auto& [id, run] : state.runs)
    for (const auto& task_run : run->tasks) ++by_state[static_cast<std::size_t>(task_run.state)];
  for (std::size_t i = 0; i < by_state.size(); ++i)
    families_->task_runs.Add({{"state", std::string(model::word(static_cast<model::TaskState>(i)))}})
        .Set(static_cast<double>(by_state[i]));
  set("tasks", state.tasks.size());
  set("servers", state.servers.size());
  set("instances", state.instances.size());
  set("runs", state.runs.size());
  set("sessions", gauges.sessions);
  set("streams", gauges.streams);
  set("inputs_waiting", gauges.waiting_inputs);
  set("disk_full", gauges.disk_full ? 1 : 0);
  set("seq", state.seq);
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace cordyna::cerebro

// The file: head, state, deadlines. See docs/log.md for the bytes, snapshot_fields.h for the state's
// fields.

#include "cerebro/snapshot.h"

#include <algorithm>

#include "cerebro/snapshot_fields.h"
#include "engine/rebuild.h"
#include "model/cron.h"

namespace cordyna::cerebro {
namespace {

constexpr std::string_view magic = "cordyna snapshot\n";
constexpr std::uint16_t format = 2;
constexpr std::size_t hash_bytes = 16;

base::Error bad(const std::string& what) {
  return {"bad_snapshot", "the snapshot is not usable: " + what};
}

struct Parts {
  SnapshotHead head;
  std::string_view body;
};

base::Result<Parts> take_apart(std::string_view bytes) {
  if (!bytes.starts_with(magic)) return bad("it does not begin like one");
  log::ByteReader in(bytes.substr(magic.size()));
  // The hash comes last in every format, so that "damaged" and "of a newer cerebro" are never confused.
  if (bytes.size() < magic.size() + hash_bytes) return bad("it is cut short");
  log::ByteReader end(bytes.substr(bytes.size() - hash_bytes));
  if (end.hash() != base::hash128(bytes.substr(0, bytes.size() - hash_bytes))) return bad("it is damaged");
  if (const std::uint16_t found = in.u16(); found != format)
    return base::Error{
        found > format ? "newer_format" : "bad_snapshot",
        "the snapshot has format " + std::to_string(found) + ", and this cerebro reads " + std::to_string(format)};
  Parts parts;
  parts.head.cluster = in.raw(in.varint());
  parts.head.epoch = in.u64();
  parts.head.last_seq = in.u64();
  parts.head.chain = in.hash();
  parts.body = in.raw(in.left() >= hash_bytes ? in.left() - hash_bytes : 0);
  if (!in.ok() || in.left() != hash_bytes) return bad("its head is not whole");
  return parts;
}

/// What the engine takes for granted of a definition and no type says. Names and edges are checked with the state.
bool is_sound(const engine::State& state) {
  const auto sound = [](const model::TaskDeclaration& task) {
    return std::all_of(task.when.begin(), task.when.end(), [](const model::Trigger& trigger) {
      const auto* cron = std::get_if<model::CronTrigger>(&trigger);
      const auto* every = std::get_if<model::EveryTrigger>(&trigger);
      return (cron == nullptr || model::parse_cron(cron->cron).ok()) &&
             (every == nullptr || every->every >= std::chrono::seconds(1));
    });
  };
  for (const engine::Server& server : state.servers) {
    if (server.block && !std::all_of(server.block->tasks.begin(), server.block->tasks.end(), sound)) return false;
    for (const engine::Revision& one : server.older)
      if (one.block && !std::all_of(one.block->tasks.begin(), one.block->tasks.end(), sound)) return false;
  }
  return true;
}

}  // namespace

std::string save_snapshot(const engine::State& state, const base::Hash128& chain) {
  FieldWriter body;
  body(state, engine::armed_deadlines(state));

  log::ByteWriter out;
  out.raw(magic);
  out.u16(format);
  out.varint(state.cluster.size());
  out.raw(state.cluster);
  out.u64(state.epoch);
  out.u64(state.seq);
  out.hash(chain);
  out.raw(body.bytes().view());
  out.hash(base::hash128(out.view()));
  return out.take();
}

base::Result<SnapshotHead> read_snapshot_head(std::string_view bytes) {
  const auto parts = take_apart(bytes);
  if (!parts.ok()) return parts.error();
  return parts->head;
}

base::Result<engine::State> load_snapshot(std::string_view bytes) {
  const auto parts = take_apart(bytes);
  if (!parts.ok()) return parts.error();
  FieldReader body(parts->body);
  base::Result<engine::State> state = engine::State();
  std::vector<engine::ArmedDeadline> deadlines;
  state->cluster = parts->head.cluster;
  body(*state, deadlines);
  if (!body.ok() || !body.at_end()) return bad("its fields are not whole");
  if (!is_sound(*state)) return bad("a schedule cannot be read");
  for (auto& [id, run] : state->runs) {
    if (run == nullptr) return bad("a run is missing");
    auto plan = std::make_shared<model::RunPlan>(*run->head.plan);
    plan->edges = run->edges;
    run->head.plan = std::move(plan);
  }
  if (state->epoch != parts->head.epoch || state->seq != parts->head.last_seq)
    return bad("its head speaks of another state");
  if (const std::string broken = engine::rebuild_indexes(*state, deadlines); !broken.empty()) return bad(broken);
  return state;
}

}  // namespace cordyna::cerebro

// The file: head, declarations, state, deadlines. See docs/log.md for the bytes, snapshot_fields.h for the state's
// fields.

#include "cerebro/snapshot.h"

#include "cerebro/snapshot_fields.h"
#include "engine/rebuild.h"
#include "wire/declaration_json.h"

namespace cordyna::cerebro {
namespace {

constexpr std::string_view magic = "cordyna snapshot\n";
constexpr std::uint16_t format = 1;
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
    return base::Error{"newer_format", "the snapshot has format " + std::to_string(found) +
                                           ", and this cerebro reads " + std::to_string(format)};
  Parts parts;
  parts.head.cluster = in.raw(in.varint());
  parts.head.epoch = in.u64();
  parts.head.last_seq = in.u64();
  parts.head.chain = in.hash();
  parts.body = in.raw(in.left() >= hash_bytes ? in.left() - hash_bytes : 0);
  if (!in.ok() || in.left() != hash_bytes) return bad("its head is not whole");
  return parts;
}

void write_blocks(log::ByteWriter& out, const std::vector<Block>& blocks) {
  out.varint(blocks.size());
  for (const Block& block : blocks) {
    const std::string text = wire::declaration_to_json(*block);
    out.varint(block->hash.size());
    out.raw(block->hash);
    out.varint(text.size());
    out.raw(text);
  }
}

/// Schedules are not judged: what was accepted stays accepted, also when its zone has left the machine.
base::Result<std::vector<Block>> read_blocks(log::ByteReader& in) {
  std::vector<Block> blocks;
  for (std::uint64_t left = in.varint(); left > 0; --left) {
    const std::string hash(in.raw(in.varint()));
    const std::string_view text = in.raw(in.varint());
    if (!in.ok()) return bad("its declarations are not whole");
    auto read = wire::read_declaration_json(text);
    if (read.declaration == nullptr)
      return bad("a declaration cannot be read any more" +
                 (read.findings.empty() ? std::string() : ": " + read.findings.front().message));
    if (read.declaration->hash != hash) {  // the server sent other bytes with the same meaning; those have the hash
      auto named = std::make_shared<model::Declaration>(*read.declaration);
      named->hash = hash;
      read.declaration = std::move(named);
    }
    blocks.push_back(std::move(read.declaration));
  }
  if (!in.ok()) return bad("its declarations are not whole");
  return blocks;
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
  write_blocks(out, body.blocks());
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
  log::ByteReader in(parts->body);
  auto blocks = read_blocks(in);
  if (!blocks.ok()) return blocks.error();
  FieldReader body(in.raw(in.left()), std::move(*blocks));
  base::Result<engine::State> state = engine::State();
  std::vector<engine::ArmedDeadline> deadlines;
  state->cluster = parts->head.cluster;
  body(*state, deadlines);
  if (!body.ok() || !body.at_end()) return bad("its fields are not whole");
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

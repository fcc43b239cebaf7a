#pragma once
// Values that many others share, a policy or a definition, are written where they are first met and are a number later.
// Both halves of the snapshot's fields count alike. Used by field_writer.h and field_reader.h alone.

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "model/declaration.h"

namespace cordyna::cerebro {

/// While writing: from 1 on; 0 is null.
template <class T>
class Numbers {
 public:
  std::uint64_t next() const { return numbers_.size() + 1; }
  std::uint64_t of(const T* value) { return numbers_.try_emplace(value, next()).first->second; }

 private:
  std::unordered_map<const T*, std::uint64_t> numbers_;  // looked up only
};

/// While reading: number 1 comes first.
template <class T>
using Known = std::vector<std::shared_ptr<const T>>;

// What the rest takes for granted and no type says.
inline bool is_sound(const model::Policy&) {
  return true;
}
inline bool is_sound(const model::TaskDeclaration& task) {
  return task.policy != nullptr && !task.when.empty();
}
inline bool is_sound(const model::Declaration& declaration) {
  return !declaration.server.empty();
}

/// How many of each kind of thing the state has: what an index must stay below.
struct Dimensions {
  std::uint64_t tasks = 0, servers = 0, instances = 0, scopes = 0;
};

inline model::Trigger trigger_of_kind(std::uint64_t kind) {
  switch (kind) {
    case 0:
      return model::CronTrigger{};
    case 1:
      return model::EveryTrigger{};
    case 2:
      return model::EventTrigger{};
    case 3:
      return model::UpstreamTrigger{};
    default:
      return model::ManualTrigger{};
  }
}

}  // namespace cordyna::cerebro

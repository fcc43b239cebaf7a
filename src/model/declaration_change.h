#pragma once
// What a declaration changes of the one before it. Found by a reader thread, because it costs the size of both; what
// the loop then does costs the difference alone.

#include <cstdint>
#include <memory>
#include <vector>

#include "model/declaration.h"

namespace cordyna::model {

struct DeclarationChange {
  std::shared_ptr<const Declaration> before;  // null: there was none
  std::vector<std::uint32_t> added, changed;  // positions in the new one, ascending
  std::vector<std::uint32_t> removed;         // positions in `before`, ascending
  std::vector<std::uint32_t> order;           // added and changed: upstreams before what needs them
  std::vector<std::uint32_t> limited;         // all tasks of the new one that name a limit
};

/// A declaration that comes after another one of the same server.
struct Succession {
  std::shared_ptr<const Declaration> declaration;  // means the same as `next`, shares with `before` what is equal
  std::shared_ptr<const DeclarationChange> change;
};

/// `before` may be null. O(tasks of both, and edges of what is added or changed).
Succession succeed(std::shared_ptr<const Declaration> before, std::shared_ptr<const Declaration> next);

/// All that `before` declared is gone. `before` is not null.
DeclarationChange everything_removed(std::shared_ptr<const Declaration> before);

}  // namespace cordyna::model

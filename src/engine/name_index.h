#pragma once
// Where a name stands in an array of things that have names: open addressing over 8 bytes a slot. The names themselves
// stay in the array, so a million tasks have each name in memory once. Names are never taken out.
//
// Source: linear probing, D. Knuth, TAOCP 3, 6.4, algorithm L; the hash is kept to compare few names.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace cordyna::engine {

class NameIndex {
 public:
  /// Position of `name` in `things`, each of which has a member `name`.
  template <class Things>
  std::optional<std::uint32_t> find(std::string_view name, const Things& things) const {
    if (slots_.empty()) return std::nullopt;
    const std::uint32_t hash = hash_of(name);
    for (std::size_t at = hash & mask(); slots_[at].next != 0; at = (at + 1) & mask())
      if (slots_[at].hash == hash && things[slots_[at].next - 1].name == name) return slots_[at].next - 1;
    return std::nullopt;
  }

  /// The thing at `position` is called `name`, and none before it is.
  void add(std::string_view name, std::uint32_t position) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow();
    put({position + 1, hash_of(name)});
    ++size_;
  }

  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint32_t next = 0;  // position + 1; 0: free
    std::uint32_t hash = 0;
  };

  static std::uint32_t hash_of(std::string_view name) {
    const std::size_t hash = std::hash<std::string_view>()(name);
    return static_cast<std::uint32_t>(hash ^ hash >> 32);
  }
  std::size_t mask() const { return slots_.size() - 1; }
  void put(Slot slot) {
    std::size_t at = slot.hash & mask();
    while (slots_[at].next != 0) at = (at + 1) & mask();
    slots_[at] = slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.next != 0) put(slot);
  }

  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace cordyna::engine

#include "engine/deadlines.h"

#include "base/check.h"

namespace cordyna::engine {

DeadlineId Deadlines::arm(base::Uptime now, base::Duration after, Deadline deadline) {
  deadline.at = now + after;
  DeadlineId id = 0;
  if (free_.empty()) {
    id = static_cast<DeadlineId>(entries_.size());
    entries_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  List& list = lists_[after];
  entries_[id] = {deadline, after, list.tail, 0};
  if (list.tail != 0) {
    base::check(entries_[list.tail].deadline.at <= deadline.at);
    entries_[list.tail].next = id;
  } else {
    list.head = id;
  }
  list.tail = id;
  ++size_;
  return id;
}

void Deadlines::disarm(DeadlineId& id) {
  if (id == 0) return;
  Entry& entry = entries_[id];
  const auto found = lists_.find(entry.after);
  base::check(found != lists_.end());
  List& list = found->second;
  (entry.previous != 0 ? entries_[entry.previous].next : list.head) = entry.next;
  (entry.next != 0 ? entries_[entry.next].previous : list.tail) = entry.previous;
  if (list.head == 0) lists_.erase(found);
  entry = {};
  free_.push_back(id);
  id = 0;
  --size_;
}

std::optional<base::Uptime> Deadlines::next() const {
  std::optional<base::Uptime> first;
  for (const auto& [after, list] : lists_)
    if (const base::Uptime at = entries_[list.head].deadline.at; !first || at < *first) first = at;
  return first;
}

const Deadline* Deadlines::expired(base::Uptime now) const {
  const Deadline* first = nullptr;
  for (const auto& [after, list] : lists_) {
    const Deadline& head = entries_[list.head].deadline;
    if (head.at <= now && (first == nullptr || head.at < first->at)) first = &head;
  }
  return first;
}

std::vector<std::pair<base::Duration, DeadlineId>> Deadlines::armed() const {
  std::vector<std::pair<base::Duration, DeadlineId>> all;
  all.reserve(size_);
  for (const auto& [after, list] : lists_)
    for (DeadlineId id = list.head; id != 0; id = entries_[id].next) all.emplace_back(after, id);
  return all;
}

}  // namespace cordyna::engine

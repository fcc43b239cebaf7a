#include "wire/declaration_policies.h"

#include <utility>

namespace cordyna::wire {
namespace {

void append(std::string& key, std::int64_t number) {
  key.append(std::to_string(number)).append(1, ' ');
}

void append(std::string& key, const std::optional<base::Duration>& duration) {
  append(key, duration ? duration->count() : -1);
}

std::string spelled(const model::Policy& policy) {
  std::string key;
  append(key, policy.timeouts.ack.count());
  append(key, policy.timeouts.start.count());
  append(key, policy.timeouts.complete.count());
  append(key, policy.timeouts.pending);
  append(key, policy.retries.max);
  append(key, policy.retries.backoff.count());
  append(key, policy.retries.factor_permille);
  append(key, policy.retries.jitter_permille);
  append(key, policy.retries.cap.count());
  append(key, policy.concurrency);
  append(key, static_cast<int>(policy.overlap));
  append(key, static_cast<int>(policy.catchup));
  append(key, policy.priority);
  append(key, policy.wait_for_server);
  append(key, policy.idempotent ? 1 : 0);
  append(key, policy.check ? 1 : 0);
  for (const auto& limit : policy.limits) key.append(limit).append(1, ' ');
  return key;
}

}  // namespace

std::shared_ptr<const model::Policy> PolicyPool::shared(model::Policy policy) {
  if (last_ && *last_ == policy) return last_;
  auto& kept = by_text_[spelled(policy)];
  // The key could only lie for names with spaces, which are refused later; then they are kept apart here all the same.
  if (kept && *kept == policy) return last_ = kept;
  last_ = std::make_shared<const model::Policy>(std::move(policy));
  if (!kept) kept = last_;
  return last_;
}

}  // namespace cordyna::wire

// Searches ask for one batch more than wanted: whether it exists decides `next`.

#include "log/search.h"

#include <algorithm>
#include <limits>

namespace cordyna::log {
namespace {

Seq last_seq(const StoredBatch& batch) {
  return batch.first_seq + batch.count - 1;
}

constexpr std::size_t one_more(std::size_t limit) {
  return limit == std::numeric_limits<std::size_t>::max() ? limit : limit + 1;
}

Found cut(std::vector<StoredBatch> batches, std::size_t limit, Seq (*next)(const StoredBatch&), Seq start) {
  Found found;
  if (batches.size() > limit) {
    batches.resize(limit);
    found.next = batches.empty() ? start : next(batches.back());
  }
  found.batches = std::move(batches);
  return found;
}

Seq first_seq(const StoredBatch& batch) {
  return batch.first_seq;
}

}  // namespace

base::Result<void> read_batches(const CatalogueEntries& segments, Seq from,
                                const std::function<bool(const StoredBatch&)>& visit) {
  const Seq after = from == 0 ? 0 : from - 1;
  for (const CatalogueEntry& segment : segments) {
    const Extent extent = segment.view->extent();
    if (extent.empty() || extent.last_seq <= after) continue;
    const base::Result<bool> more = segment.view->each(after, visit);
    if (!more) return more.error();
    if (!*more) return {};
  }
  return {};
}

base::Result<Found> find_forward(const CatalogueEntries& segments, const Key& key, Seq after, std::size_t limit) {
  std::vector<StoredBatch> batches;
  for (const CatalogueEntry& segment : segments) {
    const Extent extent = segment.view->extent();
    if (extent.empty() || extent.last_seq <= after) continue;
    if (batches.size() == one_more(limit)) break;
    const base::Result<void> done = segment.view->find_forward(key, after, one_more(limit), batches);
    if (!done) return done.error();
  }
  return cut(std::move(batches), limit, last_seq, after);
}

base::Result<Found> find_backward(const CatalogueEntries& segments, const Key& key, Seq before, std::size_t limit) {
  std::vector<StoredBatch> batches;
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    if (segment->view->extent().first_seq >= before) continue;
    if (batches.size() == one_more(limit)) break;
    const base::Result<void> done = segment->view->find_backward(key, before, one_more(limit), batches);
    if (!done) return done.error();
  }
  return cut(std::move(batches), limit, first_seq, before);
}

base::Result<Found> batches_after(const CatalogueEntries& segments, Seq after, std::size_t limit) {
  if (after == std::numeric_limits<Seq>::max()) return Found();
  std::vector<StoredBatch> batches;
  const base::Result<void> done = read_batches(segments, after + 1, [&](const StoredBatch& batch) {
    batches.push_back(batch);
    return batches.size() < one_more(limit);
  });
  if (!done) return done.error();
  return cut(std::move(batches), limit, last_seq, after);
}

base::Result<std::optional<Seq>> first_seq_since(const CatalogueEntries& segments, base::Time time) {
  for (const CatalogueEntry& segment : segments) {
    const Extent extent = segment.view->extent();
    if (extent.empty() || extent.last_wall < time) continue;
    base::Result<std::optional<Seq>> found = segment.view->first_seq_since(time);
    if (!found || *found) return found;
  }
  return std::optional<Seq>();
}

base::Result<std::string> find_blob(const CatalogueEntries& segments, base::Hash128 id) {
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    base::Result<std::optional<std::string>> bytes = segment->view->blob(id);
    if (!bytes) return bytes.error();
    if (*bytes) return std::move(**bytes);
  }
  return base::Error{"unknown_blob", "the log holds no blob " + id.hex() + ": it is older than the retention"};
}

}  // namespace cordyna::log

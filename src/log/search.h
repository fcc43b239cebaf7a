#pragma once
// The reading half of EventLog over a list of segments: the same for SqliteLog and MemoryLog. Segments that cannot hold
// an answer are not touched. Contracts: event_log.h.

#include "log/catalogue.h"

namespace cordyna::log {

base::Result<void> read_batches(const CatalogueEntries& segments, Seq from,
                                const std::function<bool(const StoredBatch&)>& visit);
base::Result<Found> find_forward(const CatalogueEntries& segments, const Key& key, Seq after, std::size_t limit);
base::Result<Found> find_backward(const CatalogueEntries& segments, const Key& key, Seq before, std::size_t limit);
base::Result<Found> batches_after(const CatalogueEntries& segments, Seq after, std::size_t limit);
base::Result<std::optional<Seq>> first_seq_since(const CatalogueEntries& segments, base::Time time);
base::Result<std::string> find_blob(const CatalogueEntries& segments, base::Hash128 id);

}  // namespace cordyna::log

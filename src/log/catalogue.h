#pragma once
// Catalogue: which segments the log consists of, oldest first, for readers on any thread. A reader takes the list once
// and walks it; replacing a view (sealed), adding one (a new segment) and dropping the oldest (retention) make a new
// list.

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "log/segment_view.h"

namespace cordyna::log {

struct CatalogueEntry {
  std::uint64_t number = 0;
  std::shared_ptr<SegmentView> view;
  bool sealed = false;
};
using CatalogueEntries = std::vector<CatalogueEntry>;

class Catalogue {
 public:
  std::shared_ptr<const CatalogueEntries> entries() const {
    const std::scoped_lock lock(mutex_);
    return entries_;
  }
  void add(CatalogueEntry entry) {
    change([&](CatalogueEntries& entries) { entries.push_back(std::move(entry)); });
  }
  void replace_sealed(std::uint64_t number, std::shared_ptr<SegmentView> view) {
    change([&](CatalogueEntries& entries) {
      for (CatalogueEntry& entry : entries)
        if (entry.number == number) entry = {number, view, true};
    });
  }
  void drop_oldest() {
    change([](CatalogueEntries& entries) { entries.erase(entries.begin()); });
  }

 private:
  template <class Change>
  void change(const Change& change) {
    const std::scoped_lock lock(mutex_);
    auto next = std::make_shared<CatalogueEntries>(*entries_);
    change(*next);
    entries_ = std::move(next);
  }
  mutable std::mutex mutex_;
  std::shared_ptr<const CatalogueEntries> entries_ = std::make_shared<CatalogueEntries>();
};

}  // namespace cordyna::log

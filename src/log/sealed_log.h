#pragma once
// SealedLog: the sealed part of a log, for a second process. It takes no lock and changes nothing, so it works while a
// cerebro runs on the same folder: sealed files are never written again. `cerebro compact` reads with it.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "log/catalogue.h"

namespace cordyna::log {

/// The chain value of the record that ends with `seq`, when a sealed segment ends there or the oldest one begins after
/// it; nullopt for every other seq.
std::optional<base::Hash128> chain_after(const CatalogueEntries& segments, Seq seq);

class SealedLog {
 public:
  /// Segments that are sealed later are not seen. Errors: no_log (not a data folder), log_corrupt (they do not continue
  /// each other), newer_format, io_error. A log of which nothing is sealed is empty.
  static base::Result<SealedLog> open(const std::string& folder, const std::string& vfs = {});

  bool empty() const { return segments_->empty(); }
  const std::string& cluster() const { return cluster_; }
  Seq first_seq() const;
  Seq last_seq() const;
  std::optional<base::Hash128> chain_after(Seq seq) const { return log::chain_after(*segments_, seq); }
  /// As EventLog::read().
  base::Result<void> read(Seq from, const std::function<bool(const StoredBatch&)>& visit) const;
  base::Result<std::string> blob(base::Hash128 id) const;

 private:
  std::string cluster_;
  std::shared_ptr<const CatalogueEntries> segments_;
};

}  // namespace cordyna::log

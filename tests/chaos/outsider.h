#pragma once
// Somebody outside who asks cerebro for things all the time: runs under a key, events under an id, cancels and retries.
// What was not answered is asked again under the same key; what was answered is written into the ledger.

#include <atomic>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "sim/ledger.h"

namespace cordyna::chaos {

class Outsider {
 public:
  /// `targets` are what he runs; `event_type` is what he emits.
  Outsider(std::string url, std::uint64_t seed, std::vector<std::string> targets, std::string event_type);
  ~Outsider() { stop(); }
  /// Gives up what was not answered yet.
  void stop();

  /// To be read when he has stopped.
  const sim::Ledger& ledger() const { return ledger_; }

 private:
  struct Reply {
    int status = 0;  // 0: none, and he shall stop
    std::string body;
  };

  void live();
  Reply asked(const std::string& path, const std::string& body, const std::string& key = "");
  void run();
  void emit();
  void meddle();
  void count(const std::string& verb, const Reply& reply);

  const std::string url_;
  std::mt19937_64 chance_;
  const std::vector<std::string> targets_;
  const std::string event_type_;
  std::uint64_t number_ = 0;
  std::vector<std::string> runs_;  // his, newest last
  sim::Ledger ledger_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace cordyna::chaos

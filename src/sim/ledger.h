#pragma once
// What the outside has seen and was promised, written down where it happened and not where cerebro says so. The auditor
// compares it with the log.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/session.h"

namespace cordyna::sim {

struct Ledger {
  struct Attempt {
    std::string instance;  // server#instance that was told to run it
    std::string run, task;
    int starts = 0;     // how often work began for it; twice is twice the effect
    bool told = false;  // its task-server has told an end and knows it to be durable
    std::string end;
  };
  std::map<std::string, Attempt> attempts;  // by token

  std::set<std::string> runs;                             // ids of 201 answers
  std::map<std::string, std::set<std::string>> keys;      // Idempotency-Key -> run ids it was answered with
  std::set<std::pair<std::string, std::string>> events;   // source, id: 202 answers
  std::vector<std::pair<std::string, std::string>> late;  // run, task: completed too late, may be adopted
  std::uint64_t updates = 0;                              // told by task-servers
  std::map<std::string, std::uint64_t> verbs;             // what was asked for how often
  std::map<std::string, std::uint64_t> answers;           // "POST /runs 201"

  /// Called when work begins: token, server#instance, attempt.
  std::function<void(const std::string&, const std::string&, std::uint32_t)> on_start = [](auto&&...) {};
  /// Called when a task-server learns that an end it has told is durable: token.
  std::function<void(const std::string&)> on_told = [](auto&&...) {};

  std::vector<std::string> complaints;
  void complain(std::string text) {
    if (complaints.size() < 20) complaints.push_back(std::move(text));
  }
};

}  // namespace cordyna::sim

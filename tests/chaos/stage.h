#pragma once
// The processes of a small company: cerebro on its data folder, three `dyna serve`, two of them behind a proxy, and
// what can be done to them. Every disturbance is drawn from one seed and ended before the next round.

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "chaos/proxy.h"
#include "processes/harness.h"

namespace cordyna::chaos {

enum class Fault { kill_cerebro, kill_server, pause_cerebro, pause_server, cut, refuse, stall, full_disk };
std::string_view word(Fault fault);

class Stage {
 public:
  /// Everything lies in `folder`. The data folder is on a file system of its own, small and in memory, where the system
  /// allows to mount one; else there is no full_disk (`why_no_full_disk` says why).
  Stage(std::string folder, std::uint64_t seed);
  ~Stage();

  /// One round: one or two faults at once, then all is well again. Adds what it did to `happened`.
  void disturb(std::map<std::string, int>& happened);
  /// Every run has ended; false when one does not.
  bool all_ended();
  /// Stops everything; what did not end by itself, or not well, is in the text.
  std::string stop();

  const processes::Cerebro& cerebro() const { return *cerebro_; }
  std::vector<std::string> targets() const;
  std::string data() const { return folder_ + "/data"; }
  std::string effects() const { return folder_ + "/effects"; }
  const std::string& why_no_full_disk() const { return why_no_full_disk_; }

 private:
  struct Server {
    std::string name, file;
    std::unique_ptr<Proxy> proxy;  // null: straight to cerebro
    std::unique_ptr<processes::Process> process;
  };

  void mount_data();
  void write_files();
  void start(Server& server);
  void begin(Fault fault);
  void end(Fault fault);
  Server& any() { return servers_[chance_() % servers_.size()]; }
  Proxy& any_proxy() { return *servers_[chance_() % 2].proxy; }
  void fill_disk();

  const std::string folder_;
  std::mt19937_64 chance_;
  std::string why_no_full_disk_;
  std::unique_ptr<processes::Cerebro> cerebro_;
  std::vector<Server> servers_;
  Server* paused_ = nullptr;
  Proxy* proxy_ = nullptr;
};

}  // namespace cordyna::chaos

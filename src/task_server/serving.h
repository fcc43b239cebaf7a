#pragma once
// What every serving process needs around the runtime, whether its tasks are handlers or commands: cerebro's address,
// an instance id, SIGTERM, words on stderr, the exit code.

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "task_server/runtime.h"
#include "task_server/world.h"

namespace cordyna::task_server {

/// The WebSocket address for `url` (http://host:port, ws://host:port; empty: $CORDYNA_URL, else the default).
/// Errors: bad_url.
base::Result<std::string> session_url(const std::string& url);

/// Random, of this process: [a-z0-9], 16 characters.
std::string instance_id(World& world);

/// Notes, warnings and refusals of the session as lines on stderr.
void speak_on_stderr(RuntimeOptions& options, const std::string& server);

/// 0 after a goodbye, 1 when the last news could not be told, 4 when the declaration was refused (says why on stderr).
int exit_code(const Served& served, const std::string& server);

/// Stops a runtime from other threads and by SIGTERM and SIGINT, also when asked before the runtime is there.
class StopSwitch {
 public:
  void stop();

  /// While it lives, stops reach `runtime`, signals too when wanted. One at a time may handle signals.
  class Connected {
   public:
    Connected(StopSwitch& stop_switch, Runtime& runtime, bool handle_signals);
    ~Connected();
    Connected(const Connected&) = delete;
    Connected& operator=(const Connected&) = delete;

   private:
    StopSwitch& switch_;
    bool handles_signals_;
  };

 private:
  std::mutex mutex_;
  Runtime* runtime_ = nullptr;
  int early_stops_ = 0;
};

}  // namespace cordyna::task_server

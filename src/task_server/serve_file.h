#pragma once
// serve_file(): `dyna serve FILE`, a task-server without code. Reads the YAML file, declares what it says, runs its
// commands, and declares again when the file has changed.

#include <string>

#include "base/time.h"

namespace cordyna::task_server {

struct ServeOptions {
  std::string file;
  std::string url = {};  // of cerebro; empty: $CORDYNA_URL, else http://127.0.0.1:7070
  base::Duration drain = std::chrono::seconds(30);
  bool json = false;  // findings as JSON lines on stdout, and {"server","state"} instead of "SERVER ready"
};

/// Prints `SERVER ready` on stdout when cerebro has accepted it, and blocks until SIGTERM or SIGINT and the drain are
/// over. To be called before the process has threads. Returns the exit code: 0 after a goodbye, 1 when the last news
/// could not be told, 2 for a file that cannot be used (FILE:LINE:COL: message on stderr), 4 when cerebro refused it.
int serve_file(const ServeOptions& options);

}  // namespace cordyna::task_server

#pragma once
// What cerebro is told when it starts: command line first, then the configuration file, then defaults.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace cordyna::cerebro {

/// Exit codes of the program, part of its interface.
namespace exit_code {
inline constexpr int done = 0, usage = 2, data_in_use = 73, io = 74, log_corrupt = 75, newer_format = 76,
                     insecure_address = 77, configuration = 78;
}

enum class Command { serve, verify, backup, recover, compact };

struct Config {
  Command command = Command::serve;
  std::string data = "./cordyna-data";
  std::string host = "127.0.0.1";
  std::uint16_t port = 7070;
  bool memory = false;  // --store memory
  base::Duration retention = std::chrono::hours(24 * 90);
  std::string log_level = "info";
  std::map<std::string, std::uint32_t> limits;
  std::string backup_to;
  bool accept_data_loss = false;
};

/// Why the program ends before it has begun. `text` may be the help.
struct ConfigStop {
  int code = exit_code::usage;
  std::string text;
};

using ReadFile = std::function<base::Result<std::string>(const std::string& path)>;

std::variant<Config, ConfigStop> read_config(const std::vector<std::string>& arguments, const ReadFile& read_file);

/// The exit code for an error of log/ or net/.
int exit_code_of(const base::Error& error);

}  // namespace cordyna::cerebro

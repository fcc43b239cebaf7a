#pragma once
// Everything of the outside world that a verb may touch, as values and functions that main.cc fills with the real thing
// and a test with a false one: so every line that dyna prints can be compared with golden text.

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "dyna/api.h"

namespace cordyna::dyna {

/// What local clocks show at one instant.
struct LocalZone {
  std::chrono::seconds offset{0};  // to be added to UTC
  std::string name = "UTC";
};

/// Where text goes and what that place can show.
struct Screen {
  std::ostream* stream = nullptr;
  bool terminal = false;  // glyphs, and redrawing
  bool colour = false;    // a terminal, and NO_COLOR is not set
  std::size_t width = 80;
  std::size_t height = 24;
};

struct ServeRequest {
  std::string file;
  std::string url;
  std::optional<base::Duration> drain;
  bool json = false;  // findings and states as JSON lines
};

struct UpRequest {
  std::vector<std::string> files;  // none: the cordyna.yaml or *.cordyna.yaml of the folder
  std::string listen;
  std::string data;
};

struct World {
  std::function<std::unique_ptr<Api>(const std::string& url)> connect;
  Screen out;
  Screen err;
  std::function<base::Time()> now;
  std::function<void(base::Duration)> pause;
  std::function<LocalZone(base::Time)> zone;
  std::function<std::string()> random;  // 32 hex digits, never the same twice
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<std::optional<std::uint64_t>()> disk_free;  // bytes, where dyna runs
  std::function<int(const ServeRequest&)> serve;            // the exit code
  std::function<int(const UpRequest&)> up;                  // the exit code
  std::string actor;                                        // user@host
};

}  // namespace cordyna::dyna

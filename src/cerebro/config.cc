// CLI11 parses the command line; the configuration file has the long option names as keys and is read by the same
// rules.

#include "cerebro/config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/nearest.h"
#include "cerebro/version.h"
#include "model/names.h"
#include "wire/yaml_text.h"

namespace cordyna::cerebro {
namespace {

using model::Json;

/// The options as they were written; empty = not given.
struct Options {
  std::string config, data, listen, store, retention, log_level, backup_to;
  bool accept_data_loss = false;
};

ConfigStop bad(int code, std::string text) {
  return {code, "cerebro: " + std::move(text)};
}

std::optional<ConfigStop> take_listen(const std::string& text, int code, Config& config) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const char* begin = colon == std::string::npos ? end : text.data() + colon + 1;
  const auto parsed = std::from_chars(begin, end, port);
  if (begin == end || parsed.ec != std::errc() || parsed.ptr != end || colon == 0)
    return bad(code, "listen: " + text + " is no HOST:PORT, for example 127.0.0.1:7070");
  config.host = text.substr(0, colon);
  if (config.host.size() > 2 && config.host.front() == '[' && config.host.back() == ']')
    config.host = config.host.substr(1, config.host.size() - 2);
  config.port = port;
  const bool loopback =
      config.host == "localhost" || config.host == "::1" ||
      (config.host.starts_with("127.") && config.host.find_first_not_of("0123456789.") == std::string::npos);
  if (!loopback)
    return bad(
        exit_code::insecure_address,
        config.host +
            " can be reached from outside this machine, and cerebro does not know yet who may do what: everybody "
            "there could run commands on your task-servers. Listen on 127.0.0.1 and let a proxy with "
            "authentication stand in front of it.");
  return std::nullopt;
}

std::optional<ConfigStop> take_store(const std::string& text, int code, Config& config) {
  if (text == "memory") {
    config.memory = true;
    return std::nullopt;
  }
  if (text.starts_with("postgres://") || text.starts_with("postgresql://"))
    return bad(exit_code::usage, "store: postgres is not there yet; use sqlite:DIR");
  if (!text.starts_with("sqlite:") || text.size() == 7)
    return bad(code, "store: " + text + " is none of sqlite:DIR and memory");
  config.memory = false;
  config.data = text.substr(7);
  return std::nullopt;
}

std::optional<ConfigStop> take_options(const Options& options, int code, Config& config) {
  if (!options.data.empty()) config.data = options.data;
  if (!options.listen.empty())
    if (auto stop = take_listen(options.listen, code, config)) return stop;
  if (!options.store.empty())
    if (auto stop = take_store(options.store, code, config)) return stop;
  if (!options.retention.empty()) {
    const auto retention = base::parse_duration(options.retention);
    if (!retention.ok()) return bad(code, "retention: " + retention.error().message);
    config.retention = *retention;
  }
  if (!options.log_level.empty()) {
    static const std::vector<std::string> levels{"trace", "debug", "info", "warn", "error"};
    if (std::find(levels.begin(), levels.end(), options.log_level) == levels.end())
      return bad(code, "log-level: " + options.log_level + " is none of trace, debug, info, warn, error");
    config.log_level = options.log_level;
  }
  return std::nullopt;
}

std::optional<ConfigStop> take_limits(const Json& limits, const std::string& file, Config& config) {
  if (!limits.is_object()) return bad(exit_code::configuration, file + ": limits must be {NAME: SIZE}");
  for (const auto& [name, size] : limits.items()) {
    if (const auto valid = model::check_name(model::NameKind::limit, name); !valid.ok())
      return bad(exit_code::configuration, file + ": limits: " + valid.error().message);
    if (!size.is_number_integer() || size.get<std::int64_t>() < 1 || size.get<std::int64_t>() > 1'000'000)
      return bad(exit_code::configuration, file + ": limits." + name + " must be a whole number from 1 to 1000000");
    config.limits[name] = size.get<std::uint32_t>();
  }
  return std::nullopt;
}

std::optional<ConfigStop> take_file(const std::string& path, const ReadFile& read_file, Config& config) {
  const auto text = read_file(path);
  if (!text.ok()) return bad(exit_code::configuration, text.error().message);
  const wire::Document document = wire::parse_yaml(*text);
  if (!document.findings.empty()) {
    const auto& first = document.findings.front();
    return bad(exit_code::configuration,
               path + ":" + std::to_string(first.line) + ":" + std::to_string(first.column) + ": " + first.message);
  }
  if (document.tree.is_null()) return std::nullopt;
  if (!document.tree.is_object()) return bad(exit_code::configuration, path + ": must be a mapping of option names");
  Options options;
  const std::map<std::string, std::string*> known{{"data", &options.data},
                                                  {"listen", &options.listen},
                                                  {"store", &options.store},
                                                  {"retention", &options.retention},
                                                  {"log-level", &options.log_level}};
  std::vector<std::string> names{"limits"};
  for (const auto& [name, target] : known) names.push_back(name);
  for (const auto& [key, value] : document.tree.items()) {
    if (key == "limits") {
      if (auto stop = take_limits(value, path, config)) return stop;
      continue;
    }
    const auto found = known.find(key);
    const auto place = document.places.find(key);
    const std::string where = place == document.places.end() ? path
                                                             : path + ":" + std::to_string(place->second.line) + ":" +
                                                                   std::to_string(place->second.column);
    if (found == known.end()) {
      const auto nearest = base::nearest(key, names);
      return bad(exit_code::configuration,
                 where + ": unknown key " + key + (nearest ? "; did you mean " + *nearest + "?" : ""));
    }
    if (!value.is_string()) return bad(exit_code::configuration, where + ": " + key + " must be text");
    *found->second = value.get<std::string>();
  }
  auto stop = take_options(options, exit_code::configuration, config);
  if (stop) stop->text = "cerebro: " + path + ": " + stop->text.substr(9);
  return stop;
}

}  // namespace

std::variant<Config, ConfigStop> read_config(const std::vector<std::string>& arguments, const ReadFile& read_file) {
  CLI::App app("The brain of cordyna: builds the graph of all declared tasks, decides what runs, records every event.",
               "cerebro");
  app.fallthrough();
  Options options;
  app.add_option("--config", options.config, "YAML file with the long option names, and limits: {NAME: SIZE}");
  app.add_option("--data", options.data, "folder for the log and what tasks print (default ./cordyna-data)");
  app.add_option("--listen", options.listen, "address of the one port (default 127.0.0.1:7070; port 0 picks one)");
  app.add_option("--store", options.store, "sqlite:DIR (default: the data folder), or memory");
  app.add_option("--retention", options.retention, "how long history is kept (default 90d)");
  app.add_option("--log-level", options.log_level, "trace, debug, info, warn or error (default info)");
  app.set_version_flag("--version", "cerebro " + std::string(version));
  const auto* verify = app.add_subcommand("verify", "read the whole log and check it");
  auto* backup = app.add_subcommand("backup", "copy the log into another folder, also while cerebro runs");
  backup->add_option("DIR", options.backup_to, "an empty folder, or one that is not there yet")->required();
  auto* recover = app.add_subcommand("recover", "cut a damaged log in front of the damage and begin a new epoch");
  recover->add_flag("--accept-data-loss", options.accept_data_loss, "yes, what lies behind the damage is given up");
  const auto* compact = app.add_subcommand("compact", "write a snapshot of the sealed part of the log");
  app.require_subcommand(0, 1);

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    return ConfigStop{code == 0 ? exit_code::done : exit_code::usage, code == 0 ? out.str() : "cerebro: " + err.str()};
  }

  Config config;
  if (!options.config.empty())
    if (auto stop = take_file(options.config, read_file, config)) return *stop;
  if (auto stop = take_options(options, exit_code::usage, config)) return *stop;
  if (*verify) config.command = Command::verify;
  if (*backup) config.command = Command::backup;
  if (*recover) config.command = Command::recover;
  if (*compact) config.command = Command::compact;
  config.backup_to = options.backup_to;
  config.accept_data_loss = options.accept_data_loss;
  return config;
}

int exit_code_of(const base::Error& error) {
  static const std::map<std::string, int> codes{{"data_in_use", exit_code::data_in_use},
                                                {"log_corrupt", exit_code::log_corrupt},
                                                {"no_snapshot", exit_code::log_corrupt},
                                                {"unsound_snapshot", exit_code::log_corrupt},
                                                {"newer_format", exit_code::newer_format},
                                                {"confirmation_needed", exit_code::usage},
                                                {"no_log", exit_code::usage},
                                                {"not_empty", exit_code::usage}};
  const auto found = codes.find(error.code);
  return found == codes.end() ? exit_code::io : found->second;
}

}  // namespace cordyna::cerebro

#include "cerebro/config.h"

#include <gtest/gtest.h>

namespace cordyna::cerebro {
namespace {

ReadFile file_with(std::string text) {
  return [text](const std::string&) { return base::Result<std::string>(text); };
}

Config config_of(std::vector<std::string> arguments, std::string file = "") {
  auto read = read_config(arguments, file_with(std::move(file)));
  const auto* stop = std::get_if<ConfigStop>(&read);
  EXPECT_EQ(stop, nullptr) << stop->text;
  return stop == nullptr ? std::get<Config>(read) : Config{};
}
ConfigStop stop_of(std::vector<std::string> arguments, std::string file = "") {
  auto read = read_config(arguments, file_with(std::move(file)));
  EXPECT_TRUE(std::holds_alternative<ConfigStop>(read));
  return std::holds_alternative<ConfigStop>(read) ? std::get<ConfigStop>(read) : ConfigStop{};
}
void expect_stop(const ConfigStop& stop, int code, const std::string& part) {
  EXPECT_EQ(stop.code, code);
  EXPECT_NE(stop.text.find(part), std::string::npos) << stop.text;
}

TEST(Config, has_defaults_for_everything) {
  const Config config = config_of({});
  EXPECT_EQ(config.command, Command::serve);
  EXPECT_EQ(config.data, "./cordyna-data");
  EXPECT_EQ(config.host, "127.0.0.1");
  EXPECT_EQ(config.port, 7070);
  EXPECT_FALSE(config.memory);
}

TEST(Config, takes_options_from_the_command_line) {
  const Config config = config_of(
      {"--data", "d", "--listen", "[::1]:0", "--store", "memory", "--retention", "12h", "--log-level", "warn"});
  EXPECT_EQ(config.data, "d");
  EXPECT_EQ(config.host, "::1");
  EXPECT_EQ(config.port, 0);
  EXPECT_TRUE(config.memory);
  EXPECT_EQ(config.retention, std::chrono::hours(12));
  EXPECT_EQ(config.log_level, "warn");
}

TEST(Config, takes_options_from_a_file_and_prefers_the_command_line) {
  const Config config = config_of({"--config", "f", "--listen", "127.0.0.1:1"},
                                  "listen: 127.0.0.1:2\ndata: there\nlimits: {warehouse: 3}\n");
  EXPECT_EQ(config.port, 1);
  EXPECT_EQ(config.data, "there");
  EXPECT_EQ(config.limits.at("warehouse"), 3U);
}

TEST(Config, refuses_an_unknown_key_of_the_file_with_its_place_and_the_nearest_key) {
  expect_stop(stop_of({"--config", "f"}, "data: d\nlisen: x\n"), 78, "f:2:1: unknown key lisen; did you mean listen?");
}

TEST(Config, refuses_a_file_that_is_no_yaml_or_says_nonsense) {
  expect_stop(stop_of({"--config", "f"}, "a: ["), 78, "f:");
  expect_stop(stop_of({"--config", "f"}, "listen: nowhere"), 78, "HOST:PORT");
  expect_stop(stop_of({"--config", "f"}, "limits: {w: 0}"), 78, "limits.w");
  expect_stop(stop_of({"--config", "f"}, "limits: {W W: 1}"), 78, "W W");
  expect_stop(stop_of({"--config", "f"}, "limits: 3"), 78, "limits");
}

TEST(Config, names_a_file_that_cannot_be_read) {
  const auto read = read_config({"--config", "gone"}, [](const std::string& path) {
    return base::Result<std::string>(base::Error{"io_error", "cannot read " + path});
  });
  expect_stop(std::get<ConfigStop>(read), 78, "cannot read gone");
}

TEST(Config, refuses_an_address_that_others_can_reach) {
  for (const std::string host : {"0.0.0.0", "10.0.0.1", "[::]", "example.com", "127.evil.example"})
    expect_stop(stop_of({"--listen", host + ":7070"}), 77, "outside this machine");
}

TEST(Config, refuses_what_it_does_not_know_with_exit_2) {
  expect_stop(stop_of({"--listen", "7070"}), 2, "HOST:PORT");
  expect_stop(stop_of({"--listen", "127.0.0.1:70700"}), 2, "HOST:PORT");
  expect_stop(stop_of({"--store", "postgres://db/x"}), 2, "not there yet");
  expect_stop(stop_of({"--store", "oracle"}), 2, "sqlite:DIR");
  expect_stop(stop_of({"--retention", "long"}), 2, "retention");
  expect_stop(stop_of({"--log-level", "loud"}), 2, "loud");
  expect_stop(stop_of({"--lisen", "x"}), 2, "--lisen");
  expect_stop(stop_of({"backup"}), 2, "DIR");
}

TEST(Config, knows_what_an_operator_does_with_a_data_folder) {
  EXPECT_EQ(config_of({"verify", "--data", "d"}).data, "d");
  EXPECT_EQ(config_of({"verify"}).command, Command::verify);
  const Config backup = config_of({"backup", "there", "--data", "d"});
  EXPECT_EQ(backup.command, Command::backup);
  EXPECT_EQ(backup.backup_to, "there");
  EXPECT_EQ(backup.data, "d");
  EXPECT_FALSE(config_of({"recover"}).accept_data_loss);
  EXPECT_TRUE(config_of({"recover", "--accept-data-loss"}).accept_data_loss);
  EXPECT_EQ(config_of({"compact"}).command, Command::compact);
}

TEST(Config, shows_help_and_version_with_exit_0) {
  expect_stop(stop_of({"--help"}), 0, "--listen");
  expect_stop(stop_of({"--version"}), 0, "cerebro 0.1.0");
}

TEST(Config, gives_each_trouble_of_the_log_its_exit_code) {
  EXPECT_EQ(exit_code_of({"data_in_use", ""}), 73);
  EXPECT_EQ(exit_code_of({"io_error", ""}), 74);
  EXPECT_EQ(exit_code_of({"log_corrupt", ""}), 75);
  EXPECT_EQ(exit_code_of({"newer_format", ""}), 76);
}

}  // namespace
}  // namespace cordyna::cerebro

#include "fuzz/seeds.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cerebro/snapshot.h"
#include "engine/engine.h"
#include "fuzz/engine_step.h"
#include "golden/story.h"
#include "log/record.h"
#include "wire/event_codec.h"
#include "wire/session_codec.h"

namespace cordyna::fuzz {
namespace {

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::exists(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    texts.push_back(text.str());
  }
  return texts;
}

/// One of every kind of item.
std::vector<model::Item> every_item() {
  return {model::Hello{1, "shop", "sales", "abcdefgh", 4, "00ff", {"x"}, {{"r", "shop/a", 1, "t", {}}}},
          model::Declare{0, true, "{}"},
          model::Ready{},
          model::Update{},
          model::Log{"t", 9, "text"},
          model::Draining{},
          model::Goodbye{},
          model::Welcome{"cluster", true},
          model::RunCommand{},
          model::CancelCommand{"1.7", "run_cancelled"},
          model::CheckCommand{},
          model::Ack{7},
          model::Heartbeat{}};
}

std::vector<std::string> from_story(const std::string& target, const std::string& story) {
  const std::vector<testing::LoggedEvent> logged = testing::events_of_story(story);
  std::vector<model::Event> events;
  for (const auto& one : logged) events.push_back(one.event);
  if (target == "log_events") return {wire::encode_events(events)};
  if (target == "log_record") {
    log::Batch batch;
    batch.first_seq = 1;
    batch.count = static_cast<std::uint32_t>(events.size());
    batch.events = wire::encode_events(events);
    return {log::encode_record(batch, 1, log::chain_start("cluster")).bytes};
  }
  engine::State state;
  for (const auto& one : logged) engine::apply(state, one.event, one.seq, one.now);
  std::string bytes = cerebro::save_snapshot(state, {});
  bytes.resize(bytes.size() - 16);  // the target puts a hash of its own behind
  return {bytes};
}

}  // namespace

std::vector<std::string> seeds(const std::string& target) {
  std::vector<std::string> all = files_in(std::filesystem::path(CORDYNA_FUZZ_CORPUS) / target);
  if (target == "session_proto") all.push_back(wire::encode(every_item(), wire::Encoding::proto));
  if (target == "session_json") all.push_back(wire::encode(every_item(), wire::Encoding::json));
  if (target == "engine_step")
    for (std::string& tape : engine_step_seeds()) all.push_back(std::move(tape));
  if (target == "log_events" || target == "log_record" || target == "snapshot")
    for (const std::string& story : files_in(CORDYNA_GOLDEN_CASES))
      for (std::string& one : from_story(target, story)) all.push_back(std::move(one));
  return all;
}

}  // namespace cordyna::fuzz

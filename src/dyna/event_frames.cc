#include "dyna/event_frames.h"

namespace cordyna::dyna {

bool EventFrames::read(std::string_view bytes, const OnStreamEvent& on_event) {
  rest_ += bytes;
  std::size_t begin = 0, end = 0;
  bool wanted = true;
  while (wanted && (end = rest_.find('\n', begin)) != std::string::npos) {
    std::string_view line(rest_.data() + begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin = end + 1;
    if (!line.empty()) {
      take(line);
      continue;
    }
    if (has_data_) wanted = on_event(frame_);
    frame_ = {};
    has_data_ = false;
  }
  rest_.erase(0, begin);
  return wanted;
}

void EventFrames::take(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);  // empty for a comment
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id") frame_.id = value;
  if (field == "event") frame_.kind = value;
  if (field != "data") return;
  if (has_data_) frame_.data += '\n';
  frame_.data += value;
  has_data_ = true;
}

}  // namespace cordyna::dyna

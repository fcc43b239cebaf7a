#pragma once
// Server-sent events out of bytes that come in pieces of any size.

#include <string>
#include <string_view>

#include "dyna/api.h"

namespace cordyna::dyna {

class EventFrames {
 public:
  /// Calls `on_event` for every frame that is complete by now. False as soon as `on_event` said so.
  bool read(std::string_view bytes, const OnStreamEvent& on_event);

 private:
  void take(std::string_view line);

  std::string rest_;  // the beginning of a line
  StreamEvent frame_;
  bool has_data_ = false;
};

}  // namespace cordyna::dyna

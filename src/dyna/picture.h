#pragma once
// A text that is drawn again in its own place on a terminal. It never takes more lines than the screen has: what does
// not fit is left out at the top, because the newest and deepest stand at the bottom.

#include <string>

#include "dyna/world.h"

namespace cordyna::dyna {

class Picture {
 public:
  explicit Picture(const Screen& screen) : screen_(screen) {}

  void draw(const std::string& text);
  /// A line below what is drawn now.
  void note(const std::string& line);
  /// For the last time, whole and uncut: it stays in the scroll-back.
  void finish(const std::string& text);

 private:
  std::string fitting(const std::string& text) const;
  void replace(const std::string& text);

  const Screen& screen_;
  std::string last_;
  std::size_t lines_ = 0;  // on the screen now
};

}  // namespace cordyna::dyna

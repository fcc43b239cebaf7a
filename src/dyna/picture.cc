#include "dyna/picture.h"

#include <algorithm>
#include <ostream>

#include "dyna/ink.h"

namespace cordyna::dyna {

std::string Picture::fitting(const std::string& text) const {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(cut(text.substr(begin, end - begin), screen_.width));
    begin = end + 1;
  }
  const std::size_t room = std::max<std::size_t>(screen_.height, 4) - 2;  // one for a note, one for the cursor
  std::string fit;
  std::size_t first = 0;
  if (lines.size() > room) {
    first = lines.size() - room + 1;
    fit = "… " + std::to_string(first) + " more lines above\n";
  }
  for (std::size_t i = first; i < lines.size(); ++i) fit += lines[i] + '\n';
  return fit;
}

void Picture::replace(const std::string& text) {
  if (lines_ > 0) *screen_.stream << "\x1b[" << lines_ << "A\r\x1b[J";
  *screen_.stream << text << std::flush;
  lines_ = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

void Picture::draw(const std::string& text) {
  last_ = fitting(text);
  replace(last_);
}

void Picture::note(const std::string& line) {
  replace(last_ + cut(line, screen_.width) + '\n');
}

void Picture::finish(const std::string& text) {
  replace(text);
}

}  // namespace cordyna::dyna

#include "model/path.h"

namespace cordyna::model {

std::string Path::text() const {
  if (!parent) return "";
  std::string text = parent->text();
  if (key.empty()) return text.append(1, '[').append(std::to_string(index)).append(1, ']');
  if (!text.empty()) text += '.';
  return text.append(key);
}

}  // namespace cordyna::model

#pragma once
// Equal policies share one object: a company has dozens of them and a million tasks. Used while a declaration is read.

#include <map>
#include <memory>
#include <string>

#include "model/declaration.h"

namespace cordyna::wire {

class PolicyPool {
 public:
  std::shared_ptr<const model::Policy> shared(model::Policy policy);

 private:
  std::map<std::string, std::shared_ptr<const model::Policy>> by_text_;  // the key spells every field
  std::shared_ptr<const model::Policy> last_;                            // neighbours are mostly alike
};

}  // namespace cordyna::wire

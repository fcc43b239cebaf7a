#pragma once
// What a cordyna::Task has gathered: the JSON of its declaration, written key by key as the setters are called, and
// what is to be done when it runs.

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "cordyna/task.h"

namespace cordyna {

struct Task::State {
  std::string name;
  nlohmann::json declaration = nlohmann::json::object();  // the keys of a task in the YAML file
  Work run;
  std::function<bool(TaskContext&)> check;
};

}  // namespace cordyna

#pragma once
// TemplateText: text with {{ ... }} in `run`, `shell` and `environment` of a YAML task-server. The list of what may
// stand there is closed, on purpose: it is no language. Parsed once when the file is read, so that a wrong one is a
// finding of the declaration and not a failure at night; rendered for every attempt.
//
//   {{ scheduled_at }}  {{ scheduled_at | date }}  {{ run_id }}  {{ attempt }}  {{ env }}
//   {{ params.NAME }}   {{ inputs.TASK.NAME }} with TASK as the upstream entry is written

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/session.h"

namespace cordyna::task_server {

/// What templates of one task may name.
struct TemplateNames {
  std::vector<std::string> params;     // that its schema declares
  std::vector<std::string> upstreams;  // the text of its upstream entries
};

/// What they stand for in one attempt.
struct TemplateValues {
  const model::RunCommand& run;
  nlohmann::json params;
  nlohmann::json inputs;
};

enum class Rendering {
  plain,
  shell,  // refuses values with characters that mean something to a shell
};

class TemplateText {
 public:
  /// Errors: unknown_template, whose message names it and what may stand there.
  static base::Result<TemplateText> parse(std::string_view text, const TemplateNames& names);

  /// Errors: template_value, when there is no such param or input, or a shell would not take its value as text.
  base::Result<std::string> render(const TemplateValues& values, Rendering rendering = Rendering::plain) const;

 private:
  enum class Word { scheduled_at, scheduled_date, run_id, attempt, env };
  struct Param {
    std::string name;
  };
  struct Input {
    std::string upstream;
    std::string name;
  };
  using Part = std::variant<std::string, Word, Param, Input>;

  static base::Result<Part> parse_part(std::string_view inside, const TemplateNames& names);
  static base::Result<Part> parse_input(std::string_view rest, std::string_view inside, const TemplateNames& names);
  static base::Result<std::string> value_of(const Part& part, const TemplateValues& values);

  std::vector<Part> parts_;
};

}  // namespace cordyna::task_server

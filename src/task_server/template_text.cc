#include "task_server/template_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "task_server/zone_date.h"

namespace cordyna::task_server {
namespace {

using base::Error;
using base::Result;
using Json = nlohmann::json;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

Error unknown(std::string_view inside, std::string_view why) {
  return {"unknown_template",
          fmt::format("{{{{ {} }}}} {}: write scheduled_at, scheduled_at | date, run_id, attempt, env, params.NAME or "
                      "inputs.TASK.NAME",
                      inside, why)};
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Text as it is, anything else as JSON.
std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The instant the run stands for, else the one it was created at.
const std::string& instant_of(const model::RunCommand& run) {
  return run.scheduled_at.empty() ? run.created_at : run.scheduled_at;
}

Result<std::string> date_of(const model::RunCommand& run) {
  const auto time = base::parse_time(instant_of(run));
  if (!time) return Error{"template_value", "{{ scheduled_at | date }}: " + time.error().message};
  auto date = date_in_zone(*time, run.timezone);
  if (!date) return Error{"template_value", "{{ scheduled_at | date }}: this machine has no time zone " + run.timezone};
  return std::move(*date);
}

bool is_plain_to_a_shell(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || static_cast<unsigned char>(c) >= 0x80U || std::string_view("_-./:@%+=, ").find(c) < 12;
  });
}

}  // namespace

Result<TemplateText> TemplateText::parse(std::string_view text, const TemplateNames& names) {
  TemplateText parsed;
  while (!text.empty()) {
    const std::size_t open = text.find("{{");
    if (open > 0) parsed.parts_.emplace_back(std::string(text.substr(0, open)));
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos) return unknown(trimmed(text.substr(open + 2)), "is not closed by }}");
    auto part = parse_part(trimmed(text.substr(open + 2, close - open - 2)), names);
    if (!part) return part.error();
    parsed.parts_.push_back(std::move(*part));
    text.remove_prefix(close + 2);
  }
  return parsed;
}

Result<TemplateText::Part> TemplateText::parse_part(std::string_view inside, const TemplateNames& names) {
  if (inside == "scheduled_at") return Part(Word::scheduled_at);
  if (inside == "run_id") return Part(Word::run_id);
  if (inside == "attempt") return Part(Word::attempt);
  if (inside == "env") return Part(Word::env);
  const std::size_t bar = inside.find('|');
  if (bar != std::string_view::npos && trimmed(inside.substr(0, bar)) == "scheduled_at" &&
      trimmed(inside.substr(bar + 1)) == "date")
    return Part(Word::scheduled_date);
  if (inside.starts_with("params.")) {
    const std::string_view name = inside.substr(7);
    if (!contains(names.params, name)) return unknown(inside, "names no param that the task's `params` declare");
    return Part(Param{std::string(name)});
  }
  if (inside.starts_with("inputs.")) return parse_input(inside.substr(7), inside, names);
  return unknown(inside, "is not known");
}

/// Task names have dots of their own: the longest upstream entry that fits is meant.
Result<TemplateText::Part> TemplateText::parse_input(std::string_view rest, std::string_view inside,
                                                     const TemplateNames& names) {
  std::string_view found;
  for (const std::string& upstream : names.upstreams) {
    const bool fits = rest.size() > upstream.size() + 1 && rest.starts_with(upstream) && rest[upstream.size()] == '.';
    if (fits && upstream.size() > found.size()) found = upstream;
  }
  if (found.empty()) return unknown(inside, "names no upstream entry of the task, or nothing of its result");
  return Part(Input{std::string(found), std::string(rest.substr(found.size() + 1))});
}

Result<std::string> TemplateText::value_of(const Part& part, const TemplateValues& values) {
  if (const auto* word = std::get_if<Word>(&part)) {
    switch (*word) {
      case Word::scheduled_at:
        return instant_of(values.run);
      case Word::scheduled_date:
        return date_of(values.run);
      case Word::run_id:
        return values.run.run_id;
      case Word::attempt:
        return std::to_string(values.run.attempt);
      case Word::env:
        return values.run.env;
    }
  }
  if (const auto* param = std::get_if<Param>(&part)) {
    if (values.params.is_object() && values.params.contains(param->name)) return text_of(values.params[param->name]);
    return Error{"template_value",
                 fmt::format("{{{{ params.{} }}}}: the run gives no such param and it has no default", param->name)};
  }
  const auto& input = std::get<Input>(part);
  const Json* result =
      values.inputs.is_object() && values.inputs.contains(input.upstream) ? &values.inputs[input.upstream] : nullptr;
  if (result != nullptr && result->is_object() && result->contains(input.name)) return text_of((*result)[input.name]);
  return Error{"template_value", fmt::format("{{{{ inputs.{}.{} }}}}: the result of {} has no {}", input.upstream,
                                             input.name, input.upstream, input.name)};
}

Result<std::string> TemplateText::render(const TemplateValues& values, Rendering rendering) const {
  std::string text;
  for (const Part& part : parts_) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      text += *literal;
      continue;
    }
    auto value = value_of(part, values);
    if (!value) return value.error();
    if (rendering == Rendering::shell && !is_plain_to_a_shell(*value))
      return Error{"template_value",
                   fmt::format("the value {} is not put into a shell command, where it could become code: use `run` "
                               "with a list, or read $CORDYNA_PARAMS or $CORDYNA_INPUTS",
                               Json(*value).dump(-1, ' ', false, Json::error_handler_t::replace))};
    text += *value;
  }
  return text;
}

}  // namespace cordyna::task_server

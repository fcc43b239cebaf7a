// dyna run: selectors and params in, a run id out.

#include <fmt/format.h>

#include <map>

#include "dyna/acts.h"
#include "dyna/ask.h"
#include "dyna/names.h"
#include "dyna/nearest.h"
#include "dyna/run_wait.h"

namespace cordyna::dyna::acts {
namespace {

bool says_text(const Json& schema) {
  const Json& type = at(schema, "type");
  if (type.is_string()) return text_of(type) == "string";
  for (const Json& one : type.is_array() ? type : Json::array())
    if (text_of(one) == "string") return true;
  const Json& choices = list_at(schema, "enum");
  for (const Json& one : choices)
    if (!one.is_string()) return false;
  return !choices.empty();
}

/// The schemas of the params that the selected tasks declare, by param; the first task that declares one wins. A task
/// that cannot be read declares nothing: cerebro will say what is wrong with it.
base::Result<std::map<std::string, Json>> declared_params(Context& context, const std::vector<std::string>& selectors) {
  std::map<std::string, Json> schemas;
  for (const std::string& selector : selectors) {
    const std::string task = task_in(selector);
    if (task.find('/') == std::string::npos) continue;
    const auto answer = ask(context, {.path = task_path(task)});
    if (!answer && answer.error().code == "refused") continue;
    if (!answer) return answer.error();
    const Json& properties = at(at(answer->document, "params"), "properties");
    if (!properties.is_object()) continue;
    for (const auto& property : properties.items()) schemas.emplace(property.key(), property.value());
  }
  return schemas;
}

base::Result<Json> value_of(const std::string& key, const std::string& text,
                            const std::map<std::string, Json>& schemas) {
  const auto schema = schemas.find(key);
  if (schema != schemas.end() && says_text(schema->second)) return Json(text);
  Json value = parsed(text);
  if (!value.is_discarded()) return value;
  if (schema == schemas.end()) return Json(text);  // nobody declares it here: cerebro knows better, or refuses it
  return base::Error{"usage", fmt::format("--param {}={}: the task wants {}, and this is no JSON", key, text,
                                          plain(dumped(schema->second)))};
}

base::Result<Json> params_of(Context& context, const std::vector<std::string>& selectors) {
  Json params = Json::object();
  const std::vector<std::string> given = context.arguments.list("--param");
  if (given.empty()) return params;
  const auto schemas = declared_params(context, selectors);
  if (!schemas) return schemas.error();
  for (const std::string& pair : given) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return base::Error{"usage", "--param " + plain(pair) + ": write it as NAME=VALUE"};
    const std::string key = pair.substr(0, equals);
    if (params.contains(key)) return base::Error{"usage", "--param " + plain(key) + " is given more than once"};
    auto value = value_of(key, pair.substr(equals + 1), *schemas);
    if (!value) return value.error();
    params[key] = std::move(*value);
  }
  return params;
}

base::Result<Json> body_of(Context& context) {
  std::vector<std::string> selectors;
  for (const std::string& given : context.arguments.list("SELECTOR")) {
    auto selector = resolved_selector(context, given);
    if (!selector) return selector.error();
    selectors.push_back(std::move(*selector));
  }
  auto params = params_of(context, selectors);
  if (!params) return params.error();
  const auto env = context.arguments.text("--env");
  return Json{{"select", selectors},
              {"params", *params},
              {"only", context.arguments.has("--only")},
              {"followers", !context.arguments.has("--no-followers")},
              {"force", context.arguments.has("--force")},
              {"env", env ? Json(*env) : Json()},
              {"reason", context.arguments.text_or("--reason", "")},
              {"automated", false}};
}

}  // namespace

Act run(Context& context) {
  auto body = body_of(context);
  if (!body) return body.error();
  const auto answer = ask(context, {.method = "POST",
                                    .path = "/runs",
                                    .body = std::move(*body),
                                    .headers = {{"idempotency-key", context.world.random()}},
                                    .repeatable = true});
  if (!answer) return answer.error();
  const std::string run_id = text_at(answer->document, "run_id");
  context.out() << plain(run_id) << '\n' << std::flush;
  if (!context.arguments.has("--wait")) return exit_code::done;
  return wait_for_started_run(context, run_id);
}

}  // namespace cordyna::dyna::acts

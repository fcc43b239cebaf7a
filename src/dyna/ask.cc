#include "dyna/ask.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace cordyna::dyna {
namespace {

constexpr int attempts_max = 5;
constexpr auto first_pause = std::chrono::milliseconds(200);
constexpr std::size_t page_size = 1000;

/// True when no text inside has bytes that are not UTF-8 (they can only come from the command line).
bool is_text(const Json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return base::valid_utf8(*text);
  if (!value.is_structured()) return true;
  for (const auto& item : value.items())
    if (!base::valid_utf8(item.key()) || !is_text(item.value())) return false;
  return true;
}

/// What to look at after cerebro refused something below `target`.
std::string_view next_command(int status, std::string_view code) {
  if (status == 503 || status == 429) return "try again in a moment, or see what is wrong: dyna doctor";
  if (status == 507) return "the disk of cerebro is full: dyna doctor";
  if (status >= 500) return "see what is wrong: dyna doctor";
  if (code == "run_not_failed" || code == "run_final" || code == "retry_live" || code == "nothing_late")
    return "see how the run stands: dyna show RUN";
  if (status == 404) return "see what there is: dyna runs, dyna tasks, dyna servers";
  return {};
}

std::string findings_text(const Json& problem) {
  std::string text;
  for (const Json& entry : list_at(problem, "errors")) {
    const std::string path = plain(text_at(entry, "path")), fix = plain(text_at(entry, "fix"));
    text += fmt::format("\n  {}{}{}", path, path.empty() ? "" : ": ", plain(text_at(entry, "message")));
    if (!fix.empty()) text += "\n    fix: " + fix;
  }
  return text;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char byte : text) {
    const bool kept = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                      std::string_view("-_.~/:+*").find(byte) != std::string_view::npos;
    if (kept && byte != '+')
      encoded += byte;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
  }
  return encoded;
}

std::string task_path(std::string_view task) {
  return "/tasks/" + percent_encoded(task);
}

base::HttpRequest request_of(const Context& context, const Question& question) {
  base::HttpRequest request;
  request.method = question.method;
  request.target = question.path.starts_with("//") ? question.path.substr(1) : "/api/v1" + question.path;
  char separator = '?';
  for (const auto& [key, value] : question.query) {
    if (value.empty()) continue;
    request.target += separator + key + '=' + percent_encoded(value);
    separator = '&';
  }
  request.headers = question.headers;
  request.headers.emplace_back("cordyna-actor", context.world.actor);
  return request;
}

base::Error connection_error(const Context& context, const base::Error& error) {
  if (error.code == "bad_url")
    return {"usage",
            fmt::format("{} is not the address of a cerebro: write for example http://127.0.0.1:7070 with --url "
                        "or in $CORDYNA_URL",
                        plain(context.url))};
  if (error.code == "broken")
    return {"broken",
            fmt::format("the connection to cerebro at {} broke before it answered: {}\n  it may or may not have "
                        "been done; look before you repeat it: dyna runs, dyna events",
                        context.url, plain(error.message))};
  return {"not_reachable",
          fmt::format("cerebro is not reachable at {}: {}\n  start it with `dyna up`, or say where it is "
                      "with --url or $CORDYNA_URL",
                      context.url, plain(error.message))};
}

base::Error refusal(const Context& context, const base::HttpResponse& response) {
  const Json problem = parsed(response.body);
  if (!problem.is_object())
    return {
        "not_reachable",
        fmt::format("what answers at {} is not cerebro (status {}, no problem document)\n  say where cerebro is with "
                    "--url or $CORDYNA_URL",
                    context.url, response.status)};
  std::string what = plain(text_at(problem, "detail"));
  if (what.empty()) what = plain(text_at(problem, "title"));
  const std::string code = plain(text_at(problem, "code"));
  std::string text = fmt::format("cerebro refused: {} ({}{}{})", what, response.status, code.empty() ? "" : " ", code);
  text += findings_text(problem);
  if (const auto next = next_command(response.status, code); !next.empty()) text += "\n  " + std::string(next);
  return {response.status == 503 ? "unavailable" : "refused", text};
}

base::Result<base::HttpResponse> ask_plain(Context& context, const Question& question) {
  base::HttpRequest request = request_of(context, question);
  if (question.body) {
    if (!is_text(*question.body)) return base::Error{"usage", "an argument is not valid UTF-8: write it in UTF-8"};
    request.body = dumped(*question.body);
    if (request.header("content-type").empty()) request.headers.emplace_back("content-type", "application/json");
  }
  const bool repeatable = question.repeatable || question.method == "GET";
  base::Duration pause = first_pause;
  bool broke = false;
  for (int attempt = 1;; ++attempt) {
    auto response = context.api.request(request);
    if (response) {
      if (response->status >= 200 && response->status < 300) return response;
      return refusal(context, *response);
    }
    broke = broke || response.error().code == "broken";
    if (!broke || !repeatable || attempt == attempts_max) return connection_error(context, response.error());
    context.world.pause(pause);
    pause *= 2;
  }
}

base::Result<Answer> ask(Context& context, const Question& question) {
  auto response = ask_plain(context, question);
  if (!response) return response.error();
  Json document = parsed(response->body);
  if (document.is_discarded())
    return base::Error{
        "not_reachable",
        fmt::format("what answers at {} is not cerebro: its answer to {} {} is no JSON\n  say where cerebro "
                    "is with --url or $CORDYNA_URL",
                    context.url, question.method, question.path)};
  return Answer{std::move(*response), std::move(document)};
}

base::Result<Json> ask_all(Context& context, Question question, const std::string& key, std::size_t max) {
  Json all = {{key, Json::array()}, {"next", nullptr}};
  while (true) {
    const std::size_t rest = max - all[key].size();
    Question page = question;
    page.query.emplace_back("limit", std::to_string(std::min(rest, page_size)));
    page.query.emplace_back("cursor", text_at(all, "next"));
    const auto answer = ask(context, page);
    if (!answer) return answer.error();
    for (const Json& item : list_at(answer->document, key)) all[key].push_back(item);
    const bool more = !text_at(answer->document, "next").empty();
    all["next"] = more ? at(answer->document, "next") : Json();
    if (!more || all[key].size() >= max) return all;
  }
}

}  // namespace cordyna::dyna

#pragma once
// Asking cerebro: builds the request (actor, JSON, percent-encoding), repeats it when that is safe, and turns what is
// not an answer into an Error that says what to do next.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dyna/context.h"
#include "dyna/fields.h"

namespace cordyna::dyna {

struct Question {
  std::string method = "GET";
  std::string path;  // below /api/v1, encoded: "/runs"; "//readyz" is "/readyz"
  std::vector<std::pair<std::string, std::string>> query = {};  // not encoded; an empty value is left out
  std::optional<Json> body = std::nullopt;
  std::vector<std::pair<std::string, std::string>> headers = {};
  bool repeatable = false;  // may be sent again after a broken connection; a GET always is
};

struct Answer {
  base::HttpResponse response;
  Json document;
};

/// Errors: usage (a text that is not UTF-8), not_reachable, broken, refused (with every finding).
base::Result<Answer> ask(Context& context, const Question& question);

/// The same without looking at the body, which need not be JSON.
base::Result<base::HttpResponse> ask_plain(Context& context, const Question& question);

/// The pages of a list as one document {"KEY": [...], "next": ...}, until there is no more or `max` are there; "next"
/// is null unless there are more.
base::Result<Json> ask_all(Context& context, Question question, const std::string& key, std::size_t max = SIZE_MAX);

/// The request line and headers of a question, without its body.
base::HttpRequest request_of(const Context& context, const Question& question);

/// An Error "refused" ("unavailable" when cerebro cannot answer yet) out of a problem document, or "not_reachable" if
/// the answer cannot be cerebro's.
base::Error refusal(const Context& context, const base::HttpResponse& response);

/// Completes an Error of Api with the address and the remedy.
base::Error connection_error(const Context& context, const base::Error& error);

std::string percent_encoded(std::string_view text);

/// "/tasks/server/task", encoded.
std::string task_path(std::string_view task);

}  // namespace cordyna::dyna

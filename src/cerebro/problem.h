#pragma once
// Refusals over HTTP as RFC 9457 problem documents. One place, so that every refusal of cerebro looks the same.

#include <string>

#include "base/transport.h"
#include "model/declaration.h"
#include "model/finding.h"

namespace cordyna::cerebro {

struct Problem {
  int status = 400;
  std::string code;    // snake_case, for programs
  std::string detail;  // a sentence that names the object and the remedy
  model::Findings errors;
};

base::HttpResponse response_of(const Problem& problem);
base::HttpResponse json_response(int status, const model::Json& body);
/// The HTTP status for a code of engine::Refusal or base::Error (409 run_final, 422 unknown_target ...).
int status_of(std::string_view code);

}  // namespace cordyna::cerebro

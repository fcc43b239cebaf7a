#pragma once
// CloudEvents 1.0 from an HTTP request: structured and batch (JSON) and binary (ce-* headers). All findings at once;
// one bad event refuses the whole batch. cerebro's POST /events is the user.

#include <vector>

#include "base/transport.h"
#include "model/cloud_event.h"
#include "model/finding.h"

namespace cordyna::wire {

struct ReadCloudEvents {
  std::vector<model::CloudEvent> events;  // in the order of the request, empty when there are findings
  model::Findings findings;
  int status = 202;  // with findings the HTTP status that fits them: 400, 413, 415 or 422
};

/// Content hashes are equal for the same event in every mode; `traceparent` and `tracestate` do not count, because a
/// repeated sending may be traced anew. Rules: unsupported_media_type, bad_json, duplicate_key, too_deep, too_large,
/// missing_attribute, bad_attribute, unknown_version, bad_data.
ReadCloudEvents read_cloud_events(const base::HttpRequest& request);

}  // namespace cordyna::wire

#pragma once
// The text of a declaration as parts that the log keeps once: an edit of one task in a large declaration changes the
// parts around it and no other, so the log does not grow by all of it, nor does anybody wait while all of it is
// written.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/step.h"
#include "log/event_log.h"

namespace cordyna::cerebro {

/// Where a part ends is decided by the bytes before, so equal stretches of two texts fall into equal parts wherever
/// they stand. Parts have 16 to 256 KiB, 64 KiB or so, the last one less. One part at least, a few ns a byte.
///
/// Source: the rolling hash "gear" of W. Xia et al., "FastCDC", USENIX ATC 2016.
engine::NewBlobs parts_of(std::string_view text);

/// The text of those parts. Errors: those of `blob`.
base::Result<std::string> text_of(const std::vector<base::Hash128>& parts,
                                  const std::function<base::Result<std::string>(base::Hash128)>& blob);

/// Lets the log have the parts a few at a time, other batches in between, before the event that names them.
void write_ahead(log::EventLog& log, const engine::NewBlobs& parts);

}  // namespace cordyna::cerebro

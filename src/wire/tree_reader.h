#pragma once
// Typed reading of a Document: each accessor gives the value, or nothing and a finding that says where, what and how to
// mend it. `null` counts as absent everywhere, so that a program may write every key. Used by the reader of
// declarations.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/path.h"
#include "wire/document.h"

namespace cordyna::wire {

using model::Path;

/// The node and where it stands.
struct Node {
  const model::Json& json;
  const Path& path;
};

struct Range {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

class TreeReader {
 public:
  explicit TreeReader(const Document& document) : document_(document) {}

  void refuse(const std::string& path, std::string rule, std::string message, std::string fix);
  void refuse(const Path& path, std::string rule, std::string message, std::string fix);
  /// Takes a finding from elsewhere, adds line and column, drops it when its path has an error already.
  void take(model::Finding finding);
  /// At most limits::findings_max of them, then one that says how many more.
  model::Findings findings() &&;

  /// Refuses each key that is not known, naming the nearest that is. False when the node is no object.
  bool object(const Node& node, std::span<const std::string_view> known, std::string_view example);
  /// The member, null when absent or null.
  static const model::Json* member(const model::Json& object, std::string_view key);

  std::optional<std::string> text(const Node& node);
  std::optional<bool> boolean(const Node& node);
  std::optional<std::int64_t> integer(const Node& node, Range range);
  std::optional<base::Duration> duration(const Node& node);
  /// A decimal number from 0 to `max`, in thousandths.
  std::optional<std::uint32_t> permille(const Node& node, std::uint32_t max);
  /// Position of the text among `words`.
  std::optional<std::size_t> word(const Node& node, std::span<const std::string_view> words);
  /// A list of texts; what is no text is left out.
  std::vector<std::string> texts(const Node& node, std::string_view example);

 private:
  const std::string* spelling(const Path& path) const;
  void wrong_type(const Path& path, std::string_view wanted, const model::Json& found, std::string fix);

  const Document& document_;
  model::Findings findings_;
  std::map<std::string, std::size_t> errors_at_;  // path -> errors there
  std::size_t dropped_ = 0;
};

}  // namespace cordyna::wire

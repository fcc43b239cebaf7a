#include "cerebro/text_parts.h"

#include <array>
#include <cstdint>

#include "base/limits.h"

namespace cordyna::cerebro {
namespace {

constexpr std::size_t bytes_min = 16U << 10;
constexpr std::uint64_t ends = std::uint64_t{0xffff} << 48;  // one place in 65,536

/// A number for each byte that has nothing to do with its value (splitmix64, S. Vigna).
constexpr std::array<std::uint64_t, 256> gear = [] {
  std::array<std::uint64_t, 256> numbers{};
  std::uint64_t seed = 0;
  for (std::uint64_t& number : numbers) {
    std::uint64_t mixed = seed += 0x9e37'79b9'7f4a'7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11eb;
    number = mixed ^ mixed >> 31;
  }
  return numbers;
}();

std::size_t length_of_first_part(std::string_view text) {
  const std::size_t most = std::min(text.size(), base::limits::text_part_bytes_max);
  std::uint64_t hash = 0;
  for (std::size_t at = std::min(bytes_min, most); at < most; ++at) {
    hash = (hash << 1) + gear[static_cast<unsigned char>(text[at])];
    if ((hash & ends) == 0) return at + 1;
  }
  return most;
}

}  // namespace

engine::NewBlobs parts_of(std::string_view text) {
  engine::NewBlobs parts;
  do {
    const std::string_view part = text.substr(0, length_of_first_part(text));
    text.remove_prefix(part.size());
    parts.push_back({base::hash128(part), std::string(part)});
  } while (!text.empty());
  return parts;
}

base::Result<std::string> text_of(const std::vector<base::Hash128>& parts,
                                  const std::function<base::Result<std::string>(base::Hash128)>& blob) {
  std::string text;
  for (const base::Hash128& part : parts) {
    const auto bytes = blob(part);
    if (!bytes.ok()) return bytes.error();
    text += *bytes;
  }
  return text;
}

void write_ahead(log::EventLog& log, const engine::NewBlobs& parts) {
  if (parts.size() == 1) return;  // as small as other batches
  std::vector<log::Blob> some;
  std::size_t bytes = 0;
  for (const engine::NewBlob& part : parts) {
    some.push_back({part.id, part.bytes});
    bytes += part.bytes.size();
    if (bytes < base::limits::text_part_bytes_max && &part != &parts.back()) continue;
    log.write_ahead(std::exchange(some, {}));
    bytes = 0;
  }
}

}  // namespace cordyna::cerebro

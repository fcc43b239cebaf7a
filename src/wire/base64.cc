#include "wire/base64.h"

#include <cstddef>
#include <cstdint>

namespace cordyna::wire {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) text += i + j <= bytes.size() ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t padding = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const std::size_t digit = digits.find(text[i + j]);
      const bool pads = text[i + j] == '=' && i + 4 == text.size() && j >= 2;
      if (pads) ++padding;
      if (!pads && (padding > 0 || digit == std::string_view::npos)) return std::nullopt;
      group = group << 6 | (pads ? 0U : static_cast<std::uint32_t>(digit));
    }
    for (std::size_t j = 0; j + padding < 3; ++j) bytes += static_cast<char>(group >> (16 - 8 * j) & 0xff);
  }
  return base64(bytes) == text ? std::optional(std::move(bytes)) : std::nullopt;  // no stray bits before the padding
}

}  // namespace cordyna::wire

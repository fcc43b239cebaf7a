#pragma once
// Completion scripts for shells.

#include <string>
#include <string_view>

namespace cordyna::dyna {

/// For "bash", "zsh" or "fish"; "" for any other shell.
std::string completion_script(std::string_view shell);

}  // namespace cordyna::dyna

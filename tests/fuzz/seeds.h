#pragma once
// Where fuzzing begins: good input for each target. Texts lie in corpus/TARGET/, together with whatever was found to
// break something once; what is binary is made from the golden stories, so that it never falls behind the formats.

#include <string>
#include <vector>

namespace cordyna::fuzz {

std::vector<std::string> seeds(const std::string& target);

}  // namespace cordyna::fuzz

#pragma once
// dyna up with real processes.

#include "dyna/world.h"

namespace cordyna::dyna {

/// Runs until everything has ended and returns the exit code. Takes SIGINT, SIGTERM and SIGCHLD of the process; to be
/// called before it has threads. 2: a file or the cerebro program is missing.
int run_up(const UpRequest& request, const Screen& out, const Screen& err);

/// The cordyna.yaml and *.cordyna.yaml of `folder`, sorted.
std::vector<std::string> files_here(const std::string& folder);

/// The program `name` beside `self`, else in the folders of `path` ("a:b"); "" if there is none.
std::string found_program(const std::string& name, const std::string& self, const std::string& path);

}  // namespace cordyna::dyna

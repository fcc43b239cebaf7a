#pragma once
// cerebro verify | backup | recover | compact: what an operator does with a data folder while no cerebro runs on it.

#include "cerebro/config.h"

namespace cordyna::cerebro {

/// Prints to stdout what was found, to stderr why not; returns the exit code.
int run_data_command(const Config& config);

}  // namespace cordyna::cerebro

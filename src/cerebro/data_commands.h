#pragma once
// cerebro verify | backup | recover | compact: what an operator does with a data folder. verify and
// recover want it for themselves; backup and compact also work beside a running cerebro.

#include "cerebro/config.h"

namespace cordyna::cerebro {

/// Prints to stdout what was found, to stderr why not; returns the exit code.
int run_data_command(const Config& config);

}  // namespace cordyna::cerebro

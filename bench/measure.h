#pragma once
// What the benches measure with: the clock, quantiles, the load of the machine, and the floors of the same minute
// beside which figures stand, because the disk of one machine varies by a factor of ten within a day.

#include <string>
#include <vector>

namespace cordyna::bench {

/// What cannot be measured or was not right: says why on stderr and ends the program with 1, before a figure is
/// printed.
[[noreturn]] void give_up(const std::string& why);

double now_us();  // monotonic
/// The value below which `part` (0 to 1) of the values lie; 0 of none.
double quantile(std::vector<double> values, double part);
/// Of the last minute, as the kernel counts it.
double load();
/// Median time of a commit of 200 bytes to the same log on this disk, now, in microseconds.
double commit_floor_us();

}  // namespace cordyna::bench

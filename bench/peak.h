// How much the peak of a process's memory grows by a call.
#pragma once

#include <malloc.h>

#include <fstream>
#include <string>

namespace spinel {

/// A line of /proc/self/status in MiB: "VmRSS", "VmHWM".
inline double status_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(line.find(':') + 1)) / 1024;
  }
  return 0;
}

/// MiB by which the peak lies above what the process holds before the call. Linux with glibc.
template <typename Function>
double peak_growth(Function&& function) {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak starts anew at the present size
  const double before = status_mib("VmRSS");
  function();
  return status_mib("VmHWM") - before;
}

}  // namespace spinel

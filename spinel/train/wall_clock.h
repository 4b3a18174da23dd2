// The time of day, as logs record it.
#pragma once

#include <chrono>

namespace spinel::train {

inline double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace spinel::train

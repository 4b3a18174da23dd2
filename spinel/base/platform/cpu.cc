#include "spinel/base/platform/cpu.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <sched.h>
#endif

#include <algorithm>
#include <bit>
#include <cstdint>
#include <thread>

namespace spinel {

int available_cores() {
#ifdef _WIN32
  DWORD_PTR process = 0, system = 0;
  if (GetProcessAffinityMask(GetCurrentProcess(), &process, &system) && process) {
    return std::popcount(static_cast<uint64_t>(process));
  }
#else
  // Sized by hand: the fixed cpu_set_t ends at 1,024 processors, and the call then fails.
  for (int processors = 1024; processors <= 1 << 20; processors *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<size_t>(processors));
    if (!set) break;
    const size_t size = CPU_ALLOC_SIZE(static_cast<size_t>(processors));
    const bool known = sched_getaffinity(0, size, set) == 0;
    const int count = known ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (known) return std::max(count, 1);
  }
#endif
  return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
}

}  // namespace spinel
